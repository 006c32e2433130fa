using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Statistics;
using SpotCluster.Model.Agent;

namespace SpotCluster.Backend.Administration;

/// <summary>A page of a list, and how many rows there are in all.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Rows, int Total);

/// <summary>Which part of the agents is asked for. Null filters match everything; null limit is all.</summary>
internal sealed record AgentQuery(string? Search, string? Status, string? Sort, bool Descending, int? Limit, int Offset);

/// <summary>What is wrong in a fleet, as numbers.</summary>
internal sealed record FleetOverview(
    DateTimeOffset MeasuredAt, int Agents, int Online, int Offline, int SwitchedOff, int Pending, int Failing, int DeadLetters,
    long? OldestPendingSeconds, int TerminatedLastDay, double? SuccessRate, double? AverageSecondsToTerminate);

/// <summary>A fleet of any size for people: counted, searched, sorted and cut into pages by the database.</summary>
internal sealed class FleetService(Database database, StatisticsService statistics)
{
    /// <summary>Bad news first: given up, silent with work to do, silent, failing, switched off.</summary>
    private const string WorstFirst = """
        CASE WHEN COALESCE(c.dead, 0) > 0 THEN 0
            WHEN a.status IN ('offline', 'error') AND COALESCE(c.pending, 0) > 0 THEN 1
            WHEN a.status IN ('offline', 'error') THEN 2
            WHEN COALESCE(c.failing, 0) > 0 THEN 3
            WHEN a.enabled = 0 OR a.auto_terminate_enabled = 0 THEN 4
            ELSE 5 END
        """;

    private static readonly Dictionary<string, string> Orders = new(StringComparer.Ordinal)
    {
        ["problems"] = WorstFirst,
        ["name"] = "a.logical_agent_id",
        ["status"] = "a.status",
        ["scope"] = "a.region",
        ["last_seen"] = "COALESCE(a.last_seen_at, 0)",
        ["pending"] = "COALESCE(c.pending, 0)",
        ["wait"] = "a.terminate_wait_seconds",
        ["auto_terminate"] = "a.auto_terminate_enabled",
    };

    private static readonly Dictionary<string, string> Filters = new(StringComparer.Ordinal)
    {
        ["online"] = "a.status NOT IN ('offline', 'error')",
        ["offline"] = "a.status IN ('offline', 'error')",
        ["off"] = "(a.enabled = 0 OR a.auto_terminate_enabled = 0)",
        ["problem"] = $"{WorstFirst} < 4",
    };

    public async Task<FleetOverview> OverviewAsync(RequestContext context)
    {
        var terminations = await statistics.GetAsync(context, null);
        var (agents, failing) = await database.ReadAsync(context, async session => (
            (await session.FirstAsync<AgentCounts>(
                """
                SELECT COUNT(*) Agents,
                    COALESCE(SUM(CASE WHEN status IN ('offline', 'error') THEN 1 ELSE 0 END), 0) Offline,
                    COALESCE(SUM(CASE WHEN enabled = 0 OR auto_terminate_enabled = 0 THEN 1 ELSE 0 END), 0) SwitchedOff
                FROM sc_agents WHERE status <> 'deleted'
                """))!,
            await session.FirstAsync<int>(
                "SELECT COUNT(*) FROM sc_instances WHERE state IN ('zombie', 'retired') AND dead_lettered_at IS NULL AND last_error IS NOT NULL")));
        return new FleetOverview(
            terminations.MeasuredAt, agents.Agents, agents.Agents - agents.Offline, agents.Offline, agents.SwitchedOff, terminations.Pending, failing,
            terminations.DeadLetters, terminations.OldestPendingSeconds, terminations.TerminatedLastDay, terminations.SuccessRate,
            terminations.AverageSecondsToTerminate);
    }

    public Task<Page<AgentSummary>> AgentsAsync(RequestContext context, AgentQuery query)
    {
        Paging.Check(query.Limit, query.Offset);
        var order = Orders.GetValueOrDefault(query.Sort ?? "name") ?? throw ApiException.Invalid("sort", $"sort must be {string.Join(", ", Orders.Keys)}");
        var filter = query.Status is null
            ? "1 = 1"
            : Filters.GetValueOrDefault(query.Status) ?? throw ApiException.Invalid("status", $"status must be {string.Join(", ", Filters.Keys)}");
        var like = Paging.Like(query.Search);
        if (like is not null)
        {
            filter += """
                 AND (LOWER(a.logical_agent_id) LIKE @like ESCAPE '!' OR LOWER(l.name) LIKE @like ESCAPE '!' OR LOWER(a.instance_id) LIKE @like ESCAPE '!'
                    OR LOWER(a.region) LIKE @like ESCAPE '!' OR a.account_id LIKE @like ESCAPE '!' OR LOWER(a.id) LIKE @like ESCAPE '!')
                """;
        }

        var from = $"""
            FROM sc_agents a JOIN sc_clients l ON l.id = a.client_id LEFT JOIN (
                SELECT agent_id, SUM(CASE WHEN dead_lettered_at IS NULL THEN 1 ELSE 0 END) pending,
                    SUM(CASE WHEN dead_lettered_at IS NULL THEN 0 ELSE 1 END) dead,
                    SUM(CASE WHEN dead_lettered_at IS NULL AND last_error IS NOT NULL THEN 1 ELSE 0 END) failing
                FROM sc_instances WHERE state IN ('zombie', 'retired') GROUP BY agent_id) c ON c.agent_id = a.id
            WHERE a.status <> 'deleted' AND {filter}
            """;
        return database.ReadAsync(context, async session =>
        {
            var parameters = new { like, limit = query.Limit ?? int.MaxValue, offset = query.Offset };
            var total = await session.FirstAsync<int>($"SELECT COUNT(*) {from}", parameters);
            var rows = await session.QueryAsync<FleetRow>(
                $"""
                SELECT {Columns}, l.name ClientName, COALESCE(c.pending, 0) Pending, COALESCE(c.dead, 0) Dead {from}
                ORDER BY {order}{(query.Descending ? " DESC" : "")}, COALESCE(c.pending, 0) DESC, a.logical_agent_id, a.id LIMIT @limit OFFSET @offset
                """,
                parameters);
            return new Page<AgentSummary>([.. rows.Select(row => row.ToSummary())], total);
        });
    }

    private static readonly string Columns = string.Join(
        ", ", AgentRow.Columns.Split(',', StringSplitOptions.TrimEntries).Select(column => "a." + column));

    private sealed class AgentCounts
    {
        public int Agents { get; set; }

        public int Offline { get; set; }

        public int SwitchedOff { get; set; }
    }
}

/// <summary>An agent with what its machines add up to.</summary>
internal sealed class FleetRow : AgentRow
{
    public string ClientName { get; set; } = "";

    public int Pending { get; set; }

    public int Dead { get; set; }

    public AgentSummary ToSummary() => new()
    {
        AgentId = Id,
        LogicalAgentId = LogicalAgentId,
        ClientId = ClientId,
        ClientName = ClientName,
        AccountId = AccountId,
        Region = Region,
        InstanceId = InstanceId,
        Status = Status,
        AgentVersion = AgentVersion,
        LastSeenAt = LastSeenAt.ToTime(),
        Pending = Pending,
        DeadLetters = Dead,
        Config = ToConfig(),
    };
}

/// <summary>Limits and patterns of lists.</summary>
internal static class Paging
{
    private const int LongestSearch = 200;

    /// <summary>Refuses what is no page.</summary>
    public static void Check(int? limit, int offset)
    {
        if (limit is < 1 or > OverviewService.MaxRows)
        {
            throw ApiException.Invalid("limit", $"limit must be 1 to {OverviewService.MaxRows}");
        }

        if (offset < 0)
        {
            throw ApiException.Invalid("offset", "offset must not be negative");
        }
    }

    /// <summary>A pattern of LIKE, escaped with !, that finds the text anywhere; null for no text.</summary>
    public static string? Like(string? search)
    {
        if (string.IsNullOrWhiteSpace(search))
        {
            return null;
        }

        if (search.Length > LongestSearch)
        {
            throw ApiException.Invalid("search", $"search must be at most {LongestSearch} characters");
        }

        var text = search.Trim().ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal)
            .Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);
        return $"%{text}%";
    }
}
