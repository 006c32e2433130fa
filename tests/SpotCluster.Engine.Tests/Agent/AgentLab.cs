using System.Net;
using System.Text;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Model.Agent;
using SpotCluster.Simulator;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>An agent between the simulated EC2 and a backend that answers what the test writes.</summary>
internal sealed class AgentLab : IDisposable
{
    public const string Region = "us-east-1";
    public const string Account = "123456789012";
    public static readonly (string, string) Tag = ("ManagedBy", "SpotOptimizer");

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("spotcluster-agent-");

    public AgentLab() => Cloud = new SimulatedCloud(new SimulatorOptions { Throttling = false });

    public SimulatedCloud Cloud { get; }

    public ScriptedBackend Backend { get; } = new();

    public List<AgentLogEntry> Log { get; } = [];

    public List<SpotException> Errors { get; } = [];

    /// <summary>Folder of what the agent keeps.</summary>
    public string State { get => field ?? _state.FullName; init; }

    public AgentOptions Options { get; set; } = new()
    {
        ServerUrl = new Uri("http://127.0.0.1:1/"),
        Token = new AgentToken("secret-token-of-the-agent"),
        AgentId = "agent-1",
        Region = Region,
        CleanupEnabled = false,
        Jitter = () => 0,
    };

    public string Add(params (string, string)[] tags)
    {
        var id = Cloud.Region(Region).AddInstances(1, tags: [Tag, .. tags]).Single();
        Backend.Zombies.Add(id);
        return id;
    }

    public string StateOf(string id) => Cloud.Region(Region).Instances.Single(machine => machine.Id == id).State;

    public int Terminations => Cloud.Calls.Calls.Count(call => call.Operation == "TerminateInstances");

    /// <summary>Whether something was logged, while the agent works.</summary>
    public bool HasLogged(string happened)
    {
        lock (Log)
        {
            return Log.Exists(entry => entry.Event == happened);
        }
    }

    public CleanupAgent Open()
    {
        var engine = new SpotEngine(new EngineOptions { Transport = Cloud.CreateHandler(), Clock = Cloud.Clock, Settings = new SpotSettings() });
        return engine.OpenAgent(Options with { BackendTransport = Backend, StateDirectory = State }, new ListLog(Log));
    }

    public async Task<AgentPass> PassAsync(PassScope? scope = null)
    {
        using var agent = Open();
        return await agent.RunPassAsync(scope ?? new PassScope(), null, new ErrorHost(Errors), CancellationToken.None);
    }

    public void Dispose()
    {
        Cloud.Dispose();
        Backend.Dispose();
        _state.Delete(recursive: true);
    }

    internal sealed class ListLog(List<AgentLogEntry> log) : IAgentLog
    {
        public void Write(AgentLogEntry entry)
        {
            lock (log)
            {
                log.Add(entry);
            }
        }
    }

    private sealed class ErrorHost(List<SpotException> errors) : IOperationHost
    {
        public void Verbose(string message)
        {
        }

        public void Debug(string message)
        {
        }

        public void Warning(string message)
        {
        }

        public void Error(SpotException error) => errors.Add(error);

        public void Progress(OperationProgress progress)
        {
        }
    }
}

/// <summary>
/// A backend whose answers the test writes: without any it is the original's, which has no call for the agent itself and tells of it on
/// the pages of the client.
/// </summary>
internal sealed class ScriptedBackend : HttpMessageHandler
{
    /// <summary>Instances of the client that the original calls zombies.</summary>
    public HashSet<string> Zombies { get; } = [];

    /// <summary>The original's primary of the agent.</summary>
    public string Primary { get; set; } = "i-00000000000000001";

    /// <summary>The active replicas.</summary>
    public Func<HttpResponseMessage> Replicas { get; set; } = () => Json("""{"replicas":[],"total":0}""");

    /// <summary>Whose token it is.</summary>
    public Func<HttpResponseMessage> Owner { get; set; } = () => Json("""{"valid":true,"client_id":"c-1","name":"client","email":"a@example.com"}""");

    /// <summary>The agents of the client; null answers as the original does.</summary>
    public Func<HttpResponseMessage>? Agents { get; set; }

    /// <summary>The instances of the client; null answers as the original does.</summary>
    public Func<HttpResponseMessage>? Instances { get; set; }

    public Func<HttpResponseMessage> Standing { get; set; } = () => Html(404);

    public Func<HttpResponseMessage> List { get; set; } = () => Json("""{"auto_terminate_enabled":1,"instances":[],"terminate_wait_seconds":300}""");

    public Func<JObject, HttpResponseMessage> Report { get; set; } = _ => Json("""{"success":true,"message":"Termination report recorded"}""");

    public Func<JObject, HttpResponseMessage> Other { get; set; } = _ => Json("""{"success":true}""");

    public List<JObject> Reports { get; } = [];

    public List<(string Path, JObject Body)> Others { get; } = [];

    public List<HttpRequestMessage> Requests { get; } = [];

    public static HttpResponseMessage Json(string text, int status = 200) =>
        new((HttpStatusCode)status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    public static HttpResponseMessage Html(int status) =>
        new((HttpStatusCode)status) { Content = new StringContent("<!doctype html><title>no</title>", Encoding.UTF8, "text/html") };

    /// <summary>The items as the original lists them.</summary>
    public void Hand(params string[] ids)
    {
        Zombies.UnionWith(ids);
        List = () => Json(ListOf(ids));
    }

    private static string ListOf(string[] ids) => new JObject
    {
        ["auto_terminate_enabled"] = 1,
        ["terminate_wait_seconds"] = null,
        ["instances"] = new JArray(ids.Select(id => new JObject
        {
            ["instance_id"] = id,
            ["instance_type"] = "t3.micro",
            ["az"] = "us-east-1a",
            ["reason"] = "zombie_timeout",
            ["seconds_waiting"] = 320,
            ["something_new"] = new JObject { ["a"] = 1 },
        })),
    }.ToString();

    private HttpResponseMessage OfClient(string what) => what switch
    {
        "agents" => Agents?.Invoke() ?? Json(new JArray(new JObject
        {
            ["id"] = "agent-1",
            ["logicalAgentId"] = "web-1",
            ["instanceId"] = Primary,
            ["instanceType"] = "t3.micro",
            ["region"] = AgentLab.Region,
            ["enabled"] = 1,
            ["autoTerminateEnabled"] = 1,
            ["status"] = "online",
        }).ToString()),
        _ => Instances?.Invoke() ?? Json(new JArray(Zombies.Select(id => new JObject
        {
            ["id"] = id,
            ["instanceStatus"] = id == Primary ? "running_primary" : "zombie",
            ["isPrimary"] = id == Primary ? 1 : 0,
        })).ToString()),
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }

        var path = request.RequestUri!.AbsolutePath;
        var body = request.Content is null ? [] : (JObject)BackendJson.TryParse(await request.Content.ReadAsStringAsync(cancellationToken))!;
        if (path.EndsWith("/instances-to-terminate", StringComparison.Ordinal))
        {
            return List();
        }

        if (path.EndsWith("/termination-report", StringComparison.Ordinal))
        {
            Reports.Add(body);
            return Report(body);
        }

        if (request.Method == HttpMethod.Get)
        {
            if (path == "/api/client/validate")
            {
                return Owner();
            }

            if (path.StartsWith("/api/client/c-1/", StringComparison.Ordinal))
            {
                return OfClient(path["/api/client/c-1/".Length..]);
            }

            if (path.EndsWith("/replicas", StringComparison.Ordinal))
            {
                return Replicas();
            }

            return Standing();
        }

        lock (Requests)
        {
            Others.Add((path, body));
            return Other(body);
        }
    }
}
