using Microsoft.Playwright;
using Xunit;

namespace SpotCluster.Tests;

/// <summary>The installed Chromium, driven by Playwright. A test is skipped where either is missing.</summary>
internal sealed class ChromiumBrowser : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private ChromiumBrowser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<ChromiumBrowser> StartAsync()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "No Chromium is on PATH");
        IPlaywright? playwright = null;
        try
        {
            playwright = await Playwright.CreateAsync();
        }
        catch (PlaywrightException error)
        {
            Assert.SkipWhen(true, $"The driver of Playwright does not run here: {error.Message}");
        }

        var browser = await playwright!.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            // Chromium's own sandbox does not work for root, which containers run as.
            ChromiumSandbox = Environment.UserName != "root",
        });

        // Only how long a failing test takes to say so: a busy machine is no reason to fail.
        Assertions.SetDefaultExpectTimeout(180_000);
        return new ChromiumBrowser(playwright, browser);
    }

    public async Task<IPage> OpenAsync(string url, ColorScheme scheme)
    {
        var context = await _browser.NewContextAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = 1280, Height = 900 } });

        // Only how long a failing test takes to say so, here too.
        context.SetDefaultTimeout(180_000);
        var page = await context.NewPageAsync();
        await page.GotoAsync(url);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
