namespace SpotCluster.Backend.Original;

/// <summary>
/// The triggers that write what our tables say into those of the original, in the same transaction. What the original calls "terminated"
/// with <c>termination_confirmed</c> 0 is <c>retired</c> here. Our texts may be longer, so they are cut to what fits there.
/// </summary>
internal static class Mirror
{
    private const string Prefix = "sc_mirror_";

    private static readonly string[] Always = ["INSERT", "UPDATE"];

    private const string StatusOfInstance = "CASE NEW.state WHEN 'retired' THEN 'terminated' ELSE NEW.state END";
    private const string IsRunning = "NEW.desired_state = 'running'";
    private const string IsPrimary = "NEW.state IN ('running_primary', 'zombie')";
    private const string EndOfInstance = "FROM_UNIXTIME(COALESCE(NEW.terminated_at, CASE NEW.state WHEN 'retired' THEN NEW.marked_at END) DIV 1000)";

    private const string StatusOfReplica = "CASE NEW.status WHEN 'cancelled' THEN 'terminated' ELSE NEW.status END";
    private const string MachineOfReplica = "COALESCE(NEW.instance_id, CONCAT(CASE NEW.replica_type WHEN 'manual' THEN 'manual-' ELSE 'replica-' END, RIGHT(NEW.id, 8)))";
    private const string IsActiveReplica = "NEW.status IN ('launching', 'syncing', 'ready')";

    /// <summary>Every trigger: its name, and the statement that makes it. Each is one statement and can be made again after it was dropped.</summary>
    /// <param name="collation">The collation of the original's keys: what is compared with them must have it, or no index helps.</param>
    public static IEnumerable<(string Name, string Create)> Triggers(string collation)
    {
        foreach (var (table, name, events, body) in Bodies(collation))
        {
            foreach (var moment in events)
            {
                var trigger = $"{Prefix}{name}_{moment.ToLowerInvariant()}";
                yield return (trigger, $"CREATE TRIGGER {trigger} AFTER {moment} ON {table} FOR EACH ROW {body}");
            }
        }
    }

    private static IEnumerable<(string Table, string Name, string[] Events, string Body)> Bodies(string collation)
    {
        // A token that nobody knows: the column may not be empty, and a client of ours has none.
        yield return ("sc_clients", "clients", ["INSERT"], $"""
            INSERT INTO clients (id, name, email, client_token, created_at)
            SELECT NEW.id, NEW.name, CONCAT(NEW.id, '@spotcluster.invalid'), CONCAT('none-', UUID(), UUID()), FROM_UNIXTIME(NEW.created_at DIV 1000)
            FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM clients o WHERE o.id = NEW.id COLLATE {collation})
            """);
        yield return ("sc_agents", "agents_new", ["INSERT"], $"""
            INSERT INTO agents (id, client_id, logical_agent_id, created_at)
            SELECT NEW.id, NEW.client_id, LEFT(NEW.logical_agent_id, 255), FROM_UNIXTIME(NEW.created_at DIV 1000)
            FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM agents o WHERE o.id = NEW.id COLLATE {collation})
            """);
        yield return ("sc_agents", "agents", Always, $"""
            UPDATE agents o SET o.logical_agent_id = LEFT(NEW.logical_agent_id, 255), o.hostname = LEFT(NEW.hostname, 255),
                o.instance_id = NEW.instance_id, o.instance_type = LEFT(NEW.instance_type, 50), o.region = LEFT(NEW.region, 50),
                o.az = LEFT(NEW.az, 50), o.ami_id = LEFT(NEW.ami_id, 50), o.private_ip = LEFT(NEW.private_ip, 45),
                o.public_ip = LEFT(NEW.public_ip, 45), o.current_mode = NEW.mode, o.agent_version = LEFT(NEW.agent_version, 32),
                o.config_version = NEW.config_version, o.status = NEW.status, o.enabled = NEW.enabled,
                o.last_heartbeat_at = FROM_UNIXTIME(NEW.last_seen_at DIV 1000), o.auto_switch_enabled = NEW.auto_switch_enabled,
                o.auto_terminate_enabled = NEW.auto_terminate_enabled, o.terminate_wait_seconds = NEW.terminate_wait_seconds,
                o.replica_enabled = NEW.replica_enabled, o.replica_count = NEW.replica_count,
                o.manual_replica_enabled = NEW.manual_replica_enabled, o.last_cleanup_at = FROM_UNIXTIME(NEW.last_cleanup_at DIV 1000),
                o.updated_at = FROM_UNIXTIME(NEW.updated_at DIV 1000)
            WHERE o.id = NEW.id COLLATE {collation}
            """);
        yield return ("sc_instances", "instances", Always, $"""
            INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, is_active, instance_status, is_primary, terminated_at,
                termination_confirmed, created_at, updated_at)
            VALUES (NEW.instance_id, NEW.client_id, NEW.agent_id, LEFT(COALESCE(NEW.instance_type, 'unknown'), 64), LEFT(NEW.region, 32),
                LEFT(COALESCE(NEW.az, 'unknown'), 48), {IsRunning}, {StatusOfInstance}, {IsPrimary}, {EndOfInstance}, NEW.state = 'terminated',
                FROM_UNIXTIME(NEW.created_at DIV 1000), FROM_UNIXTIME(NEW.updated_at DIV 1000))
            ON DUPLICATE KEY UPDATE client_id = NEW.client_id, agent_id = NEW.agent_id,
                instance_type = LEFT(COALESCE(NEW.instance_type, instance_type), 64), region = LEFT(NEW.region, 32),
                az = LEFT(COALESCE(NEW.az, az), 48), is_active = {IsRunning}, instance_status = {StatusOfInstance}, is_primary = {IsPrimary},
                terminated_at = {EndOfInstance}, termination_confirmed = (NEW.state = 'terminated'),
                updated_at = FROM_UNIXTIME(NEW.updated_at DIV 1000)
            """);
        yield return ("sc_instances", "replicas_end", ["UPDATE"], $"""
            UPDATE replica_instances o SET o.termination_confirmed = (NEW.state = 'terminated'),
                o.terminated_at = COALESCE(FROM_UNIXTIME(NEW.terminated_at DIV 1000), o.terminated_at)
            WHERE NEW.state <> OLD.state AND o.agent_id = NEW.agent_id COLLATE {collation} AND o.instance_id = NEW.instance_id COLLATE {collation}
                AND o.status IN ('terminated', 'failed')
            """);
        // An attempt is one that was reported, as there; a claim that lapsed is none.
        yield return ("sc_claims", "attempts", ["UPDATE"], $"""
            UPDATE instances o SET o.termination_attempted_at = FROM_UNIXTIME(NEW.closed_at DIV 1000), o.updated_at = o.updated_at
            WHERE NEW.status IN ('succeeded', 'failed') AND o.id = NEW.instance_id COLLATE {collation}
            """);
        yield return ("sc_claims", "replica_attempts", ["UPDATE"], $"""
            UPDATE replica_instances o SET o.termination_attempted_at = FROM_UNIXTIME(NEW.closed_at DIV 1000)
            WHERE NEW.status IN ('succeeded', 'failed') AND o.agent_id = NEW.agent_id COLLATE {collation}
                AND o.instance_id = NEW.instance_id COLLATE {collation} AND o.status IN ('terminated', 'failed')
            """);
        // A replica that never had a machine has nothing to confirm.
        yield return ("sc_replicas", "replicas", Always, $"""
            INSERT INTO replica_instances (id, agent_id, instance_id, replica_type, pool_id, instance_type, region, az, status, created_at,
                launched_at, ready_at, promoted_at, terminated_at, termination_confirmed, created_by, parent_instance_id, is_active,
                sync_status, sync_latency_ms, state_transfer_progress, error_message)
            VALUES (NEW.id, NEW.agent_id, {MachineOfReplica}, NEW.replica_type, LEFT(NEW.pool_id, 128), LEFT(NEW.instance_type, 50),
                LEFT(NEW.region, 50), LEFT(NEW.az, 50), {StatusOfReplica}, FROM_UNIXTIME(NEW.created_at DIV 1000),
                FROM_UNIXTIME(NEW.launched_at DIV 1000), FROM_UNIXTIME(NEW.ready_at DIV 1000), FROM_UNIXTIME(NEW.promoted_at DIV 1000),
                FROM_UNIXTIME(NEW.terminated_at DIV 1000), NEW.status = 'cancelled', LEFT(NEW.created_by, 255), NEW.parent_instance_id,
                {IsActiveReplica}, NEW.sync_status, NEW.sync_latency_ms, NEW.state_transfer_progress, NEW.error_message)
            ON DUPLICATE KEY UPDATE instance_id = {MachineOfReplica}, instance_type = LEFT(NEW.instance_type, 50), az = LEFT(NEW.az, 50),
                status = {StatusOfReplica}, launched_at = FROM_UNIXTIME(NEW.launched_at DIV 1000),
                ready_at = FROM_UNIXTIME(NEW.ready_at DIV 1000), promoted_at = FROM_UNIXTIME(NEW.promoted_at DIV 1000),
                terminated_at = FROM_UNIXTIME(NEW.terminated_at DIV 1000),
                termination_confirmed = CASE WHEN NEW.status = 'cancelled' THEN TRUE ELSE termination_confirmed END,
                is_active = {IsActiveReplica}, sync_status = NEW.sync_status, sync_latency_ms = NEW.sync_latency_ms,
                state_transfer_progress = NEW.state_transfer_progress, error_message = NEW.error_message
            """);
        yield return ("sc_events", "events", ["INSERT"], """
            INSERT INTO system_events (event_type, severity, client_id, agent_id, instance_id, message, metadata, created_at)
            VALUES (NEW.event_type, NEW.severity, NEW.client_id, NEW.agent_id, NEW.instance_id, NEW.message, NEW.metadata,
                FROM_UNIXTIME(NEW.created_at DIV 1000))
            """);
    }
}
