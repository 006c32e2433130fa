using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The power is cut before every statement of a request in turn: the database is as before or as after, never between.</summary>
public abstract class AtomicityTests(BackendFixture fixture) : BackendTests(fixture)
{
    private const string Everything = """
        SELECT (SELECT MAX(config_version) FROM sc_agents) a, (SELECT MIN(instance_id) FROM sc_agents) b,
            (SELECT COUNT(*) FROM sc_instances WHERE state = 'running_primary') c,
            (SELECT COUNT(*) FROM sc_instances WHERE state = 'running_replica') d,
            (SELECT COUNT(*) FROM sc_instances WHERE state = 'zombie') e,
            (SELECT COUNT(*) FROM sc_instances WHERE state = 'retired') f,
            (SELECT COUNT(*) FROM sc_instances WHERE state = 'terminated') g,
            (SELECT SUM(attempts) FROM sc_instances) h,
            (SELECT COUNT(*) FROM sc_claims WHERE status = 'open') i, (SELECT COUNT(*) FROM sc_claims WHERE status <> 'open') j,
            (SELECT COUNT(*) FROM sc_replicas WHERE status IN ('launching', 'syncing', 'ready')) k,
            (SELECT COUNT(*) FROM sc_replicas) l, (SELECT COUNT(*) FROM sc_switches) m,
            (SELECT COUNT(*) FROM sc_audit) n, (SELECT COUNT(*) FROM sc_events) o
        """;

    public static TheoryData<string> Requests => ["promote", "retire", "claim", "report", "failure", "register-instance", "delete", "enroll"];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_request_is_done_or_not_done(string request)
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        if (request is "claim" or "report" or "failure")
        {
            await agent.RetireAsync(Other);
        }

        var replica = await agent.ReadyReplicaAsync(Replica);
        if (request is "report" or "failure")
        {
            Assert.Equal([Other], await agent.HandedOutAsync());
        }

        var before = await backend.RowAsync(Everything);
        var cuts = 0;
        for (var cut = 1; ; cut++)
        {
            var statement = 0;
            backend.Database.StatementProbe = _ =>
            {
                if (++statement == cut)
                {
                    throw new IOException("The power is gone.");
                }
            };
            var answer = await CallAsync(agent, replica, request);
            backend.Database.StatementProbe = null;
            if (answer.Status != 500)
            {
                Assert.InRange(answer.Status, 200, 201);
                break;
            }

            answer.Refuses(500, "internal_error");
            Assert.DoesNotContain("power", answer.Body, StringComparison.Ordinal);
            Assert.Equal(before, await backend.RowAsync(Everything));
            cuts++;
        }

        Assert.True(cuts >= 5, $"Only {cuts} cuts");
        Assert.NotEqual(before, await backend.RowAsync(Everything));
    }

    private static Task<Answer> CallAsync(TestAgent agent, string replica, string request) => request switch
    {
        "promote" => agent.PromoteAsync(replica),
        "retire" => agent.ConfigAsync(new { manualReplicaEnabled = false }),
        "claim" => agent.PollAsync(),
        "report" => agent.ReportAsync(Other, success: true),
        "failure" => agent.ReportAsync(Other, success: false, "InvalidInstanceID.Malformed: x"),
        "register-instance" => agent.Api.PostAsync(
            $"{agent.Path}/register-instance",
            new { instance_id = "i-0000000000000000d", instance_type = "c5.large", region = agent.Region, az = "us-east-1b", mode = "spot" }),
        "delete" => agent.Backend.Admin.DeleteAsync($"/api/client/agents/{agent.Id}"),
        _ => agent.Backend.Admin.PostAsync(
            "/api/admin/agents", new { client = "new", logical_agent_id = "new", account_id = "333333333333", region = "eu-west-1" }),
    };
}
