using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>A run is killed just before or just after each call that it makes; what the next command then does.</summary>
public sealed class VastCrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rent_killed_anywhere_is_neither_doubled_nor_forgotten_by_the_same_command(bool afterwards)
    {
        var cuts = 0;
        for (var number = 1; ; number++)
        {
            using var world = new VastWorld();
            var request = world.Request();
            var kill = new KillAt(number, afterwards);
            using var killed = world.Open(kill);
            if (!await DiesAsync(() => killed.RentAsync(request, world.Host, CancellationToken.None), kill))
            {
                break;
            }

            cuts++;
            using var next = world.Open();
            var rented = await next.RentAsync(request, world.Host, CancellationToken.None);
            Assert.Equal(rented.Id, Assert.Single(world.Vast.Machines).Id.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(0, world.JournalFiles);
        }

        // Offer, account, keys, create, show.
        Assert.Equal(5, cuts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rent_killed_anywhere_is_found_by_a_list_and_removed_by_a_nuke(bool afterwards)
    {
        for (var number = 1; ; number++)
        {
            using var world = new VastWorld(new SimulatedVastOptions { TakenShare = 0, ListingDelay = TimeSpan.FromSeconds(20) });
            var kill = new KillAt(number, afterwards);
            using var killed = world.Open(kill);
            if (!await DiesAsync(() => killed.RentAsync(world.Request(), world.Host, CancellationToken.None), kill))
            {
                return;
            }

            // The machine is not listed yet when the nuke starts; the proof waits for it.
            var existed = world.Vast.Machines.Count;
            using var next = world.Open();
            var removed = new List<SpotRemoval>();
            var proof = await next.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, removed.Add, world.Host, CancellationToken.None);
            Assert.True(proof.Proven, $"cut {number}");
            Assert.Empty(world.Vast.Machines);
            Assert.Equal(existed, removed.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed));
            Assert.Equal(0, world.JournalFiles);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_launch_killed_anywhere_is_finished_by_the_next_one_with_exactly_the_machines_that_were_wanted(bool afterwards)
    {
        var cuts = 0;
        for (var number = 1; ; number++)
        {
            using var world = new VastWorld();
            var request = Launch(2);
            var kill = new KillAt(number, afterwards);
            using var killed = world.Open(kill);
            if (!await DiesAsync(() => killed.LaunchAsync(request, world.Host, CancellationToken.None), kill))
            {
                break;
            }

            cuts++;
            using var next = world.Open();
            var cluster = await next.LaunchAsync(request, world.Host, CancellationToken.None);
            Assert.Equal(2, cluster.Running);
            Assert.Equal(2, world.Vast.Machines.Count);
            Assert.All(world.Vast.Machines, machine => Assert.Equal("running", machine.Status));
            Assert.Equal(0, world.JournalFiles);
        }

        Assert.True(cuts >= 9, $"{cuts} cuts");
    }

    [Fact]
    public async Task An_interrupted_launch_is_named_by_a_list_until_it_is_finished_or_removed()
    {
        using var world = new VastWorld();
        for (var number = 1; ; number++)
        {
            var kill = new KillAt(number, afterwards: true);
            using var killed = world.Open(kill);
            await DiesAsync(() => killed.LaunchAsync(Launch(2), world.Host, CancellationToken.None), kill);
            if (world.Vast.Machines.Count > 0)
            {
                break;
            }
        }

        using var next = world.Open();
        Assert.Single(await world.ListAsync(service: next));
        Assert.Contains(world.Host.Warnings, warning => warning.Contains("1 of 2", StringComparison.Ordinal));
        var proof = await next.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast, ClusterName = "demo" }, _ => { }, world.Host, CancellationToken.None);
        Assert.True(proof.Proven);
        world.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await world.ListAsync(service: next));
        Assert.Equal(0, world.JournalFiles);
    }

    [Fact]
    public async Task A_run_that_is_under_way_is_not_mistaken_for_an_interrupted_one()
    {
        using var world = new VastWorld();
        var looked = false;
        world.Wire.Answering = call =>
        {
            if (call.Operation == "CreateInstance")
            {
                // As a second terminal would, while the first waits for its answer.
                looked = new RentJournal(world.Journal).TakeAbandoned(world.Host).Count == 0 && world.JournalFiles == 1;
            }
        };
        await world.Service.RentAsync(world.Request(), world.Host, CancellationToken.None);
        Assert.True(looked);
    }

    [Fact]
    public async Task An_intent_of_another_account_or_address_is_left_alone()
    {
        using var world = new VastWorld();
        var journal = new RentJournal(world.Journal);
        var now = world.Clock.GetUtcNow().AddHours(-1);
        foreach (var (endpoint, account) in new[] { ("https://elsewhere.example", null), ("https://console.vast.ai", "someone-else") })
        {
            using var intent = journal.Begin(new RentEntry { Label = "spotcluster/-/x", Request = "r", Endpoint = endpoint, AccountId = account, StartedAt = now });
            intent.Sending(now);
        }

        await world.ListAsync();
        Assert.Equal(2, world.JournalFiles);
        Assert.Empty(world.Host.Warnings);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Label\":\"spotcluster/-/x\",\"Requ")]
    [InlineData("{\"Label\":\"spotcluster/-/x\",\"Request\":\"r\",\"Endpoint\":\"https://console.vast.ai\",\"StartedAt\":\"2026-01-01T00:00:00+00:00\"}")]
    public async Task A_record_that_was_cut_off_while_it_was_written_stands_for_nothing(string text)
    {
        using var world = new VastWorld();
        File.WriteAllText(Path.Combine(world.Journal, "cut.json"), text);
        await world.ListAsync();
        Assert.Equal(0, world.JournalFiles);
    }

    [Fact]
    public void The_journal_is_readable_by_its_owner_only()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        using var world = new VastWorld();
        using var intent = new RentJournal(world.Journal).Begin(
            new RentEntry { Label = "spotcluster/-/x", Request = "r", Endpoint = "https://console.vast.ai", StartedAt = world.Clock.GetUtcNow() });
#pragma warning disable CA1416
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Directory.GetFiles(world.Journal).Single()));
#pragma warning restore CA1416
    }

    internal static RentalClusterRequest Launch(int count) => new()
    {
        Name = "demo",
        Count = count,
        Image = "pytorch/pytorch:latest",
        Offers = new OfferQuery { MaxHourlyPrice = 0.5m },
    };

    private static async Task<bool> DiesAsync(Func<Task> run, KillAt kill)
    {
        try
        {
            await run();
        }
        catch (KilledException)
        {
        }

        return kill.Happened;
    }
}
