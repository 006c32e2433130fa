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

    [SkippableFact]
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
        await Assertions.Expect(page.GetByText("This token is not the admin's.")).ToBeVisibleAsync();
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

        // The switch is the kill switch.
        await page.GetByRole(AriaRole.Switch, new() { Name = "Auto-terminate for web-1" }).ClickAsync();
        await Assertions.Expect(zombie).ToContainTextAsync("Auto-terminate is off for its agent");
        Assert.False((await agent.Api.GetAsync($"{agent.Path}/config")).Flag("auto_terminate_enabled"));

        // The token is gone with the sign-out.
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Admin token")).ToBeVisibleAsync();
        Assert.Equal(0, await page.EvaluateAsync<int>("sessionStorage.length + localStorage.length + document.cookie.length"));
        Assert.Empty(problems);
    }

    [SkippableFact]
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
