namespace SpotCluster.Backend.Terminations;

/// <summary>
/// The one rule of who may be terminated by whom and when, as SQL over <c>instances i</c> and its owner <c>agents a</c>.
/// Used when the list is made and once more in the statement that claims.
/// </summary>
internal static class Eligibility
{
    /// <summary>Marked and not gone, in words that only an index by agent can answer: by state, every marked machine of the fleet would be read.</summary>
    public const string Waiting = "terminated_at IS NULL AND marked_at IS NOT NULL";

    /// <summary>
    /// The marked machines of one agent, as a table. The limit is no limit: it makes every planner find these rows first, and only then ask
    /// what else there is about each of them.
    /// </summary>
    public const string Own = $"(SELECT * FROM sc_instances WHERE agent_id = @Id AND {Waiting} LIMIT 9223372036854775807)";

    /// <summary>In the owner's scope: its client, account and region.</summary>
    public const string InScope = "i.client_id = a.client_id AND i.account_id = a.account_id AND i.region = a.region";

    /// <summary>Nobody runs on it: no agent of any client has it as primary, and no row of any account says that it is to run.</summary>
    public const string NobodysPrimary = """
        NOT EXISTS (SELECT 1 FROM sc_agents p WHERE p.instance_id = i.instance_id)
        AND NOT EXISTS (SELECT 1 FROM sc_instances p WHERE p.instance_id = i.instance_id AND p.desired_state = 'running')
        """;

    /// <summary>It carries the tag that the owner's settings ask for.</summary>
    public const string Tagged = """
        (a.required_tag_key IS NULL OR EXISTS (
            SELECT 1 FROM sc_instance_tags t
            WHERE t.account_id = i.account_id AND t.instance_id = i.instance_id
                AND t.tag_key = a.required_tag_key AND t.tag_value = a.required_tag_value))
        """;

    /// <summary>Both switches of the backend are on.</summary>
    public const string SwitchedOn = "a.enabled = 1 AND a.auto_terminate_enabled = 1 AND a.status <> 'deleted'";

    /// <summary>Marked, and its waiting time is over.</summary>
    public const string Due = """
        (i.state = 'retired' OR (i.state = 'zombie' AND i.marked_at <= @now - a.terminate_wait_seconds * 1000))
        """;

    /// <summary>Not with anybody, not between two attempts, not given up.</summary>
    public const string Free = """
        i.dead_lettered_at IS NULL
        AND (i.lease_until IS NULL OR i.lease_until <= @now)
        AND (i.next_attempt_at IS NULL OR i.next_attempt_at <= @now)
        """;

    public const string All = $"{SwitchedOn} AND {InScope} AND {Due} AND {Free} AND {NobodysPrimary} AND {Tagged}";
}
