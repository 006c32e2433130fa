using System.Globalization;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Journal;
using SpotCluster.Backend.Replicas;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Agents;

/// <summary>What an admin sets for an agent.</summary>
internal sealed class SettingsService(Database database)
{
    public const int LongestWaitSeconds = 604_800;
    public const int MostReplicas = 10;
    public const int MostTerminationsPerHour = 10_000;

    public Task<AgentConfig> GetAsync(RequestContext context, string agentId) =>
        database.ReadAsync(context, async session => (await AgentTable.GetAsync(session, agentId)).ToConfig());

    /// <param name="context">The request.</param>
    /// <param name="agentId">The agent.</param>
    /// <param name="settings">What is null stays.</param>
    /// <param name="expectedVersion">The version that the caller read; 412 when the settings changed since. Null to overwrite.</param>
    public Task<AgentConfig> ChangeAsync(RequestContext context, string agentId, AgentSettings settings, long? expectedVersion)
    {
        Validate(settings);
        return database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            if (expectedVersion is { } version && version != agent.ConfigVersion)
            {
                throw new ApiException(StatusCodes.Status412PreconditionFailed, "config_changed", "The settings were changed since they were read");
            }

            return (await ApplyAsync(session, agent, settings)).ToConfig();
        });
    }

    /// <summary>Switches the agent on or off.</summary>
    public Task<AgentConfig> ToggleAsync(RequestContext context, string agentId) =>
        database.WriteAsync(context, async session =>
        {
            var agent = await AgentTable.LockAsync(session, agentId);
            agent = await ApplyAsync(session, agent, new AgentSettings { Enabled = !agent.Enabled });
            await Events.WriteAsync(
                session, AgentEventTypes.AgentToggled, Events.Info,
                $"Agent {agent.LogicalAgentId} {(agent.Enabled ? "enabled" : "disabled")}", agent);
            return agent.ToConfig();
        });

    internal static void Validate(AgentSettings settings)
    {
        if (settings.TerminateWaitSeconds is < 0 or > LongestWaitSeconds)
        {
            throw ApiException.Invalid("terminate_wait_seconds", $"terminate_wait_seconds must be 0 to {LongestWaitSeconds}");
        }

        if (settings.ReplicaCount is < 0 or > MostReplicas)
        {
            throw ApiException.Invalid("replica_count", $"replica_count must be 0 to {MostReplicas}");
        }

        if (settings.MaxTerminationsPerHour is < 0 or > MostTerminationsPerHour)
        {
            throw ApiException.Invalid("max_terminations_per_hour", $"max_terminations_per_hour must be 0 to {MostTerminationsPerHour}");
        }

        if (settings.RequiredTag is { Length: > 0 } tag && tag.IndexOf('=', StringComparison.Ordinal) < 1)
        {
            throw ApiException.Invalid("required_tag", "required_tag must be key=value");
        }

        if (settings is { AutoSwitchEnabled: true, ManualReplicaEnabled: true })
        {
            throw ApiException.Invalid("manual_replica_enabled", "auto_switch_enabled and manual_replica_enabled exclude each other");
        }
    }

    internal static async Task<AgentRow> ApplyAsync(Session session, AgentRow agent, AgentSettings settings)
    {
        var manual = settings.ManualReplicaEnabled ?? (settings.AutoSwitchEnabled == true ? false : agent.ManualReplicaEnabled);
        var autoSwitch = settings.AutoSwitchEnabled ?? (settings.ManualReplicaEnabled == true ? false : agent.AutoSwitchEnabled);
        var tag = settings.RequiredTag is null ? agent.RequiredTag : settings.RequiredTag;
        var pair = string.IsNullOrEmpty(tag) ? null : tag.Split('=', 2);
        var most = settings.MaxTerminationsPerHour ?? agent.MaxTerminationsPerHour;
        await session.ExecuteAsync(
            """
            UPDATE sc_agents SET enabled = @enabled, auto_switch_enabled = @autoSwitch, auto_terminate_enabled = @autoTerminate,
                terminate_wait_seconds = @wait, replica_enabled = @replica, replica_count = @count, manual_replica_enabled = @manual,
                max_terminations_per_hour = @most, required_tag_key = @tagKey, required_tag_value = @tagValue,
                config_version = config_version + 1, updated_at = @now
            WHERE id = @Id
            """,
            new
            {
                agent.Id,
                enabled = Bit(settings.Enabled ?? agent.Enabled),
                autoSwitch = Bit(autoSwitch),
                autoTerminate = Bit(settings.AutoTerminateEnabled ?? agent.AutoTerminateEnabled),
                wait = settings.TerminateWaitSeconds ?? agent.TerminateWaitSeconds,
                replica = Bit(settings.ReplicaEnabled ?? agent.ReplicaEnabled),
                count = settings.ReplicaCount ?? agent.ReplicaCount,
                manual = Bit(manual),
                most = most is 0 ? null : most,
                tagKey = pair?[0],
                tagValue = pair?[1],
                now = session.NowMs,
            });
        var before = agent;
        agent = await AgentTable.GetAsync(session, agent.Id);
        var changes = Changes(before, agent);
        if (changes.Count > 0)
        {
            await Audit.WriteAsync(session, "agent.settings", agent.Id);
            await Events.WriteAsync(
                session, AgentEventTypes.ConfigChanged, Events.Info,
                $"Settings of agent {agent.LogicalAgentId}: {string.Join(", ", changes.Select(change => $"{change.Key} is now {change.Value}"))}",
                agent, metadata: changes);
        }

        if (before.ManualReplicaEnabled && !manual)
        {
            await ReplicaTable.RetireAllAsync(session, agent);
        }
        else if (manual)
        {
            await ReplicaTable.EnsureManualAsync(session, agent);
        }

        return agent;
    }

    private static Dictionary<string, string?> Changes(AgentRow before, AgentRow after)
    {
        (string Name, string? Before, string? After)[] all =
        [
            ("enabled", Word(before.Enabled), Word(after.Enabled)),
            ("auto_switch_enabled", Word(before.AutoSwitchEnabled), Word(after.AutoSwitchEnabled)),
            ("auto_terminate_enabled", Word(before.AutoTerminateEnabled), Word(after.AutoTerminateEnabled)),
            ("terminate_wait_seconds", Word(before.TerminateWaitSeconds), Word(after.TerminateWaitSeconds)),
            ("replica_enabled", Word(before.ReplicaEnabled), Word(after.ReplicaEnabled)),
            ("replica_count", Word(before.ReplicaCount), Word(after.ReplicaCount)),
            ("manual_replica_enabled", Word(before.ManualReplicaEnabled), Word(after.ManualReplicaEnabled)),
            ("max_terminations_per_hour", Word(before.MaxTerminationsPerHour), Word(after.MaxTerminationsPerHour)),
            ("required_tag", before.RequiredTag ?? "none", after.RequiredTag ?? "none"),
        ];
        return all.Where(item => item.Before != item.After).ToDictionary(item => item.Name, item => item.After, StringComparer.Ordinal);
    }

    private static string Word(bool value) => value ? "true" : "false";

    private static string Word(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static int Bit(bool value) => value ? 1 : 0;
}
