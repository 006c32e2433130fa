using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Hosting;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>The real backend on a free loopback port, with a clock that the test owns.</summary>
public sealed class TestBackend : IAsyncDisposable
{
    public const string AdminToken = "admin-token-of-the-tests-0123456789abcdef";

    private readonly WebApplication _app;
    private readonly Func<ValueTask> _cleanUp;

    private TestBackend(WebApplication app, ManualClock clock, string target, Func<ValueTask> cleanUp)
    {
        _app = app;
        _cleanUp = cleanUp;
        Clock = clock;
        Target = target;
        Url = app.Urls.Single();
        Admin = Client(AdminToken);
    }

    public ManualClock Clock { get; }

    public string Target { get; }

    public string Url { get; }

    public Api Admin { get; }

    internal Database Database => _app.Services.GetRequiredService<Database>();

    internal Scheduler Scheduler => _app.Services.GetRequiredService<Scheduler>();

    /// <param name="target">The database.</param>
    /// <param name="cleanUp">Called at the end.</param>
    /// <param name="clock">The clock to share with another backend; null for a new one.</param>
    /// <param name="failedTokens">So many wrong tokens of one address are answered as such.</param>
    public static async Task<TestBackend> StartAsync(string target, Func<ValueTask> cleanUp, ManualClock? clock = null, int failedTokens = 10_000)
    {
        clock ??= new ManualClock();
        var app = await BackendHost.CreateAsync(
            new BackendOptions
            {
                AdminToken = AdminToken,
                Urls = ["http://127.0.0.1:0"],
                Database = target,
                Clock = clock,
                SchedulerInterval = TimeSpan.Zero,
                LogToConsole = false,
                Jitter = () => 0,
                FailedTokensPerMinute = failedTokens,
            },
            CancellationToken.None);
        await app.StartAsync();
        return new TestBackend(app, clock, target, cleanUp);
    }

    public Api Client(string? token) => new(Url, token);

    /// <summary>Runs a query behind the back of the API.</summary>
    public Task<T> QueryAsync<T>(string sql, object? parameters = null) =>
        Database.ReadAsync(
            new RequestContext("test", "test", CancellationToken.None),
            async session => (await session.FirstAsync<T>(sql, parameters))!);

    /// <summary>The values of the first row, as one text to compare.</summary>
    public async Task<string> RowAsync(string sql, object? parameters = null) =>
        string.Join('|', ((IDictionary<string, object?>)await QueryAsync<dynamic>(sql, parameters)).Values);

    public async Task<TestAgent> EnrollAsync(
        string name = "agent-1", string client = "client-1", string account = "111111111111", string region = "us-east-1",
        object? settings = null, string? primary = null)
    {
        var enrolled = await Admin.PostAsync(
            "/api/admin/agents", new { client, logical_agent_id = name, account_id = account, region, settings });
        enrolled.Is(201);
        var agent = new TestAgent(
            this, Client(enrolled.Text("token")), enrolled.Text("agent_id"), enrolled.Text("token"), name, account, region);
        if (primary is not null)
        {
            (await agent.RegisterAsync(primary)).Is(200);
        }

        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _cleanUp();
    }
}
