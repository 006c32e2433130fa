using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;

namespace SpotCluster.Backend.Instances;

/// <summary>The only code that makes a machine known or changes its state.</summary>
internal static class InstanceTable
{
    public static Task<InstanceRow?> GetAsync(Session session, string accountId, string instanceId) =>
        session.FirstAsync<InstanceRow>(
            $"SELECT {InstanceRow.Columns} FROM sc_instances WHERE account_id = @accountId AND instance_id = @instanceId",
            new { accountId, instanceId });

    /// <summary>
    /// Makes a running machine of the agent known, or returns the row that is there.
    /// Refuses with 409 when another agent has it.
    /// </summary>
    public static async Task<InstanceRow> EnsureAsync(
        Session session, AgentRow agent, string instanceId, string state, string? instanceType, string? az,
        IReadOnlyDictionary<string, string>? tags = null)
    {
        var row = await GetAsync(session, agent.AccountId, instanceId);
        if (row is null)
        {
            await session.ExecuteAsync(
                """
                INSERT INTO sc_instances (account_id, instance_id, client_id, agent_id, region, az, instance_type, state, desired_state,
                    observed_state, created_at, updated_at)
                VALUES (@AccountId, @instanceId, @ClientId, @Id, @Region, @az, @instanceType, @state, 'running', 'running', @now, @now)
                """,
                new { agent.AccountId, instanceId, agent.ClientId, agent.Id, agent.Region, az, instanceType, state, now = session.NowMs });
            await Audit.WriteAsync(session, "instance.add", instanceId, to: state);
            row = await GetAsync(session, agent.AccountId, instanceId)
                ?? throw new InvalidOperationException("The row that was just written is not there.");
        }
        else if (row.AgentId != agent.Id && !await AdoptAsync(session, agent, row))
        {
            throw ApiException.Conflict("instance_of_another_agent", $"{instanceId} belongs to another agent");
        }

        if (tags is not null)
        {
            await SetTagsAsync(session, row, tags);
        }

        return row;
    }

    /// <summary>Moves the machine to another state along an allowed way, with the audit row; refuses with 409 when there is no such way.</summary>
    public static async Task MoveAsync(Session session, InstanceRow row, string to, string? claimId = null)
    {
        if (row.State == to)
        {
            return;
        }

        var changed = await session.ExecuteAsync(
            """
            UPDATE sc_instances SET
                state = @to,
                desired_state = CASE WHEN @to IN ('running_primary', 'running_replica') THEN 'running' ELSE 'terminated' END,
                marked_at = CASE WHEN @to IN ('zombie', 'retired') THEN @now ELSE marked_at END,
                terminated_at = CASE WHEN @to = 'terminated' THEN @now END,
                claim_id = NULL, lease_until = NULL, updated_at = @now
            WHERE account_id = @AccountId AND instance_id = @InstanceId AND state = @State
                AND EXISTS (SELECT 1 FROM sc_instance_transitions t WHERE t.from_state = @State AND t.to_state = @to)
            """,
            new { row.AccountId, row.InstanceId, row.State, to, now = session.NowMs });
        if (changed == 0)
        {
            throw ApiException.Conflict("transition_not_allowed", $"{row.InstanceId} is {row.State} and cannot become {to}");
        }

        await Audit.WriteAsync(session, "instance.move", row.InstanceId, claimId, row.State, to);
        row.State = to;
    }

    /// <summary>A machine whose agent was deleted may go on under a new agent of the same client and region.</summary>
    private static async Task<bool> AdoptAsync(Session session, AgentRow agent, InstanceRow row)
    {
        var adopted = await session.ExecuteAsync(
            """
            UPDATE sc_instances SET agent_id = @Id, updated_at = @now
            WHERE account_id = @AccountId AND instance_id = @InstanceId AND client_id = @ClientId AND region = @Region
                AND desired_state = 'running' AND agent_id IN (SELECT id FROM sc_agents WHERE status = 'deleted')
            """,
            new { agent.Id, row.AccountId, row.InstanceId, agent.ClientId, agent.Region, now = session.NowMs });
        if (adopted == 0)
        {
            return false;
        }

        await Audit.WriteAsync(session, "instance.adopt", row.InstanceId, from: row.AgentId, to: agent.Id);
        row.AgentId = agent.Id;
        return true;
    }

    private static async Task SetTagsAsync(Session session, InstanceRow row, IReadOnlyDictionary<string, string> tags)
    {
        await session.ExecuteAsync(
            "DELETE FROM sc_instance_tags WHERE account_id = @AccountId AND instance_id = @InstanceId", new { row.AccountId, row.InstanceId });
        foreach (var (key, value) in tags)
        {
            await session.ExecuteAsync(
                "INSERT INTO sc_instance_tags (account_id, instance_id, tag_key, tag_value) VALUES (@AccountId, @InstanceId, @key, @value)",
                new { row.AccountId, row.InstanceId, key, value });
        }
    }
}
