using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>
/// A real PostgreSQL: the server that SPOTCLUSTER_TEST_POSTGRES names, or a private one of this test run from the installed programs, on a
/// socket in a temporary folder.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string Variable = "SPOTCLUSTER_TEST_POSTGRES";

    private string? _server;
    private string? _missing;
    private string? _folder;
    private string? _programs;
    private int _databases;

    /// <summary>Why there is none here; null when there is.</summary>
    public string? Missing => _missing;

    public async Task StartAsync()
    {
        _server = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(_server))
        {
            await StartServerAsync();
        }

        if (_missing is null)
        {
            await using var connection = new NpgsqlConnection(_server);
            await connection.OpenAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_folder is not null)
        {
            await RunAsync($"{_programs}/pg_ctl", "-D", $"{_folder}/data", "-m", "immediate", "stop");
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>An empty database. Returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"spotcluster_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new NpgsqlConnectionStringBuilder(_server) { Database = name, MaxPoolSize = 20 }.ToString();
    }

    public async ValueTask DropAsync(string target) =>
        await ExecuteAsync($"DROP DATABASE {new NpgsqlConnectionStringBuilder(target).Database} WITH (FORCE)");

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        // PostgreSQL refuses to run as root; where the tests do, the account that Debian's package made runs it.
        var asRoot = Environment.UserName == "root";
        var start = new ProcessStartInfo(asRoot ? "setpriv" : program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in asRoot ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments] : arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + error);
    }

    private async Task StartServerAsync()
    {
        _programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(path => Path.Combine(path, "bin"))
                .FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
            : null;
        if (_programs is null)
        {
            _missing = $"PostgreSQL is not installed and {Variable} names no server";
            return;
        }

        _folder = TestFolder.Create("spotcluster-pg-").FullName;
        if (Environment.UserName == "root")
        {
            using var own = Process.Start("chown", ["postgres", _folder]);
            await own.WaitForExitAsync();
        }

        var (code, output) = await RunAsync(
            $"{_programs}/initdb", "-D", $"{_folder}/data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        if (code == 0)
        {
            // Only a socket in our own folder: no port to collide with, nobody else can connect.
            (code, output) = await RunAsync(
                $"{_programs}/pg_ctl", "-D", $"{_folder}/data", "-w", "-l", $"{_folder}/log", "-o",
                $"-c listen_addresses='' -c unix_socket_directories={_folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200", "start");
        }

        if (code != 0)
        {
            throw new InvalidOperationException($"PostgreSQL is installed and does not start: {output}");
        }

        _server = $"Host={_folder};Username=tests;Database=postgres";
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
