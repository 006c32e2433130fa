using System.Globalization;
using System.Xml.Linq;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Reports;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Tests.Reports;

/// <summary>The page says what is so, as text and nothing else, and says what is not known.</summary>
public sealed class ReportTests
{
    private const string Hostile = "<script>alert('\"&x')</script>\u202E\u0007";

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task It_shows_clusters_and_machines_with_their_cost_and_the_real_history()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(3, "us-east-1", "us-west-2"));
        world.Clock.Advance(TimeSpan.FromHours(20));
        var written = await world.WriteAsync();
        var page = world.Read();
        Assert.Equal(new FileInfo(written.Path).Length, written.Bytes);
        var card = Assert.Single(Cards(page));
        Assert.Equal("demo", card.Descendants("h2").Single().Value);
        Assert.Equal("3 of 3", Fact(card, "Running"));
        Assert.Equal(3, card.Descendants("tbody").Single().Elements("tr").Count());
        foreach (var machine in world.Lab.Machines())
        {
            Assert.Contains(machine.Id, card.Value, StringComparison.Ordinal);
        }

        using var engine = world.Lab.Open();
        var cost = (await engine.Costs.MeasureAsync(new CostQuery(), world.Lab.Host, CancellationToken.None)).Total;
        Assert.Equal(cost.CostToDate!.Value.ToString("$0.00", CultureInfo.InvariantCulture), Fact(card, "Cost to date"));
        Assert.Contains("123456789012", page.Descendants("header").Single().Value, StringComparison.Ordinal);
        Assert.Equal(2, card.Descendants("path").Count(path => path.Attribute("class")!.Value.StartsWith("area", StringComparison.Ordinal)));
        Assert.Contains("us-west-2", card.Descendants("ul").Single().Value, StringComparison.Ordinal);
        Assert.Empty(world.Lab.Host.Errors);
    }

    [Fact]
    public async Task The_steps_add_up_to_the_sum()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(4, "us-east-1", "eu-west-1"));
        world.Clock.Advance(TimeSpan.FromDays(3));
        using var engine = world.Lab.Open();
        var timeline = await engine.Costs.TraceAsync(new CostQuery(), world.Lab.Host, CancellationToken.None);
        Assert.Equal(2, timeline.Series.Count);
        Assert.All(timeline.Series, series => Assert.True(series.Steps.Count > 5, "the market moves"));
        var integral = timeline.Series.Sum(series => series.Steps.Zip(series.Steps.Skip(1)).Sum(pair =>
            pair.First.HourlyPrice * PriceHistory.Hours(pair.Second.At - pair.First.At)));
        Assert.Equal((double)timeline.Report.Total.CostToDate!.Value, (double)integral, precision: 5);
        Assert.Equal((double)timeline.Report.Total.HourlyCost!.Value, (double)timeline.Series.Sum(series => series.Steps[^1].HourlyPrice), precision: 5);
    }

    [Fact]
    public void A_machine_that_ended_and_a_disk_that_stays_are_steps_down_and_on()
    {
        var usage = new RegionUsage(
            [
                Machine("i-1", Noon, Noon.AddHours(2)),
                Machine("i-2", Noon.AddHours(1), null) with { Lifecycle = SpotLifecycle.OnDemand },
            ],
            [new DiskUsage("vol-1", "i-1", null, Noon, 0.01m)],
            [Price(Noon.AddHours(-1), 0.10m), Price(Noon.AddMinutes(30), 0.20m)],
            Ended: 0,
            PriceRefusal: null);
        var steps = Assert.Single(CostSeriesBuilder.Build([("us-east-1", usage), ("us-west-2", null)], Noon.AddHours(4))).Steps;
        Assert.Equal(
            [
                new CostStep(Noon, 0.11m, 0),
                new CostStep(Noon.AddMinutes(30), 0.21m, 0),
                new CostStep(Noon.AddHours(1), 0.21m, 1),
                new CostStep(Noon.AddHours(2), 0.01m, 1),
                new CostStep(Noon.AddHours(4), 0.01m, 1),
            ],
            steps);
    }

    [Fact]
    public async Task Unknown_is_said_and_never_shown_as_zero()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(2, "us-east-1"));
        world.Lab.Cloud.Region("us-east-1").AddInstances(1, spot: false, tags: [(ClusterLab.FilterKey, world.Lab.Settings.FilterTagValue), ("spotcluster:cluster", "demo")]);
        world.Clock.Advance(TimeSpan.FromHours(5));
        world.Lab.Cloud.Region("us-east-1").AddVpc("10.88", (ClusterLab.FilterKey, world.Lab.Settings.FilterTagValue), ("spotcluster:cluster", "silent"));
        world.Lab.Cloud.Faults.Add(new FaultRule { Region = "eu-west-1", Code = "UnauthorizedOperation" });
        world.Lab.Cloud.Deny("GetProducts");
        await world.WriteAsync();
        var page = world.Read();
        Assert.Equal([SpotErrorIds.RegionNotListed], world.Lab.Host.Errors.Select(error => error.ErrorId));
        Assert.Contains("eu-west-1", page.Descendants("section").First().Value, StringComparison.Ordinal);
        var card = Cards(page).Single(section => section.Descendants("h2").First().Value == "demo");
        Assert.StartsWith("≥ $", Fact(card, "Cost to date"), StringComparison.Ordinal);
        Assert.Equal("unknown", Fact(page.Descendants("section").Single(section => section.Descendants("h2").First().Value == "silent"), "Per hour"));
        Assert.NotEmpty(card.Descendants("rect"));
        Assert.DoesNotContain("$0.0000", string.Concat(card.Descendants("td").Select(cell => cell.Value)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removals_and_proofs_alone_make_no_call()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(2, "us-east-1"));
        var removals = new List<SpotRemoval>();
        SpotProof proof;
        using (var engine = world.Lab.Open())
        {
            proof = await engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo" }, removals.Add, world.Lab.Host, CancellationToken.None);
        }

        world.Lab.Cloud.Calls.Clear();
        await world.WriteAsync(new ReportRequest { IncludeClouds = false, Removals = removals, Proofs = [proof] });
        Assert.Equal(0, world.Lab.Cloud.Calls.Count);
        var page = world.Read();
        Assert.Contains("Verified empty: " + proof.Scope, page.Descendants("h2").Select(title => title.Value));
        Assert.Equal(removals.Count, page.Descendants("tbody").Single().Elements("tr").Count());
        Assert.Contains("123456789012", page.Descendants("header").Single().Value, StringComparison.Ordinal);
        Assert.Contains("2026-01-01", Fact(page.Root!, "Last empty"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_comes_first_and_has_its_reason()
    {
        var page = ReportWorld.Parse(ReportPage.Render(new ReportContent
        {
            Request = new ReportRequest
            {
                IncludeClouds = false,
                Removals =
                [
                    new SpotRemoval { Id = "i-1", Type = "instance", Region = "us-east-1", Outcome = SpotRemovalOutcome.Removed },
                    new SpotRemoval { Id = "vpc-1", Type = "vpc", Region = "us-east-1", Outcome = SpotRemovalOutcome.Blocked, Code = "DependencyViolation", Reason = "It is in use.", BlockedBy = "eni-1" },
                ],
                Proofs = [new SpotProof { AccountId = "1", Residue = [new SpotResource { Id = "vpc-1", Type = "vpc", Region = "us-east-1" }], Unknown = ["us-west-2: RequestLimitExceeded"] }],
            },
            MadeAt = Noon,
        }));
        Assert.StartsWith("vpc-1", page.Descendants("tbody").Single().Elements("tr").First().Value, StringComparison.Ordinal);
        Assert.Contains("Blocked by eni-1", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("us-west-2: RequestLimitExceeded", page.Root.Value, StringComparison.Ordinal);
        Assert.Contains("Not verified empty", page.Root.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_outside_is_nothing_but_text()
    {
        var html = ReportPage.Render(new ReportContent
        {
            Request = new ReportRequest
            {
                ClusterNames = [Hostile],
                Removals = [new SpotRemoval { Id = Hostile, Name = Hostile, Type = Hostile, Region = Hostile, Code = Hostile, Reason = Hostile, BlockedBy = Hostile }],
                Proofs = [new SpotProof { AccountId = Hostile, ClusterName = Hostile, Regions = [Hostile], Unknown = [Hostile], Residue = [new SpotResource { Id = Hostile, Type = Hostile }] }],
            },
            MadeAt = Noon,
            Accounts = [Hostile],
            Unknown = [Hostile],
            Clusters = [new Cluster { Name = Hostile, Regions = [new SpotClusterRegion { Region = Hostile, Code = Hostile, Reason = Hostile }] }],
            Instances = [new SpotInstance { Id = Hostile, Name = Hostile, ClusterName = Hostile, Region = Hostile, Zone = Hostile, InstanceType = Hostile }],
        });
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202E', html);
        var page = ReportWorld.Parse(html);
        Assert.Equal(html.Split("&lt;script").Length - 1, page.Root!.Value.Split("<script").Length - 1);
        Assert.True(page.Root.Value.Split("<script").Length > 20);
    }

    [Fact]
    public async Task It_takes_nothing_from_elsewhere_and_runs_nothing()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(2, "us-east-1"));
        world.Clock.Advance(TimeSpan.FromHours(2));
        await world.WriteAsync();
        var page = world.Read();
        Assert.DoesNotContain(page.Descendants(), element => element.Name.LocalName is "script" or "link" or "img" or "iframe" or "object" or "a");
        Assert.DoesNotContain(
            page.Descendants().Attributes(),
            attribute => attribute.Name.LocalName is "src" or "href" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page.Descendants("style").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_overwritten_only_when_that_is_wanted_and_is_its_owners_alone()
    {
        using var world = new ReportWorld();
        await File.WriteAllTextAsync(world.PathOf("report.html"), "mine");
        world.Lab.Cloud.Calls.Clear();
        var error = await Assert.ThrowsAsync<SpotException>(() => world.WriteAsync());
        Assert.Equal(SpotErrorIds.ReportExists, error.ErrorId);
        Assert.Equal(0, world.Lab.Cloud.Calls.Count);
        Assert.Equal("mine", await File.ReadAllTextAsync(world.PathOf("report.html")));
        await world.WriteAsync(overwrite: true);
        Assert.Contains("Nothing is running", world.Read().Root!.Value, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(world.Folder));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(world.PathOf("report.html")));
        }

        error = await Assert.ThrowsAsync<SpotException>(() => world.WriteAsync(name: "no-such-folder/report.html"));
        Assert.Equal(SpotErrorIds.LocalFileFailed, error.ErrorId);
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_an_error_and_no_page()
    {
        using var world = new ReportWorld();
        await world.Lab.CreateAsync(ClusterLab.Request(1, "us-east-1"));
        var error = await Assert.ThrowsAsync<SpotException>(() => world.WriteAsync(new ReportRequest { ClusterNames = ["nobody"] }));
        Assert.Equal(SpotErrorIds.ClusterNotFound, error.ErrorId);
        Assert.Empty(Directory.GetFiles(world.Folder));
        await world.WriteAsync(new ReportRequest { ClusterNames = ["demo", "nobody"] });
        Assert.Equal(SpotErrorIds.ClusterNotFound, Assert.Single(world.Lab.Host.Errors).ErrorId);
        await world.WriteAsync(new ReportRequest { Ids = [world.Lab.Machines()[0].Id] }, "machine.html");
        Assert.Single(world.Read("machine.html").Descendants("tbody").Single().Elements("tr"));
    }

    [Fact]
    public async Task Machines_of_the_other_cloud_are_on_it_and_its_silence_is_named()
    {
        using var world = new ReportWorld();
        var id = world.Lab.Cloud.Vast.AddMachine("spotcluster/gpu/one").ToString(CultureInfo.InvariantCulture);
        await world.WriteAsync();
        Assert.Contains(id, world.Read().Root!.Value, StringComparison.Ordinal);
        world.Lab.Cloud.Faults.Add(new FaultRule { Service = "vast", Code = "auth_error", Status = 404, Message = "Invalid user key" });
        await world.WriteAsync(overwrite: true);
        Assert.Equal(SpotErrorIds.VastKeyInvalid, Assert.Single(world.Lab.Host.Errors).ErrorId);
        Assert.Equal("Unknown", world.Read().Descendants("section").First().Descendants("h2").Single().Value);
    }

    private static IEnumerable<XElement> Cards(XDocument page) =>
        page.Descendants("section").Where(section => section.Descendants("table").Any());

    private static string Fact(XElement inside, string name) =>
        inside.Descendants("dt").Where(term => term.Value == name).Select(term => ((XElement)term.NextNode!).Value).First();

    private static MachineUsage Machine(string id, DateTimeOffset start, DateTimeOffset? end) => new()
    {
        Id = id,
        Zone = "us-east-1a",
        InstanceType = "t3.micro",
        Lifecycle = SpotLifecycle.Spot,
        StartedAt = start,
        IsBilled = end is null,
        EndedAt = end,
    };

    private static SpotPrice Price(DateTimeOffset at, decimal price) => new()
    {
        Zone = "us-east-1a",
        InstanceType = "t3.micro",
        ProductDescription = "Linux/UNIX",
        At = at,
        HourlyPrice = price,
    };
}
