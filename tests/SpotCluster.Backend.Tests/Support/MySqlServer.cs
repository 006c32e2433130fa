using System.Diagnostics;
using System.Globalization;
using MySqlConnector;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>
/// A real MariaDB or MySQL: the server that SPOTCLUSTER_TEST_MYSQL names, or a private one of this test run from the installed programs, in
/// a temporary folder, on a loopback port that the system chose.
/// </summary>
public sealed class MySqlServer : IAsyncDisposable
{
    public const string Variable = "SPOTCLUSTER_TEST_MYSQL";

    private const string User = "tests";
    private const string Password = "tests-of-this-run";

    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StartInterval = TimeSpan.FromMilliseconds(100);

    private string? _server;
    private string? _missing;
    private string? _folder;
    private Process? _process;
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
            await ExecuteAsync("DO 0");
        }
    }

    public async ValueTask DisposeAsync()
    {
        MySqlConnection.ClearAllPools();
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            Directory.Delete(_folder!, recursive: true);
        }
    }

    /// <summary>An empty database. Returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(
            CultureInfo.InvariantCulture, $"spotcluster_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new MySqlConnectionStringBuilder(_server!) { Database = name, MaximumPoolSize = 20 }.ToString();
    }

    public async ValueTask DropAsync(string target) =>
        await ExecuteAsync($"DROP DATABASE {new MySqlConnectionStringBuilder(target).Database}");

    /// <summary>Runs SQL on the server, in the database that the target names, or in none.</summary>
    public async Task ExecuteAsync(string sql, string? target = null)
    {
        await using var connection = new MySqlConnection(new MySqlConnectionStringBuilder(target ?? _server!) { Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string? Find(params string[] names) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/usr/libexec"])
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} is installed and does not run: {output}");
    }

    private async Task StartServerAsync()
    {
        var server = Find("mariadbd", "mysqld");
        if (server is null)
        {
            _missing = $"Neither MariaDB nor MySQL is installed and {Variable} names no server";
            return;
        }

        _folder = TestFolder.Create("spotcluster-my-").FullName;
        var data = Path.Combine(_folder, "data");
        string[] asRoot = Environment.UserName == "root" ? ["--user=root"] : [];
        var isMariaDb = (await RunAsync(server, "--version")).Contains("MariaDB", StringComparison.Ordinal);
        if (isMariaDb)
        {
            var install = Find("mariadb-install-db", "mysql_install_db")
                ?? throw new InvalidOperationException("MariaDB's server is installed without mariadb-install-db.");
            await RunAsync(install, ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", $"--datadir={data}", .. asRoot]);
        }
        else
        {
            await RunAsync(server, ["--no-defaults", "--initialize-insecure", $"--datadir={data}", .. asRoot]);
        }

        // Everything of the server is in the folder; the account that others could find on the port has a password.
        var begin = Path.Combine(_folder, "begin.sql");
        await File.WriteAllTextAsync(begin, $"CREATE USER '{User}'@'127.0.0.1' IDENTIFIED BY '{Password}';\nGRANT ALL ON *.* TO '{User}'@'127.0.0.1';\n");
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            _process = Process.Start(new ProcessStartInfo(server,
            [
                "--no-defaults", $"--datadir={data}", $"--socket={_folder}/socket", $"--pid-file={_folder}/pid", $"--log-error={_folder}/log",
                $"--init-file={begin}", "--bind-address=127.0.0.1", string.Create(CultureInfo.InvariantCulture, $"--port={port}"),
                "--skip-name-resolve", "--max-connections=500", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M",
                "--innodb-flush-method=nosync", .. isMariaDb ? (string[])[] : ["--mysqlx=OFF"], .. asRoot,
            ]))!;
            _server = new MySqlConnectionStringBuilder { Server = "127.0.0.1", Port = (uint)port, UserID = User, Password = Password }.ToString();
            if (await IsUpAsync())
            {
                return;
            }

            if (attempt == 3)
            {
                throw new InvalidOperationException($"{server} is installed and does not start: {await File.ReadAllTextAsync($"{_folder}/log")}");
            }
        }
    }

    /// <summary>Whether the server answers; false when it ended, as it does when somebody took the port first.</summary>
    private async Task<bool> IsUpAsync()
    {
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < LongestStart; await Task.Delay(StartInterval, TimeProvider.System))
        {
            try
            {
                await ExecuteAsync("DO 0");
                return true;
            }
            catch (MySqlException) when (!_process!.HasExited)
            {
                // Not yet.
            }
            catch (MySqlException)
            {
                return false;
            }
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
