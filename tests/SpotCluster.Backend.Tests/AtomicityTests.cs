using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The power is cut before every statement of a request in turn: the database is as before or as after, never between.</summary>
public abstract class AtomicityTests(BackendFixture fixture) : BackendTests(fixture)
{
    private const string Everything = """
        SELECT COALESCE((SELECT MAX(config_version) FROM agents), 0) || '|' || COALESCE((SELECT MIN(instance_id) FROM agents), '')
            || '|' || (SELECT COUNT(*) FROM instances WHERE state = 'running_primary')
            || '|' || (SELECT COUNT(*) FROM instances WHERE state = 'running_replica')
            || '|' || (SELECT COUNT(*) FROM instances WHERE state = 'zombie')
            || '|' || (SELECT COUNT(*) FROM instances WHERE state = 'retired')
            || '|' || (SELECT COUNT(*) FROM instances WHERE state = 'terminated')
            || '|' || (SELECT COALESCE(SUM(attempts), 0) FROM instances)
            || '|' || (SELECT COUNT(*) FROM claims WHERE status = 'open') || '|' || (SELECT COUNT(*) FROM claims WHERE status <> 'open')
            || '|' || (SELECT COUNT(*) FROM replicas WHERE status IN ('launching', 'syncing', 'ready'))
            || '|' || (SELECT COUNT(*) FROM replicas) || '|' || (SELECT COUNT(*) FROM switches)
            || '|' || (SELECT COUNT(*) FROM audit) || '|' || (SELECT COUNT(*) FROM events)
        """;

    public static TheoryData<string> Requests => ["promote", "retire", "claim", "report", "failure", "register-instance", "delete", "enroll"];

    [SkippableTheory]
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

        var before = await backend.QueryAsync<string>(Everything);
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
            Assert.Equal(before, await backend.QueryAsync<string>(Everything));
            cuts++;
        }

        Assert.True(cuts >= 5, $"Only {cuts} cuts");
        Assert.NotEqual(before, await backend.QueryAsync<string>(Everything));
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
