using System.Globalization;
using Microsoft.Playwright;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Reports;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Reports;

/// <summary>
/// The page in a real Chromium, where one is installed. With SPOTCLUSTER_TEST_PICTURES set, pictures are kept in that folder.
/// </summary>
public sealed class ReportBrowserTests
{
    [Fact]
    public async Task It_is_drawn_without_a_complaint_and_without_the_network()
    {
        await using var browser = await ChromiumBrowser.StartAsync();
        using var world = new ReportWorld();
        await PopulateAsync(world);
        foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1280), (ColorScheme.Dark, 1280), (ColorScheme.Light, 390), (ColorScheme.Dark, 390) })
        {
            var (page, complaints, requests) = await OpenAsync(browser, world.PathOf("report.html"), scheme, width);
            Assert.Empty(complaints);
            Assert.Equal([new Uri(world.PathOf("report.html")).AbsoluteUri], requests);

            // Nothing was dropped or moved by a mistake in the document, and nothing but tables is wider than the window.
            Assert.Equal(world.Read().Descendants().Count(), await page.EvaluateAsync<int>("document.querySelectorAll('*').length"));
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"wider than {width}");
            Assert.True(await page.EvaluateAsync<int>("Math.min(...[...document.querySelectorAll('svg')].map(chart => chart.getBoundingClientRect().height))") > 100);
            Assert.Equal(
                scheme == ColorScheme.Dark ? "rgb(15, 18, 24)" : "rgb(244, 245, 248)",
                await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
            if (Environment.GetEnvironmentVariable("SPOTCLUSTER_TEST_PICTURES") is { Length: > 0 } folder)
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"report-{scheme}-{width}.png")), FullPage = true });
            }
        }
    }

    [Fact]
    public async Task The_check_notices_what_it_is_to_notice()
    {
        await using var browser = await ChromiumBrowser.StartAsync();
        using var world = new ReportWorld();
        await File.WriteAllTextAsync(world.PathOf("needy.html"), "<img src=\"http://pictures.invalid/x.png\"><script>nothing.there()</script>");
        var (_, complaints, requests) = await OpenAsync(browser, world.PathOf("needy.html"), ColorScheme.Light, 800);
        Assert.Equal(2, requests.Count);
        Assert.NotEmpty(complaints);
    }

    private static async Task<(IPage Page, List<string> Complaints, List<string> Requests)> OpenAsync(
        ChromiumBrowser browser, string path, ColorScheme scheme, int width)
    {
        var page = await browser.OpenAsync("about:blank", scheme);
        await page.SetViewportSizeAsync(width, 900);
        var complaints = new List<string>();
        var requests = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(new Uri(path).AbsoluteUri, new() { WaitUntil = WaitUntilState.NetworkIdle });
        return (page, complaints, requests);
    }

    /// <summary>Two clusters over four regions, one with a machine of unknown price, a silent region, a removal with what blocks it.</summary>
    private static async Task PopulateAsync(ReportWorld world)
    {
        var cloud = world.Lab.Cloud;
        await world.Lab.CreateAsync(ClusterLab.Request(7, "us-east-1", "us-west-2", "eu-west-1") with { Name = "render-farm", ExpiresIn = TimeSpan.FromDays(7) });
        world.Clock.Advance(TimeSpan.FromHours(14));
        await world.Lab.CreateAsync(ClusterLab.Request(2, "eu-central-1") with { Name = "nightly" });
        world.Clock.Advance(TimeSpan.FromHours(8));
        cloud.Region("eu-central-1").AddInstances(1, spot: false, tags: [(ClusterLab.FilterKey, world.Lab.Settings.FilterTagValue), ("spotcluster:cluster", "nightly")]);
        await world.Lab.CreateAsync(ClusterLab.Request(2, "us-east-1") with { Name = "old" });
        world.Clock.Advance(TimeSpan.FromHours(30));
        cloud.Vast.AddMachine("spotcluster/train/one");
        var subnet = cloud.Region("us-east-1").Live.First(item => item.Kind == "subnet" && item.Tags.Contains(new("spotcluster:cluster", "old"))).Id;
        cloud.Region("us-east-1").AddServiceInterface(subnet);
        var removals = new List<SpotRemoval>();
        using var engine = world.Lab.Open();
        var failed = await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "old" }, removals.Add, world.Lab.Host, CancellationToken.None);
        var gone = await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "never" }, _ => { }, world.Lab.Host, CancellationToken.None);
        cloud.Faults.Add(new FaultRule { Region = "sa-east-1", Code = "UnauthorizedOperation" });
        await world.WriteAsync(new ReportRequest { Removals = removals, Proofs = [gone, failed] });
    }
}
