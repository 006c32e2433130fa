using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.Removal;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>Attempts to get a proof of emptiness for an account that is not empty.</summary>
public sealed class ProofAttacks : IDisposable
{
    private const string East = "us-east-1";
    private const string South = "ap-south-1";

    private readonly SimulatedAccount _account = new();

    public void Dispose() => _account.Dispose();

    [Fact]
    public async Task An_instance_that_starts_in_an_idle_region_while_another_one_drains_is_no_empty_account()
    {
        _account.AddCluster(East, 2);
        var late = LaunchWhen("TerminateInstances", East, () => _account.Cloud.Region(South).AddInstances(1, tags: _account.Tags())[0]);
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Null(proof.LastEmptyAt);
        Assert.Equal([late()], proof.Residue.Where(resource => resource.Type == "instance").Select(resource => resource.Id));
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
        _account.DemandUntouched(late());
    }

    [Fact]
    public async Task An_instance_that_starts_between_the_two_rounds_is_no_empty_account()
    {
        _account.AddCluster(East, 1);
        var isDrained = false;
        string? late = null;
        _account.Cloud.Answered += call =>
        {
            isDrained |= call.Operation == "DeleteVpc";
            if (isDrained && late is null && call.Operation == "DescribeTags" && call.Region == South)
            {
                late = _account.Cloud.Region(South).AddInstances(1, tags: _account.Tags())[0];
            }
        };
        var proof = await _account.RemoveAsync();
        Assert.NotNull(late);
        Assert.False(proof.Proven);
        Assert.Contains(proof.Residue, resource => resource.Id == late);
    }

    [Fact]
    public async Task The_two_times_hold_for_every_region()
    {
        _account.AddCluster(East, 2);
        var listings = new List<(string Region, DateTimeOffset At)>();
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == "DescribeTags")
            {
                lock (listings)
                {
                    listings.Add((call.Region, _account.Cloud.Clock.GetUtcNow()));
                }
            }
        };
        var proof = await _account.RemoveAsync();
        _account.DemandGone(proof);
        var deletedAt = _account.Changes.Max(call => call.ReceivedAt);
        Assert.True(proof.FirstEmptyAt >= deletedAt);
        foreach (var region in _account.Cloud.Regions)
        {
            // Listed after the first time and before the last one, and once more after that.
            Assert.Contains(listings, listing => listing.Region == region && listing.At >= proof.FirstEmptyAt && listing.At < proof.LastEmptyAt);
            Assert.Contains(listings, listing => listing.Region == region && listing.At >= proof.LastEmptyAt);
        }
    }

    [Fact]
    public async Task An_account_without_any_region_is_never_verified()
    {
        var clock = new JumpingClock();
        var service = new RemovalService(new FakeInventory(), new SpotSettings(), new MemoryJournal(clock), clock);
        var removed = await Assert.ThrowsAsync<SpotException>(() => service.RemoveAsync(new RemovalScope(), _ => { }, _account.Host, CancellationToken.None));
        var planned = await Assert.ThrowsAsync<SpotException>(() => service.PlanAsync(new RemovalScope(), _account.Host, CancellationToken.None));
        var named = await Assert.ThrowsAsync<SpotException>(() => service.RemoveInstancesAsync(
            [new InstanceKey("i-0123456789abcdef0")], _ => { }, _account.Host, CancellationToken.None));
        Assert.All([removed, planned, named], error => Assert.Equal(SpotErrorIds.RegionNotListed, error.ErrorId));
    }

    [Fact]
    public async Task A_pattern_that_matches_no_region_is_refused_and_not_verified()
    {
        _account.AddCluster(East, 1);
        var error = await Assert.ThrowsAsync<SpotException>(() => _account.RemoveAsync(cluster: null, with: scope => scope with { Regions = ["xx-*"] }));
        Assert.Equal(SpotErrorIds.RegionUnknown, error.ErrorId);
        Assert.Empty(_account.Changes);
    }

    [Fact]
    public async Task A_proof_for_some_regions_says_that_it_is_for_these_only()
    {
        _account.AddCluster(East, 1);
        _account.AddCluster(South, 1);
        var proof = await _account.RemoveAsync(with: scope => scope with { Regions = [South] });
        Assert.True(proof.Proven);
        Assert.Equal([South], proof.RegionFilter);
        Assert.Equal([South], proof.Regions);
        Assert.Equal($"cluster 'demo' at AWS in {South} only of account {proof.AccountId}", proof.Scope);
        Assert.Contains(proof.Scope, proof.ToString(), StringComparison.Ordinal);
        Assert.Single(_account.Cloud.Region(East).LiveInstances);

        var everywhere = await _account.RemoveAsync();
        Assert.Empty(everywhere.RegionFilter);
        Assert.Contains($"all {_account.Cloud.Regions.Count} enabled regions", everywhere.Scope, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tagged_defaults_of_a_region_stay_and_are_named_as_residual()
    {
        _account.AddCluster(East, 1);
        var target = _account.Cloud.Region(East);
        var vpc = Id("DescribeVpcs", "vpcId", ("Filter.1.Name", "is-default"), ("Filter.1.Value.1", "true"));
        (string, string)[] inVpc = [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", vpc)];
        string[] defaults =
        [
            vpc,
            Id("DescribeSubnets", "subnetId", inVpc),
            Id("DescribeSecurityGroups", "groupId", inVpc),
            Id("DescribeNetworkAcls", "networkAclId", inVpc),
            Id("DescribeRouteTables", "routeTableId", inVpc),
        ];
        foreach (var id in defaults)
        {
            target.Call("CreateTags", [("ResourceId.1", id), .. _account.Tags().SelectMany((tag, at) => new[] { ($"Tag.{at + 1}.Key", tag.Key), ($"Tag.{at + 1}.Value", tag.Value) })]);
        }

        _account.Cloud.Calls.Clear();
        var proof = await _account.RemoveAsync(cluster: null);
        Assert.Empty(_account.Host.Errors);
        Assert.True(proof.Proven);
        Assert.Empty(proof.Residue);
        Assert.Equal(defaults.Order(), proof.Unmanaged.Select(resource => resource.Id).Order());
        Assert.All(defaults, id => Assert.Equal(SpotRemovalOutcome.Skipped, Assert.Single(_account.Removals, removal => removal.Id == id).Outcome));
        Assert.All(_account.Changes, call => Assert.DoesNotContain(call.Parameters.Values, value => defaults.Contains(value)));
        Assert.Empty(target.LiveInstances);

        string Id(string operation, string element, params (string, string)[] filter) => target.Call(operation, filter).Descendants(element).First().Value;
    }

    [Fact]
    public async Task A_region_that_stops_answering_before_the_last_round_is_not_verified()
    {
        _account.AddCluster(East, 1);
        LaunchWhen("TerminateInstances", East, () =>
        {
            _account.Cloud.Faults.Add(new FaultRule { Operation = "DescribeTags", Region = South, Code = "UnauthorizedOperation" });
            return "";
        });
        var proof = await _account.RemoveAsync();
        Assert.False(proof.Proven);
        Assert.Contains(proof.Unknown, line => line.StartsWith(South, StringComparison.Ordinal));
        Assert.Empty(_account.Cloud.Region(East).LiveInstances);
    }

    /// <summary>Does something once, when a call was answered; what it gave.</summary>
    private Func<string> LaunchWhen(string operation, string region, Func<string> launch)
    {
        string? result = null;
        _account.Cloud.Answered += call =>
        {
            if (call.Operation == operation && call.Region == region && result is null)
            {
                result = "";
                result = launch();
            }
        };
        return () => result ?? throw new InvalidOperationException($"{operation} was not called.");
    }
}
