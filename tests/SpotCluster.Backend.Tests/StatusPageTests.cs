using System.Collections.Concurrent;
using Microsoft.Playwright;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The status page in a real Chromium, where one is installed.</summary>
public sealed class StatusPageTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>
{
    private const string Zombie = "i-0000000000000000a";
    private const string Dead = "i-0000000000000000d";

    /// <summary>Where to keep pictures of the page; none when it is not set.</summary>
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("SPOTCLUSTER_TEST_PICTURES");

    [Fact]
    public async Task The_page_shows_what_waits_and_lets_the_admin_act()
    {
        await using var browser = await ChromiumBrowser.StartAsync();
        await using var backend = await fixture.StartAsync();
        var agent = await PopulateAsync(backend);
        var page = await browser.OpenAsync(backend.Url, ColorScheme.Light);
        var problems = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("401", StringComparison.Ordinal))
            {
                problems.Add(message.Text);
            }
        };
        page.PageError += (_, error) => problems.Add(error);

        // A wrong token opens nothing.
        await page.GetByLabel("Admin token").FillAsync("wrong-token");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The token is not the admin token.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#content")).ToBeHiddenAsync();
        await PictureAsync(page, "login");

        await page.GetByLabel("Admin token").FillAsync(TestBackend.AdminToken);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.Locator("#n-pending")).ToHaveTextAsync("2");
        await Assertions.Expect(page.Locator("#n-dead")).ToHaveTextAsync("1");
        await Assertions.Expect(page.Locator("#agents tbody tr")).ToHaveCountAsync(3);
        var zombie = page.Locator("#pending tbody tr").Filter(new() { HasText = Zombie });
        await Assertions.Expect(zombie).ToContainTextAsync("zombie timeout");
        await Assertions.Expect(zombie).ToContainTextAsync("waiting");
        await Assertions.Expect(zombie).ToContainTextAsync("2 min");
        await PictureAsync(page, "light");

        // Text from the outside stays text.
        await Assertions.Expect(page.Locator("#dead tbody tr")).ToContainTextAsync("<img src=x onerror=alert(1)>");
        Assert.Equal(0, await page.Locator("#dead img").CountAsync());

        // Requeue moves the dead letter to the pending ones.
        await page.GetByRole(AriaRole.Button, new() { Name = "Requeue " + Dead }).ClickAsync();
        await Assertions.Expect(page.Locator("#dead-section")).ToBeHiddenAsync();
        await Assertions.Expect(page.Locator("#pending tbody tr").Filter(new() { HasText = Dead })).ToContainTextAsync("ready");

        // The switch is the kill switch: it asks first, and Cancel and Escape change nothing.
        var killSwitch = page.GetByRole(AriaRole.Switch, new() { Name = "Auto-terminate for web-1" });
        var dialog = page.Locator("#confirm");
        await killSwitch.ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("Disable auto-terminate for web-1?");
        await PictureAsync(page, "confirm");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(dialog).ToBeHiddenAsync();
        await killSwitch.ClickAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(killSwitch).ToBeCheckedAsync();
        Assert.True((await agent.Api.GetAsync($"{agent.Path}/config")).Flag("auto_terminate_enabled"));
        await killSwitch.ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Assertions.Expect(killSwitch).Not.ToBeCheckedAsync();
        await Assertions.Expect(zombie).ToContainTextAsync("Auto-terminate is disabled for its agent");
        Assert.False((await agent.Api.GetAsync($"{agent.Path}/config")).Flag("auto_terminate_enabled"));

        // The token is gone with the sign-out.
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Admin token")).ToBeVisibleAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("sessionStorage.length + localStorage.length + document.cookie.length"));
        Assert.Empty(problems);
    }

    public static TheoryData<int, string> Fleets => new() { { 20, "light" }, { 20, "dark" }, { 1200, "light" }, { 1200, "phone" } };

    [Theory]
    [MemberData(nameof(Fleets))]
    public async Task A_fleet_of_any_size_shows_what_is_wrong_first_and_little_is_sent(int agents, string look)
    {
        await using var browser = await ChromiumBrowser.StartAsync();
        await using var backend = await fixture.StartAsync();
        await FleetAsync(backend, agents);
        var page = await browser.OpenAsync(backend.Url, look == "dark" ? ColorScheme.Dark : ColorScheme.Light);
        if (look == "phone")
        {
            await page.SetViewportSizeAsync(390, 844);
        }

        // They are asked for their sizes below: what an event begins would still run when the browser has ended.
        var lists = new ConcurrentQueue<IRequest>();
        page.RequestFinished += (_, request) =>
        {
            if (new Uri(request.Url).AbsolutePath == "/api/admin/agents")
            {
                lists.Enqueue(request);
            }
        };
        await page.GetByLabel("Admin token").FillAsync(TestBackend.AdminToken);
        await page.Keyboard.PressAsync("Enter");

        // The tiles count what is wrong; one agent in ten is silent, and the last one has a dead letter and comes first.
        await Assertions.Expect(page.Locator("#n-offline")).ToHaveTextAsync($"{agents / 10} of {agents}");
        await Assertions.Expect(page.Locator("#n-dead")).ToHaveTextAsync("1");
        await Assertions.Expect(page.Locator("#n-pending")).ToHaveTextAsync($"{agents}");
        await Assertions.Expect(page.Locator("#n-oldest")).ToHaveTextAsync("2 h 0 min");
        var rows = page.Locator("#agents tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(Math.Min(agents, 50));
        await Assertions.Expect(rows.First).ToContainTextAsync($"web-{agents - 1:0000}");
        await Assertions.Expect(rows.Nth(1)).ToContainTextAsync("offline");
        await PictureAsync(page, $"fleet-{agents}-{look}");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "The page is wider than the screen");

        // Nothing has changed since: no list is sent a second time, and a round is small.
        await page.WaitForResponseAsync(answer => answer.Url.Contains("/api/admin/agents", StringComparison.Ordinal) && answer.Status == 304);
        Assert.NotEmpty(lists);
        foreach (var request in lists)
        {
            Assert.InRange((await request.SizesAsync()).ResponseBodySize, 0, (64 * 1024) - 1);
        }

        // Search, filter, sort and pages are the backend's.
        await page.GetByLabel("Search agents").FillAsync("WEB-0007");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.First).ToContainTextAsync("web-0007");
        await page.GetByLabel("Search agents").FillAsync("100%_nobody");
        await Assertions.Expect(page.Locator("#agents")).ToBeHiddenAsync();
        await page.GetByLabel("Search agents").FillAsync("");
        await page.GetByLabel("Filter agents").SelectOptionAsync("offline");
        await Assertions.Expect(rows).ToHaveCountAsync(Math.Min(agents / 10, 50));
        await page.GetByLabel("Filter agents").SelectOptionAsync("");
        await page.Locator("#agents th[data-sort=name] button").ClickAsync();
        await Assertions.Expect(rows.First).ToContainTextAsync("web-0000");
        await page.Locator("#agents th[data-sort=name] button").ClickAsync();
        await Assertions.Expect(rows.First).ToContainTextAsync($"web-{agents - 1:0000}");
        if (agents > 50)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Next page of agents" }).ClickAsync();
            await Assertions.Expect(page.Locator("#agents-pages")).ToContainTextAsync($"51–100 of {agents}");
            await Assertions.Expect(rows.First).ToContainTextAsync($"web-{agents - 51:0000}");
            await page.GetByLabel("Search pending terminations").FillAsync($"i-{5:x17}");
            await Assertions.Expect(page.Locator("#pending tbody tr")).ToHaveCountAsync(1);
        }
        else
        {
            await Assertions.Expect(page.Locator("#agents-pages")).ToBeHiddenAsync();
        }

        // Requeue all asks first.
        await page.GetByRole(AriaRole.Button, new() { Name = "Requeue all" }).ClickAsync();
        await page.Locator("#confirm").GetByRole(AriaRole.Button, new() { Name = "Requeue all" }).ClickAsync();
        await Assertions.Expect(page.Locator("#dead-section")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task It_is_live_only_while_the_backend_answers()
    {
        await using var browser = await ChromiumBrowser.StartAsync();
        await using var backend = await fixture.StartAsync();
        await PopulateAsync(backend);
        var page = await browser.OpenAsync(backend.Url, ColorScheme.Light);
        await page.GetByLabel("Admin token").FillAsync(TestBackend.AdminToken);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#freshness")).ToHaveTextAsync("Live");

        // Requests that are never answered, then some that fail, then good ones again.
        await page.RouteAsync("**/api/**", _ => { });
        await Assertions.Expect(page.Locator("#freshness")).ToContainTextAsync("No answer since");
        await page.UnrouteAsync("**/api/**");
        await Assertions.Expect(page.Locator("#freshness")).ToHaveTextAsync("Live");
        await page.RouteAsync("**/api/**", route => route.FulfillAsync(new() { Status = 503, Body = """{"error":"The database is not available"}""" }));
        await Assertions.Expect(page.Locator("#freshness")).ToContainTextAsync("No answer since");
        await Assertions.Expect(page.Locator("#problem")).ToHaveTextAsync("The database is not available");
        await page.UnrouteAsync("**/api/**");
        await Assertions.Expect(page.Locator("#freshness")).ToHaveTextAsync("Live");
    }

    /// <summary>Agents with one marked machine each: every tenth is silent, the last one has a dead letter on top.</summary>
    private static Task FleetAsync(TestBackend backend, int agents) => backend.Database.WriteAsync(
        new Data.RequestContext("test", "test", CancellationToken.None),
        async session =>
        {
            var now = session.NowMs;
            await session.ExecuteAsync("INSERT INTO sc_clients (id, name, created_at) VALUES ('c-1', 'shop', @now)", new { now });
            for (var number = 0; number < agents; number++)
            {
                var isSilent = number % 10 == 0;
                await session.ExecuteAsync(
                    """
                    INSERT INTO sc_agents (id, client_id, logical_agent_id, account_id, region, status, last_seen_at, instance_id, created_at, updated_at)
                    VALUES (@id, 'c-1', @name, '111111111111', 'us-east-1', @status, @seen, @primary, @now, @now)
                    """,
                    new { id = $"a-{number}", name = $"web-{number:0000}", status = isSilent ? "offline" : "online", seen = isSilent ? now - 3_600_000 : now, primary = $"i-{number + 0x100000:x17}", now });
                await AddAsync($"a-{number}", $"i-{number:x17}", null);
            }

            await AddAsync($"a-{agents - 1}", $"i-{0xdead:x17}", now);

            Task AddAsync(string agent, string id, long? dead) => session.ExecuteAsync(
                """
                INSERT INTO sc_instances (account_id, instance_id, client_id, agent_id, region, state, desired_state, observed_state, marked_at,
                    attempts, last_error, last_error_class, dead_lettered_at, created_at, updated_at)
                VALUES ('111111111111', @id, 'c-1', @agent, 'us-east-1', 'retired', 'terminated', 'running', @marked,
                    @attempts, @error, @kind, @dead, @now, @now)
                """,
                new { id, agent, marked = now - 7_200_000, attempts = dead is null ? 0 : 8, error = dead is null ? null : "InternalError: x", kind = dead is null ? null : "transient", dead, now });
        });

    [Fact]
    public async Task The_page_is_readable_in_the_dark_and_on_a_phone()
    {
        await using var browser = await ChromiumBrowser.StartAsync();
        await using var backend = await fixture.StartAsync();
        await PopulateAsync(backend);
        var page = await browser.OpenAsync(backend.Url, ColorScheme.Dark);
        await page.GetByLabel("Admin token").FillAsync(TestBackend.AdminToken);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#pending tbody tr")).ToHaveCountAsync(2);
        await PictureAsync(page, "dark");
        Assert.Equal("rgb(15, 18, 24)", await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));

        await page.SetViewportSizeAsync(390, 844);
        await PictureAsync(page, "phone");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"), "The page is wider than a phone");
    }

    private static async Task<TestAgent> PopulateAsync(TestBackend backend)
    {
        var agent = await backend.EnrollAsync("web-1", "shop", primary: Zombie);
        await backend.EnrollAsync("web-2", "shop", region: "eu-west-1");
        var broken = await backend.EnrollAsync("batch-1", "research", "222222222222", "us-west-2", primary: "i-0000000000000000f");
        (await agent.PromoteAsync(await agent.ReadyReplicaAsync("i-0000000000000000b"))).Is(200);
        await broken.RetireAsync(Dead);
        await broken.HandedOutAsync();
        (await broken.ReportAsync(Dead, success: false, "InvalidInstanceID.Malformed: <img src=x onerror=alert(1)>")).Is(200);
        await broken.RetireAsync("i-0000000000000000e");
        await broken.HandedOutAsync();
        (await broken.ReportAsync("i-0000000000000000e", success: false, "UnauthorizedOperation: You are not authorized to perform this operation.")).Is(200);
        await broken.RetireAsync("i-0000000000000000c");
        await broken.HandedOutAsync();
        (await broken.ReportAsync("i-0000000000000000c", success: true)).Is(200);
        backend.Clock.Advance(TimeSpan.FromSeconds(130));
        return agent;
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Pictures is not null)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{name}.png"), FullPage = true });
        }
    }
}
