using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Backend;
using SpotCluster.Engine.Agent;
using SpotCluster.Simulator;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// The real termination backend on the clock of the simulated cloud, and one service more of that cloud: its faults, its latency and its
/// log of calls are those of every other service. Requests go into its pipeline without a network between, while virtual time stands still.
/// </summary>
internal sealed class MatrixBackend : ISimulatedService, IAsyncDisposable
{
    /// <summary>Its name in the log of calls and in rules for faults.</summary>
    public const string Service = "backend";

    public static readonly Uri Address = new("https://backend.example/");

    private const string AdminToken = "admin-token-of-the-matrix-0123456789abcdef";

    private readonly WebApplication _app;
    private readonly RequestDelegate _pipeline;
    private int _calls;
    private int _revokeAt;

    private MatrixBackend(WebApplication app)
    {
        _app = app;

        // What the host would add at the start: it listens nowhere here.
        app.UseEndpoints(_ => { });
        _pipeline = ((IApplicationBuilder)app).Build();
    }

    /// <summary>The agent that passes are run for.</summary>
    public string AgentId { get; private set; } = "";

    /// <summary>Its token.</summary>
    public AgentToken Token { get; private set; } = new("none");

    /// <summary>The id of another client's agent in the same account and region.</summary>
    public string OtherId { get; private set; } = "";

    public static async Task<MatrixBackend> StartAsync(string folder, TimeProvider clock) => new(await BackendHost.CreateAsync(
        new BackendOptions
        {
            AdminToken = AdminToken,
            Database = Path.Combine(folder, "backend.db"),
            Clock = clock,
            SchedulerInterval = TimeSpan.Zero,
            LogToConsole = false,
            Jitter = () => 0,
        },
        CancellationToken.None).ConfigureAwait(false));

    /// <summary>True for a request that changes something: a poll claims, everything that is posted is kept.</summary>
    public static bool Changes(HttpRequestMessage request) =>
        request.Method != HttpMethod.Get || request.RequestUri!.AbsolutePath.EndsWith("/instances-to-terminate", StringComparison.Ordinal);

    /// <summary>
    /// Makes both agents known. Each says that it runs on one machine after the other, so that all but the last are to go, without any
    /// waiting time.
    /// </summary>
    public void Enroll(string account, string region, IReadOnlyList<string> machines, IReadOnlyList<string> machinesOfOther)
    {
        (AgentId, Token) = Enroll("client-1", account, region, machines);
        (OtherId, _) = Enroll("client-2", account, region, machinesOfOther);
    }

    /// <summary>At that call of the agent, from 1, its token stops working.</summary>
    public void RevokeTokenAt(int call) => _revokeAt = call;

    /// <summary>Gives the agent a new token.</summary>
    public void RenewToken() => Token = new AgentToken(
        Ask("POST", $"api/agents/{AgentId}/token/rotate", "{}").Value<string>("token")!);

    /// <summary>State of each machine of an agent that was ever marked: <c>ready</c>, <c>claimed</c>, <c>retrying</c>, <c>terminated</c> …</summary>
    public IReadOnlyDictionary<string, string> StatesOf(string agentId) => Ask("GET", $"api/admin/terminations?state=all&agent_id={agentId}")
        .ToDictionary(row => row.Value<string>("instance_id")!, row => row.Value<string>("status")!, StringComparer.Ordinal);

    /// <summary>How often the end of a machine was put down.</summary>
    public int Endings(string instanceId) => Ask("GET", $"api/admin/events?agent_id={AgentId}&type=instance_terminated&limit=100")
        .Count(row => row.Value<string>("instance_id") == instanceId);

    public SimulatedCall? Recognize(SimulatedRequest request) => request.Uri.Host != Address.Host ? null : new SimulatedCall
    {
        Request = request,
        Service = Service,
        Operation = request.Uri.AbsolutePath switch
        {
            var path when path.EndsWith("/instances-to-terminate", StringComparison.Ordinal) => "ClaimInstances",
            var path when path.EndsWith("/termination-report", StringComparison.Ordinal) => "ReportTermination",
            _ => "GetAgent",
        },
    };

    public SimulatedResponse Answer(SimulatedCall call)
    {
        if (Interlocked.Increment(ref _calls) == _revokeAt)
        {
            Ask("DELETE", $"api/admin/agents/{AgentId}/tokens");
        }

        // SQLite answers on the thread that asks, so this waits for nobody.
        return SendAsync(call.Request).GetAwaiter().GetResult();
    }

    public SimulatedResponse Refuse(SimulatedCall call, ServiceFaultException fault)
    {
        var status = fault.Code == "RequestLimitExceeded" ? StatusCodes.Status429TooManyRequests : fault.Status;
        var body = new JObject { ["code"] = fault.Code, ["error"] = fault.Message, ["status"] = status, ["id"] = "0" };
        return new SimulatedResponse(status, "application/problem+json", body.ToString(Formatting.None));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().ConfigureAwait(false);

    private (string Id, AgentToken Token) Enroll(string client, string account, string region, IReadOnlyList<string> machines)
    {
        var settings = new JObject { ["auto_terminate_enabled"] = true, ["terminate_wait_seconds"] = 0 };
        var enrolled = Ask("POST", "api/admin/agents", new JObject
        {
            ["client"] = client,
            ["logical_agent_id"] = "agent",
            ["account_id"] = account,
            ["region"] = region,
            ["settings"] = settings,
        }.ToString());
        var (id, token) = (enrolled.Value<string>("agent_id")!, enrolled.Value<string>("token")!);
        foreach (var machine in machines)
        {
            Ask("POST", $"api/agents/{id}/register-instance", new JObject
            {
                ["instance_id"] = machine,
                ["instance_type"] = "t3.micro",
                ["region"] = region,
                ["az"] = region + "a",
                ["mode"] = "spot",
            }.ToString(), token);
        }

        return (id, new AgentToken(token));
    }

    /// <summary>Asks past every fault, as the admin unless another token is given.</summary>
    private JToken Ask(string method, string path, string body = "", string token = AdminToken)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Authorization"] = "Bearer " + token };
        if (body.Length > 0)
        {
            headers["Content-Type"] = "application/json";
        }

        var answer = SendAsync(new SimulatedRequest(method, new Uri(Address, path), headers, body)).GetAwaiter().GetResult();
        return answer.Status is >= 200 and < 300
            ? JToken.Parse(answer.Body)
            : throw new InvalidOperationException($"{method} {path}: {answer.Status} {answer.Body}");
    }

    private async Task<SimulatedResponse> SendAsync(SimulatedRequest request)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var body = Encoding.UTF8.GetBytes(request.Body);
        using var answer = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        http.Features.Set<IHttpRequestBodyDetectionFeature>(new BodyDetection(body.Length > 0));
        http.Request.Method = request.Method;
        http.Request.Scheme = request.Uri.Scheme;
        http.Request.Host = new HostString(request.Uri.Host);
        http.Request.Path = PathString.FromUriComponent(request.Uri);
        http.Request.QueryString = new QueryString(request.Uri.Query);
        foreach (var (name, value) in request.Headers)
        {
            http.Request.Headers[name] = value;
        }

        http.Request.ContentLength = body.Length;
        http.Request.Body = new MemoryStream(body);
        http.Response.Body = answer;
        await _pipeline(http).ConfigureAwait(false);
        await http.Response.CompleteAsync().ConfigureAwait(false);
        return new SimulatedResponse(http.Response.StatusCode, http.Response.ContentType ?? "", Encoding.UTF8.GetString(answer.ToArray()));
    }

    private sealed record BodyDetection(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}
