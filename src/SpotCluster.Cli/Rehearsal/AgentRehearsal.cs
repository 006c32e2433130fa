using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using SpotCluster.Backend;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Model.Agent;
using SpotCluster.Simulator;

namespace SpotCluster.Cli.Rehearsal;

/// <summary>
/// The stage of the three scenarios: the real backend over HTTP, the real agent, and a simulated EC2, all on one simulated clock. The story
/// needs no account; time passes only where somebody waits.
/// </summary>
internal sealed class AgentRehearsal : IAsyncDisposable
{
    public const string Region = "us-east-1";

    private const string AdminToken = "admin-of-the-rehearsal-0123456789abcdef";

    private readonly WebApplication _backend;
    private readonly SimulatedCloud _cloud;
    private readonly SimulatedClock _clock;
    private readonly IEngineSession _engine;
    private readonly HttpClient _http;
    private readonly DirectoryInfo _folder;

    private AgentRehearsal(CommandRun run, WebApplication backend, SimulatedCloud cloud, SimulatedClock clock, HttpMessageHandler transport, DirectoryInfo folder)
    {
        Run = run;
        Story = new Story(run);
        _backend = backend;
        _cloud = cloud;
        _clock = clock;
        _folder = folder;
        _engine = run.OpenEngine(new EngineOptions { Transport = transport, Clock = clock, Settings = new Engine.Configuration.SpotSettings() });
        _http = new HttpClient { BaseAddress = new Uri(backend.Urls.Single()) };
    }

    public CommandRun Run { get; }

    public Story Story { get; }

    public string AgentId { get; private set; } = "";

    private string AgentToken { get; set; } = "";

    public static async Task<AgentRehearsal> OpenAsync(CommandRun run, int seed, CancellationToken cancellationToken)
    {
        // It jumps while the agent waits for a machine to go, and stands still while anything is asked or answered.
        var clock = new SimulatedClock();
        var folder = Directory.CreateTempSubdirectory("spotcluster-rehearsal-");
        var cloud = new SimulatedCloud(new SimulatorOptions { Seed = seed, Clock = clock, Throttling = false });
        var backend = await BackendHost.CreateAsync(
            new BackendOptions
            {
                AdminToken = AdminToken,
                Urls = ["http://127.0.0.1:0"],
                Database = Path.Combine(folder.FullName, "backend.db"),
                Clock = clock,
                SchedulerInterval = TimeSpan.Zero,
                LogToConsole = false,
            },
            cancellationToken).ConfigureAwait(false);
        await backend.StartAsync(cancellationToken).ConfigureAwait(false);
        return new AgentRehearsal(run, backend, cloud, clock, cloud.CreateHandler(), folder);
    }

    /// <summary>Makes the agent known with a primary, or anew with another.</summary>
    public async Task EnrollAsync(string name, string primary, CancellationToken cancellationToken)
    {
        var enrolled = await CallAsync(HttpMethod.Post, "/api/admin/agents", new { client = "rehearsal", logical_agent_id = name, account_id = _cloud.Options.AccountId, region = Region }, AdminToken, cancellationToken).ConfigureAwait(false);
        (AgentId, AgentToken) = ((string)enrolled["agent_id"]!, (string)enrolled["token"]!);
        await AsAgentAsync(HttpMethod.Post, "/api/agents/register", new { logical_agent_id = name, instance_id = primary, instance_type = "t3.micro", region = Region, az = Region + "a", mode = "spot" }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A running machine with the tag.</summary>
    public string AddMachine()
    {
        var id = _cloud.Region(Region).AddInstances(1, tags: ("ManagedBy", "SpotOptimizer")).Single();
        Pass(TimeSpan.FromSeconds(30));
        return id;
    }

    /// <summary>What EC2 says of a machine.</summary>
    public string StateOf(string id) => _cloud.Region(Region).Instances.Single(machine => machine.Id == id).State;

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time) => _clock.Advance(time);

    public Task<JsonNode> AsAdminAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        CallAsync(method, path, body, AdminToken, cancellationToken);

    public Task<JsonNode> AsAgentAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        CallAsync(method, path, body, AgentToken, cancellationToken);

    /// <summary>Manual mode on, and passes of the agent until it has launched the replica and reported it as ready.</summary>
    /// <returns>The replica's id, and the instance that was launched for it.</returns>
    public async Task<(string ReplicaId, string InstanceId)> AddReplicaAsync(CancellationToken cancellationToken)
    {
        await ConfigureAsync(new { manualReplicaEnabled = true }, cancellationToken).ConfigureAwait(false);
        Story.Say("Manual replica mode is enabled; the agent launches the replica.");
        for (var pass = 0; pass < 5; pass++)
        {
            await AgentPassAsync(cancellationToken).ConfigureAwait(false);
            Pass(TimeSpan.FromSeconds(60));
            var list = await AsAgentAsync(HttpMethod.Get, $"/api/agents/{AgentId}/replicas?status=ready", null, cancellationToken).ConfigureAwait(false);
            if (list["replicas"]!.AsArray().FirstOrDefault() is { } replica)
            {
                return ((string)replica["id"]!, (string)replica["instance_id"]!);
            }
        }

        throw new InvalidOperationException("The replica did not become ready.");
    }

    public Task<JsonNode> ConfigureAsync(object config, CancellationToken cancellationToken) =>
        AsAdminAsync(HttpMethod.Post, $"/api/client/agents/{AgentId}/config", config, cancellationToken);

    /// <summary>One pass of the agent, with its own words.</summary>
    public async Task<AgentPass> AgentPassAsync(CancellationToken cancellationToken)
    {
        using var direct = new SocketsHttpHandler();
        var options = new AgentOptions
        {
            ServerUrl = _http.BaseAddress!,
            Token = new AgentToken(AgentToken),
            AgentId = AgentId,
            Region = Region,
            StateDirectory = Path.Combine(_folder.FullName, "state"),
            CleanupEnabled = false,

            // A backend in this process needs no limit, which the clock would jump over.
            BackendTransport = direct,
        };
        using var agent = _engine.OpenAgent(options, new StoryLog(Story));
        return await agent.RunPassAsync(new PassScope(), null, Run.Host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reports what was seen. What was not seen is an error, and the rehearsal has failed.</summary>
    public void Claim(bool seen, string claim)
    {
        Run.Report.Append("claims", new { Claim = claim, Seen = seen });
        if (seen)
        {
            Story.Say(claim);
        }
        else
        {
            Run.Host.Error(new SpotException(SpotErrorIds.TerminationNotVerified, SpotErrorCategory.InvalidOperation, $"The rehearsal could not verify: {claim}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _engine.Dispose();
        await _backend.DisposeAsync().ConfigureAwait(false);
        _cloud.Dispose();
        _clock.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<JsonNode> CallAsync(HttpMethod method, string path, object? body, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
        {
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{method} {path} answered {(int)response.StatusCode}: {text}");
    }

    private sealed class StoryLog(Story story) : IAgentLog
    {
        public void Write(AgentLogEntry entry) => story.Footnote("  agent: " + entry.Message);
    }
}
