using MySqlConnector;
using SpotCluster.Backend.Original;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests.MySql;

/// <summary>On the database of the guide: what is taken over, what the guide's own queries say afterwards, and that nobody else decides.</summary>
[Collection(MySqlLayer.Name)]
[Trait("Layer", "MariaDB")]
public sealed class OriginalTestsOnMySql(MySqlFixture fixture) : BackendTests(fixture)
{
    private const string Agent = "11111111-0000-0000-0000-000000000001";
    private const string Gone = "11111111-0000-0000-0000-000000000002";
    private const string ClientId = "22222222-0000-0000-0000-000000000001";
    private const string Account = "111111111111";

    /// <summary>The tables of the original that matter here: names, types and defaults as its schema has them.</summary>
    private const string Schema = """
        CREATE TABLE clients (id CHAR(36) PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) UNIQUE NOT NULL,
            client_token VARCHAR(255) UNIQUE NOT NULL, is_active BOOLEAN DEFAULT TRUE, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)
            ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
        CREATE TABLE agents (id CHAR(36) PRIMARY KEY, client_id CHAR(36) NOT NULL, logical_agent_id VARCHAR(255) NOT NULL, hostname VARCHAR(255),
            instance_id VARCHAR(50), instance_type VARCHAR(50), region VARCHAR(50), az VARCHAR(50), ami_id VARCHAR(50), private_ip VARCHAR(45),
            public_ip VARCHAR(45), current_mode VARCHAR(20) DEFAULT 'unknown', agent_version VARCHAR(32), config_version INT DEFAULT 0,
            status VARCHAR(20) DEFAULT 'offline', enabled BOOLEAN DEFAULT TRUE, last_heartbeat_at TIMESTAMP NULL,
            auto_switch_enabled BOOLEAN DEFAULT TRUE, auto_terminate_enabled BOOLEAN DEFAULT TRUE, terminate_wait_seconds INT DEFAULT 300,
            replica_enabled BOOLEAN DEFAULT FALSE, replica_count INT DEFAULT 0, manual_replica_enabled BOOLEAN DEFAULT FALSE,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
            last_cleanup_at TIMESTAMP NULL, UNIQUE KEY uk_client_logical (client_id, logical_agent_id),
            FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE)
            ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
        CREATE TABLE instances (id VARCHAR(64) PRIMARY KEY, client_id CHAR(36) NOT NULL, agent_id CHAR(36), instance_type VARCHAR(64) NOT NULL,
            region VARCHAR(32) NOT NULL, az VARCHAR(48) NOT NULL, is_active BOOLEAN DEFAULT TRUE,
            instance_status VARCHAR(20) DEFAULT 'running_primary', is_primary BOOLEAN DEFAULT TRUE, terminated_at TIMESTAMP NULL,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
            FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE, FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE SET NULL)
            ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
        CREATE TABLE replica_instances (id VARCHAR(255) PRIMARY KEY, agent_id VARCHAR(255) NOT NULL, instance_id VARCHAR(255) NOT NULL,
            replica_type ENUM('manual', 'automatic-rebalance', 'automatic-termination') NOT NULL, pool_id VARCHAR(128),
            instance_type VARCHAR(50), region VARCHAR(50), az VARCHAR(50),
            status ENUM('launching', 'syncing', 'ready', 'promoted', 'terminated', 'failed') NOT NULL DEFAULT 'launching',
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, launched_at TIMESTAMP NULL, ready_at TIMESTAMP NULL, promoted_at TIMESTAMP NULL,
            terminated_at TIMESTAMP NULL, created_by VARCHAR(255), parent_instance_id VARCHAR(255), is_active BOOLEAN DEFAULT TRUE,
            sync_status ENUM('initializing', 'syncing', 'synced', 'out-of-sync') DEFAULT 'initializing', sync_latency_ms INT,
            state_transfer_progress DECIMAL(5,2) DEFAULT 0.00, error_message TEXT NULL)
            ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
        CREATE TABLE system_events (id BIGINT AUTO_INCREMENT PRIMARY KEY, event_type VARCHAR(64) NOT NULL, severity VARCHAR(20) DEFAULT 'info',
            client_id CHAR(36), agent_id CHAR(36), instance_id VARCHAR(64), message TEXT, metadata JSON,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (client_id) REFERENCES clients(id) ON DELETE CASCADE,
            FOREIGN KEY (agent_id) REFERENCES agents(id) ON DELETE SET NULL)
            ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
        """;

    /// <summary>One client, one agent with its primary, and one row for each way of being marked, rightly or not.</summary>
    private const string Rows = $"""
        INSERT INTO clients (id, name, email, client_token) VALUES ('{ClientId}', 'Demo Client', 'demo@example.com', 'demo-token-12345');
        INSERT INTO agents (id, client_id, logical_agent_id, instance_id, instance_type, region, az, current_mode, status, last_heartbeat_at,
            auto_switch_enabled, terminate_wait_seconds)
        VALUES ('{Agent}', '{ClientId}', 'web-1', '{Primary}', 'c5.large', 'us-east-1', 'us-east-1a', 'spot', 'online', NOW() - INTERVAL 1 HOUR, FALSE, 0),
            ('{Gone}', '{ClientId}', 'web-2', NULL, 'c5.large', 'us-east-1', 'us-east-1a', 'spot', 'deleted', NULL, FALSE, 300);
        INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, is_active, instance_status, updated_at) VALUES
            ('{Primary}', '{ClientId}', '{Agent}', 'c5.large', 'us-east-1', 'us-east-1a', TRUE, 'running_primary', NOW()),
            ('i-00000000000000101', '{ClientId}', '{Agent}', 'c5.large', 'us-east-1', 'us-east-1a', FALSE, 'zombie', '2026-02-01 10:00:00'),
            ('i-00000000000000102', '{ClientId}', '{Agent}', 'c5.large', 'eu-west-1', 'eu-west-1a', FALSE, 'zombie', '2026-02-01 10:00:00'),
            ('i-00000000000000103', '{ClientId}', '{Gone}', 'c5.large', 'us-east-1', 'us-east-1a', FALSE, 'zombie', '2026-02-01 10:00:00'),
            ('i-00000000000000104', '{ClientId}', NULL, 'c5.large', 'us-east-1', 'us-east-1a', FALSE, 'zombie', '2026-02-01 10:00:00'),
            ('i-00000000000000105', '{ClientId}', '{Agent}', 'c5.large', 'us-east-1', 'us-east-1a', TRUE, 'running_primary', NOW());
        INSERT INTO replica_instances (id, agent_id, instance_id, replica_type, status, region, terminated_at) VALUES
            ('r-1', '{Agent}', 'i-00000000000000111', 'manual', 'terminated', 'us-east-1', '2026-02-01 11:00:00'),
            ('r-2', '{Agent}', '{Primary}', 'manual', 'terminated', 'us-east-1', '2026-02-01 11:00:00'),
            ('r-3', '{Agent}', 'manual-1a2b3c4d', 'manual', 'terminated', 'us-east-1', '2026-02-01 11:00:00'),
            ('r-4', '{Agent}', 'i-00000000000000105', 'manual', 'terminated', 'us-east-1', '2026-02-01 11:00:00'),
            ('r-5', '{Agent}', 'i-00000000000000112', 'automatic-rebalance', 'ready', 'us-east-1', NULL);
        """;

    private static readonly Dictionary<string, string> Accounts = new() { [""] = Account };

    private static readonly string[] TakenOver =
    [
        $"client {ClientId}", $"agent {Agent}", $"primary {Primary}", "replica i-00000000000000112", "zombie i-00000000000000101", "retired i-00000000000000111",
    ];

    [Fact]
    public async Task Looking_changes_nothing_and_tells_what_is_taken_over_and_why_the_rest_is_not()
    {
        var target = await OriginalAsync();
        var before = await EverythingAsync(target);
        var plan = await OriginalImport.LookAsync(Options(target), CancellationToken.None);

        Assert.Equal(before, await EverythingAsync(target));
        Assert.Equal(TakenOver.Order(), Imported(plan).Order());
        Assert.Equal(
            new Dictionary<string, string?>
            {
                [Gone] = "The agent is deleted",
                ["i-00000000000000102"] = "Its region differs from that of its agent",
                ["i-00000000000000103"] = "Its agent is deleted, so no agent may terminate it",
                ["i-00000000000000104"] = "Its agent is deleted, so no agent may terminate it",
                [Primary] = "It is the primary of agent web-1",
                ["i-00000000000000105"] = "It is a running primary in the original",
            },
            plan.Items.Where(item => item.Reason is not null).ToDictionary(item => item.Id, item => item.Reason));
        Assert.Equal(6, plan.AddedColumns.Count);
        Assert.Empty(plan.Tokens);
        await DropAsync(target);
    }

    [Fact]
    public async Task A_backend_does_not_start_on_it_before_the_import_and_an_import_needs_the_account()
    {
        var target = await OriginalAsync();
        var before = await EverythingAsync(target);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => TestBackend.StartAsync(target, () => ValueTask.CompletedTask));
        Assert.Contains("backend import --what-if", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await EverythingAsync(target));

        var account = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            OriginalImport.ApplyAsync(Options(target) with { Accounts = new Dictionary<string, string> { ["other"] = Account } }, CancellationToken.None));
        Assert.Contains("Demo Client", account.Message, StringComparison.Ordinal);
        await DropAsync(target);

        var empty = await ((MySqlFixture)Fixture).CreateDatabaseAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => OriginalImport.LookAsync(Options(empty), CancellationToken.None));
        await DropAsync(empty);
    }

    [Fact]
    public async Task What_waited_there_is_handed_out_here_once_and_every_query_of_the_guide_answers()
    {
        var target = await OriginalAsync();
        var result = await OriginalImport.ApplyAsync(Options(target), CancellationToken.None);
        Assert.Equal(TakenOver.Order(), Imported(result).Order());
        Assert.Empty(Imported(await OriginalImport.ApplyAsync(Options(target), CancellationToken.None)));
        await using var backend = await TestBackend.StartAsync(target, () => DropAsync(target));
        var agent = new TestAgent(backend, backend.Client(result.Tokens.Single().Token), Agent, result.Tokens.Single().Token, "web-1", Account, "us-east-1");

        Assert.Equal(["i-00000000000000101", "i-00000000000000111"], (await agent.HandedOutAsync()).Order());
        (await agent.ReportAsync("i-00000000000000111", success: true)).Is(200);
        (await agent.ReportAsync("i-00000000000000101", success: false, "RequestTimeout: x")).Is(200);

        // Test scenario 1, step 8.
        Assert.Equal(
            "terminated|1",
            await GuideAsync(target, $"SELECT instance_id, instance_status, termination_confirmed, terminated_at FROM replica_instances WHERE agent_id = '{Agent}' ORDER BY terminated_at DESC",
                "i-00000000000000111", "instance_status", "termination_confirmed"));
        // Test scenario 2, step 7: tried, and not gone yet.
        Assert.Equal(
            "zombie|2026-03-01 12:00:00|0",
            await GuideAsync(target, "SELECT id, instance_status, termination_attempted_at, termination_confirmed FROM instances WHERE instance_status = 'zombie' ORDER BY updated_at DESC",
                "i-00000000000000101", "instance_status", "termination_attempted_at", "termination_confirmed"));
        // Troubleshooting: auto-terminate, and the state of terminations.
        Assert.Equal("1", await ScalarAsync(target, $"SELECT auto_terminate_enabled FROM agents WHERE id = '{Agent}'"));
        backend.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["i-00000000000000101"], await agent.HandedOutAsync());
        (await agent.ReportAsync("i-00000000000000101", success: true)).Is(200);
        Assert.Equal(
            "terminated|2026-03-01 12:05:00|1",
            await GuideAsync(target, "SELECT instance_id, instance_status, termination_attempted_at, termination_confirmed FROM instances WHERE instance_status IN ('zombie', 'terminated') ORDER BY updated_at DESC",
                "i-00000000000000101", "instance_status", "termination_attempted_at", "termination_confirmed"));
        // Monitoring.
        var events = await ListAsync(
            target, "SELECT * FROM system_events WHERE event_type IN ('instance_terminated', 'instance_termination_failed') ORDER BY created_at DESC LIMIT 20");
        Assert.Equal(["instance_terminated", "instance_terminated", "instance_termination_failed"], events.Select(row => row["event_type"]).Order());
        Assert.All(events, row => Assert.Equal((Agent, ClientId), ((string?)row["agent_id"], (string?)row["client_id"])));
        Assert.Empty(await agent.HandedOutAsync());
    }

    [Theory]
    [InlineData("WEB-1")]
    [InlineData("wéb-1")]
    [InlineData("web-1 ")]
    public async Task A_name_that_the_originals_collation_takes_for_another_is_refused_and_nothing_is_written(string name)
    {
        var target = await OriginalAsync();
        var result = await OriginalImport.ApplyAsync(Options(target), CancellationToken.None);
        await using var backend = await TestBackend.StartAsync(target, () => DropAsync(target));
        (await backend.Admin.PostAsync(
            "/api/admin/agents", new { client = "Demo Client", logical_agent_id = name, account_id = Account, region = "us-east-1" })).Refuses(409, "agent_exists");
        Assert.Equal("2", await ScalarAsync(target, "SELECT COUNT(*) FROM agents"));
        Assert.Equal(1, await backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_agents"));
        var agent = new TestAgent(backend, backend.Client(result.Tokens.Single().Token), Agent, "", "WEB-1", Account, "us-east-1");
        (await agent.RegisterAsync(Primary)).Is(200);
        Assert.Equal("web-1", await ScalarAsync(target, $"SELECT logical_agent_id FROM agents WHERE id = '{Agent}'"));
    }

    [Fact]
    public async Task The_guides_scenarios_leave_in_its_tables_what_the_guide_says()
    {
        var target = await OriginalAsync(rows: false);
        await OriginalImport.ApplyAsync(Options(target), CancellationToken.None);
        await using var backend = await TestBackend.StartAsync(target, () => DropAsync(target));
        var agent = await backend.EnrollAsync(primary: Primary);
        Assert.Equal("running_primary|1|1", await RowAsync(target, $"SELECT instance_status, is_primary, is_active FROM instances WHERE id = '{Primary}'"));

        // Scenario 1.
        await agent.ReadyReplicaAsync(Replica);
        Assert.Equal("ready|1", await RowAsync(target, $"SELECT instance_status, is_active FROM replica_instances WHERE instance_id = '{Replica}'"));
        (await agent.ConfigAsync(new { manualReplicaEnabled = false })).Is(200);
        Assert.Equal("terminated|0|0", await RowAsync(target, $"SELECT instance_status, is_active, termination_confirmed FROM replica_instances WHERE instance_id = '{Replica}'"));
        Assert.Equal("TERMINATED 1 active replicas", await ScalarAsync(target, "SELECT message FROM system_events WHERE event_type = 'replicas_disabled'"));
        Assert.Equal([Replica], await agent.HandedOutAsync());
        (await agent.ReportAsync(Replica, success: true)).Is(200);
        Assert.Equal("terminated|1|2026-03-01 12:00:00", await RowAsync(
            target, $"SELECT instance_status, termination_confirmed, terminated_at FROM replica_instances WHERE instance_id = '{Replica}'"));

        // Scenario 2.
        (await agent.PromoteAsync(await agent.ReadyReplicaAsync(Other))).Is(200);
        Assert.Equal("zombie|0|0", await RowAsync(target, $"SELECT instance_status, is_active, termination_confirmed FROM instances WHERE id = '{Primary}'"));
        Assert.Equal(Other, await ScalarAsync(target, $"SELECT instance_id FROM agents WHERE id = '{agent.Id}'"));
        Assert.Equal("promoted", await ScalarAsync(target, $"SELECT status FROM replica_instances WHERE instance_id = '{Other}'"));
        backend.Clock.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal([Primary], await agent.HandedOutAsync());
        (await agent.ReportAsync(Primary, success: true)).Is(200);
        Assert.Equal("terminated|1", await RowAsync(target, $"SELECT instance_status, termination_confirmed FROM instances WHERE id = '{Primary}'"));

        // Scenario 3.
        (await agent.ConfigAsync(new { autoTerminateEnabled = false })).Is(200);
        Assert.Equal("0", await ScalarAsync(target, $"SELECT auto_terminate_enabled FROM agents WHERE id = '{agent.Id}'"));
        (await backend.Admin.DeleteAsync($"/api/client/agents/{agent.Id}")).Is(200);
        Assert.Equal("deleted", await ScalarAsync(target, $"SELECT status FROM agents WHERE id = '{agent.Id}'"));
    }

    [Fact]
    public async Task Beside_a_running_original_nothing_is_imported_started_or_handed_out()
    {
        var target = await OriginalAsync();
        await SqlAsync(target, $"UPDATE agents SET last_heartbeat_at = NOW() WHERE id = '{Agent}'");
        var running = await Assert.ThrowsAsync<InvalidOperationException>(() => OriginalImport.ApplyAsync(Options(target), CancellationToken.None));
        Assert.Contains("The original backend is running on this database (agent web-1", running.Message, StringComparison.Ordinal);
        await SqlAsync(target, $"UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 1 HOUR WHERE id = '{Agent}'");
        var result = await OriginalImport.ApplyAsync(Options(target), CancellationToken.None);
        await using (var backend = await TestBackend.StartAsync(target, () => ValueTask.CompletedTask))
        {
            var api = backend.Client(result.Tokens.Single().Token);
            await SqlAsync(target, $"UPDATE agents SET last_heartbeat_at = NOW() - INTERVAL 10 MINUTE WHERE id = '{Agent}'");
            (await api.GetAsync($"/api/agents/{Agent}/instances-to-terminate")).Refuses(503, "original_backend_runs");
            await backend.Scheduler.RunOnceAsync(CancellationToken.None);
            await backend.Scheduler.RunOnceAsync(CancellationToken.None);
            Assert.Single((await backend.Admin.GetAsync("/api/admin/events?type=original_backend_runs")).Items());
            Assert.Equal(0, await backend.QueryAsync<int>("SELECT COUNT(*) FROM sc_claims"));
        }

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => TestBackend.StartAsync(target, () => ValueTask.CompletedTask));
        Assert.Contains("agent web-1 sent it a heartbeat", refusal.Message, StringComparison.Ordinal);
        await SqlAsync(target, "INSERT INTO replica_instances (id, agent_id, instance_id, replica_type, created_at) VALUES ('r-9', 'x', 'manual-9', 'manual', NOW() + INTERVAL 1 MINUTE)");

        // The second import takes note of what happened meanwhile.
        await OriginalImport.ApplyAsync(Options(target), CancellationToken.None);
        var replica = await Assert.ThrowsAsync<InvalidOperationException>(() => TestBackend.StartAsync(target, () => ValueTask.CompletedTask));
        Assert.Contains("it made replica r-9", replica.Message, StringComparison.Ordinal);
        await SqlAsync(target, "DELETE FROM replica_instances WHERE id = 'r-9'");
        await using var again = await TestBackend.StartAsync(target, () => DropAsync(target));
        Assert.Equal(2, (await again.Client(result.Tokens.Single().Token).GetAsync($"/api/agents/{Agent}/instances-to-terminate")).Is(200).Items("instances").Count);
    }

    private static ImportOptions Options(string target) => new() { Database = target, Accounts = Accounts, Clock = new ManualClock() };

    private static IEnumerable<string> Imported(ImportResult result) =>
        result.Items.Where(item => item.IsImported).Select(item => $"{item.Kind} {item.Id}");

    private static async Task<string> GuideAsync(string target, string sql, string machine, params string[] columns)
    {
        var row = (await ListAsync(target, sql)).Single(row => machine.Equals(row.GetValueOrDefault("instance_id") ?? row["id"]));
        return string.Join('|', columns.Select(column => row[column]));
    }

    private static async Task<string?> ScalarAsync(string target, string sql) => (await ListAsync(target, sql)).Single().Values.Single();

    private static async Task<string> RowAsync(string target, string sql) => string.Join('|', (await ListAsync(target, sql)).Single().Values);

    private static async Task<IReadOnlyList<Dictionary<string, string?>>> ListAsync(string target, string sql)
    {
        var builder = new MySqlConnectionStringBuilder(target) { Pooling = false, TreatTinyAsBoolean = false, GuidFormat = MySqlGuidFormat.None };
        await using var connection = new MySqlConnection(builder.ToString());
        await connection.OpenAsync();
        await using var command = new MySqlCommand("SET time_zone = '+00:00'", connection);
        await command.ExecuteNonQueryAsync();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, string?>>();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName,
                index => reader.IsDBNull(index)
                    ? null
                    : reader.GetValue(index) is DateTime time
                        ? time.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture)
                        : Convert.ToString(reader.GetValue(index), System.Globalization.CultureInfo.InvariantCulture)));
        }

        return rows;
    }

    private static async Task<string> EverythingAsync(string target)
    {
        var tables = (await ListAsync(target, "SHOW TABLES")).Select(row => row.Values.Single()!).ToList();
        var text = new List<string>(tables);
        foreach (var table in tables)
        {
            text.AddRange((await ListAsync(target, $"SHOW CREATE TABLE {table}")).Select(row => string.Join('|', row.Values)));
            text.AddRange((await ListAsync(target, $"SELECT * FROM {table}")).Select(row => string.Join('|', row.Values)));
        }

        return string.Join('\n', text);
    }

    private async Task<string> OriginalAsync(bool rows = true)
    {
        Assert.SkipWhen(Fixture.Missing is not null, Fixture.Missing ?? "It is there");
        var target = await ((MySqlFixture)Fixture).CreateDatabaseAsync();
        await SqlAsync(target, Schema);
        if (rows)
        {
            await SqlAsync(target, Rows);
        }

        return target;
    }

    private Task SqlAsync(string target, string sql) => ((MySqlFixture)Fixture).ExecuteAsync(sql, target);

    private ValueTask DropAsync(string target) => ((MySqlFixture)Fixture).DropAsync(target);
}
