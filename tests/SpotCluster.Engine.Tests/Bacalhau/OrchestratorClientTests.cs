using System.Net;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Bacalhau;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

public sealed class OrchestratorClientTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"Nodes":[{"Info":{"NodeID":"i-1"},"Membership":"APPROVED","Connection":"CONNECTED"}]}""", SpotNodeConnection.Connected, null)]
    [InlineData("""[{"Info":{"NodeID":"i-1"},"Membership":"APPROVED","Connection":"DISCONNECTED"}]""", SpotNodeConnection.Disconnected, null)]
    [InlineData("""{"NextToken":"","Nodes":[{"Info":{"NodeID":"i-1","Labels":null},"Membership":"APPROVED","Connection":"CONNECTED","ConnectionState":{"Status":"DISCONNECTED","LastHeartbeat":"2026-05-01T11:58:00Z","LastError":"heartbeat timeout"}}]}""", SpotNodeConnection.Disconnected, 120)]
    [InlineData("""{"Nodes":[{"Info":{"NodeID":"i-1"},"Membership":"approved","ConnectionState":{"Status":"CONNECTED","LastHeartbeat":"2026-05-01T11:59:50.123456789Z"}}]}""", SpotNodeConnection.Connected, 10)]
    [InlineData("""{"Nodes":[{"Info":{"NodeID":"i-1"},"Membership":"APPROVED","ConnectionState":{"Status":"SLEEPING","LastHeartbeat":"0001-01-01T00:00:00Z"}}]}""", SpotNodeConnection.Unknown, null)]
    public void Shapes_of_all_versions_are_read(string json, SpotNodeConnection connection, int? age)
    {
        var node = Assert.Single(OrchestratorNodes.ReadList(json, Now));
        Assert.Equal(("i-1", connection), (node.Id, node.Connection));
        Assert.Equal(age, node.HeartbeatAge is { } span ? (int)Math.Round(span.TotalSeconds) : null);
    }

    [Theory]
    [InlineData("""{"Nodes":null}""", 0)]
    [InlineData("[]", 0)]
    [InlineData("""{"Nodes":[{"Info":{}},{"Info":{"NodeID":"n-1"}},7]}""", 1)]
    public void What_is_missing_is_passed_over(string json, int count) => Assert.Equal(count, OrchestratorNodes.ReadList(json, Now).Count);

    [Theory]
    [InlineData("v1.5.2")]
    [InlineData("v1.7.0")]
    [InlineData("v1.9.3")]
    public async Task The_simulated_versions_are_understood(string version)
    {
        using var cloud = Cloud(new SimulatedOrchestratorOptions { Version = version });
        cloud.Orchestrator.AddNode("n-1", new Dictionary<string, string> { ["team"] = "blue" });
        cloud.Orchestrator.AddNode("n-2", isConnected: false);
        using var client = Client(cloud);
        var nodes = (await client.GetNodesAsync(CancellationToken.None)).Nodes.Where(node => node.Id.StartsWith("n-", StringComparison.Ordinal)).ToList();
        Assert.Equal([("n-1", SpotNodeConnection.Connected), ("n-2", SpotNodeConnection.Disconnected)], nodes.Select(node => (node.Id, node.Connection)));
        Assert.Equal("blue", nodes[0].Labels["team"]);
        Assert.Equal(["docker", "wasm"], nodes[0].Engines);
        Assert.Equal(version, nodes[0].Version);
        Assert.Equal(version.StartsWith("v1.5", StringComparison.Ordinal), nodes[1].LastHeartbeat is null);
    }

    [Fact]
    public async Task A_node_is_read_and_deleted_by_its_full_name_only()
    {
        using var cloud = Cloud();
        cloud.Orchestrator.AddNode("i-0abc1");
        cloud.Orchestrator.AddNode("i-0abc2");
        using var client = Client(cloud);
        Assert.Equal("i-0abc1", (await client.GetNodeAsync("i-0abc1", CancellationToken.None))!.Id);
        Assert.Null(await client.GetNodeAsync("i-0abc", CancellationToken.None));
        Assert.Null(await client.GetNodeAsync("i-0abc9", CancellationToken.None));
        Assert.True(await client.DeleteNodeAsync("i-0abc1", "test", CancellationToken.None));
        Assert.False(await client.DeleteNodeAsync("i-0abc1", "test", CancellationToken.None));
        Assert.Equal(["i-0abc2"], cloud.Orchestrator.Nodes.Select(node => node.Id));
        Assert.DoesNotContain(cloud.Calls.Calls, call => call.Service == "bacalhau" && call.Operation == "Unknown");
    }

    [Theory]
    [InlineData(null, SpotErrorIds.OrchestratorKeyInvalid, "BACALHAU_API_KEY")]
    [InlineData("Bearer wrong-key-77", SpotErrorIds.OrchestratorKeyInvalid, "BACALHAU_API_KEY")]
    [InlineData("Bearer reader", SpotErrorIds.OrchestratorPermissionMissing, "write:node")]
    public async Task A_refusal_says_what_to_do_and_never_the_key(string? authorization, string errorId, string advice)
    {
        using var cloud = Cloud(new SimulatedOrchestratorOptions { ApiKeys = new Dictionary<string, string[]> { ["reader"] = ["read:node"], ["admin"] = ["read:node", "write:node"] } });
        cloud.Orchestrator.AddNode("n-1");
        using var client = Client(cloud, authorization);
        var refused = await Assert.ThrowsAsync<SpotException>(() => client.DeleteNodeAsync("n-1", "test", CancellationToken.None));
        Assert.Equal(errorId, refused.ErrorId);
        Assert.Contains(advice, refused.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-key-77", refused.ToString(), StringComparison.Ordinal);
        using var admin = Client(cloud, "Bearer admin");
        Assert.True(await admin.DeleteNodeAsync("n-1", "test", CancellationToken.None));
    }

    [Fact]
    public async Task A_passing_trouble_is_outlived_and_a_lasting_one_told()
    {
        using var cloud = Cloud();
        cloud.Faults.Add(new FaultRule { Service = "bacalhau", Action = FaultAction.Http, Status = 503, Times = 2 });
        using var client = Client(cloud);
        Assert.Single((await client.GetNodesAsync(CancellationToken.None)).Nodes);
        cloud.Faults.Add(new FaultRule { Service = "bacalhau", Action = FaultAction.Http, Status = 502, Body = FaultBody.Html });
        var failed = await Assert.ThrowsAsync<SpotException>(() => client.GetNodesAsync(CancellationToken.None));
        Assert.Equal((SpotErrorIds.OrchestratorFailed, SpotErrorCategory.Unavailable), (failed.ErrorId, failed.Category));
        Assert.DoesNotContain("<html", failed.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Nobody_at_the_address_is_said_with_the_address()
    {
        using var cloud = Cloud();
        using var client = new OrchestratorClient(new OrchestratorOptions(new Uri("http://127.0.0.1:1"), "Bearer secret-5", null, null, cloud.Clock, null));
        var failed = await Assert.ThrowsAsync<SpotException>(() => client.GetNodesAsync(CancellationToken.None));
        Assert.Equal(SpotErrorIds.OrchestratorUnreachable, failed.ErrorId);
        Assert.Contains("http://127.0.0.1:1", failed.Message, StringComparison.Ordinal);
        Assert.Contains("1234", failed.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-5", failed.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_said_at_once()
    {
        using var handler = new Refusing();
        using var cloud = Cloud();
        using var client = new OrchestratorClient(new OrchestratorOptions(new Uri("https://orchestrator.example:1234"), null, null, handler, cloud.Clock, null));
        var failed = await Assert.ThrowsAsync<SpotException>(() => client.GetNodesAsync(CancellationToken.None));
        Assert.Contains("is not trusted", failed.Message, StringComparison.Ordinal);
        Assert.Contains("orchestratorCaPath", failed.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(1, handler.Calls);
    }

    [Theory]
    [InlineData("key", null, null, "Bearer key")]
    [InlineData(null, "ops", "pass:word", "Basic b3BzOnBhc3M6d29yZA==")]
    [InlineData(null, null, null, null)]
    public void Bearer_and_basic_come_from_the_variables_of_Bacalhau(string? key, string? user, string? password, string? header) =>
        Assert.Equal(header, OrchestratorSecrets.Read(new SpotSettings(), Variables(key, user, password)));

    [Theory]
    [InlineData("key", "ops", "word")]
    [InlineData(null, "ops", null)]
    public void Variables_that_contradict_each_other_are_refused(string? key, string? user, string? password) =>
        Assert.Throws<SpotException>(() => OrchestratorSecrets.Read(new SpotSettings(), Variables(key, user, password)));

    private static Func<string, string?> Variables(string? key, string? user, string? password) => name => name switch
    {
        "BACALHAU_API_KEY" => key,
        "BACALHAU_API_USERNAME" => user,
        "BACALHAU_API_PASSWORD" => password,
        _ => null,
    };

    private static SimulatedCloud Cloud(SimulatedOrchestratorOptions? options = null) => new(new SimulatorOptions { Orchestrator = options ?? new SimulatedOrchestratorOptions() });

    private static OrchestratorClient Client(SimulatedCloud cloud, string? authorization = null) =>
        new(new OrchestratorOptions(new Uri(cloud.Orchestrator.Url), authorization, null, cloud.CreateHandler(), cloud.Clock, null));

    private sealed class Refusing : HttpMessageHandler
    {
        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Calls++;
            throw new HttpRequestException("The SSL connection could not be established.", new System.Security.Authentication.AuthenticationException("untrusted root"), HttpStatusCode.OK);
        }
    }
}
