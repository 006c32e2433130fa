using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>The machinery by itself: order, refusals, blockers, proof.</summary>
public sealed class RemovalOnFakesTests
{
    private readonly JumpingClock _clock = new();
    private readonly RecordingHost _host = new();
    private readonly List<SpotRemoval> _removals = [];
    private readonly FakeRegion _region;
    private readonly MemoryJournal _journal;

    public RemovalOnFakesTests()
    {
        _region = new FakeRegion(_clock);
        _journal = new MemoryJournal(_clock);
    }

    private static RemovalScope Demo => new() { ClusterName = "demo" };

    [Fact]
    public async Task An_empty_region_costs_one_call_per_scan()
    {
        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Equal(2, _region.Calls.Count);
        Assert.All(_region.Calls, call => Assert.Equal("ListTagged", call.Name));
        Assert.True(proof.LastEmptyAt - proof.FirstEmptyAt >= TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_records_of_what_remains_are_read_once_for_all_regions()
    {
        var records = new CountedRecords();
        var planner = new RemovalPlanner(new FakeInventory(_region, new FakeRegion(_clock, "eu-west-1")), new SpotSettings(), records, _clock);
        var identity = new SpotIdentity { Provider = SpotProvider.Aws, AccountId = "123456789012" };
        await planner.LookAsync(Demo, identity, ["us-east-1", "eu-west-1"], thorough: true, CancellationToken.None);
        Assert.Equal(1, records.Reads);
        await planner.ListAsync(Demo, identity, ["us-east-1", "eu-west-1"], _host, CancellationToken.None).ToListAsync(CancellationToken.None);
        Assert.Equal(2, records.Reads);
    }

    [Fact]
    public async Task A_cluster_goes_in_the_order_of_its_dependencies_without_one_refusal()
    {
        AddCluster(machines: 4);
        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Empty(_region.Live);
        Assert.Empty(_host.Errors);
        Assert.Single(_region.Changes, call => call.Name == "Delete instance");
        Assert.All(_region.Changes, call => Assert.Single(_region.Changes, other => other == call));
        Assert.All(_removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
        Assert.Equal(_removals.Count, _removals.Select(removal => removal.Id).Distinct().Count());
        Assert.Equal(4 + 4 + 4 + 1 + 1 + 1 + 1 + 2, _removals.Count);
    }

    [Fact]
    public async Task A_preview_changes_nothing_and_names_everything()
    {
        AddCluster(machines: 2);
        var plan = await Service().PlanAsync(Demo, _host, CancellationToken.None);
        Assert.Empty(_region.Changes);
        Assert.Equal(_region.Live.Select(resource => resource.Key.Id).Order(), plan.Resources.Select(resource => resource.Id).Order());
    }

    [Fact]
    public async Task Groups_that_name_each_other_are_cut_and_go()
    {
        AddCluster(machines: 1);
        var other = _region.Add(ResourceTypes.SecurityGroup, "sg-other", vpcId: "vpc-1");
        other.HeldBy.Add(_region["sg-vpc-1"].Key);
        _region["sg-vpc-1"].HeldBy.Add(other.Key);
        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Empty(_region.Live);
        Assert.Contains(_region.Changes, call => call.Name == "Release security-group");
    }

    [Fact]
    public async Task A_foreign_machine_in_our_vpc_is_named_and_neither_it_nor_its_network_is_touched()
    {
        AddCluster(machines: 2);
        _region.AddMachine("i-foreign", cluster: null, "vpc-1", "subnet-vpc-1-0");
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        Assert.Equal(["igw-vpc-1", "subnet-vpc-1-0", "vpc-1"], proof.Residue.Select(resource => resource.Id).Order());
        Assert.All(_region.Changes, call => Assert.DoesNotContain(call.Ids, id => id.Contains("i-foreign", StringComparison.Ordinal)));
        Assert.DoesNotContain(_region.Changes, call => call.Name == "Delete vpc" || call.Name == "Delete internet-gateway");
        var blocked = _removals.Where(removal => removal.Outcome == SpotRemovalOutcome.Blocked).ToList();
        Assert.Equal(3, blocked.Count);
        Assert.All(blocked, removal => Assert.Contains("i-foreign", removal.BlockedBy));
        Assert.Equal(3, _host.Errors.Count(error => error.ErrorId == SpotErrorIds.ResourceBlocked));
        Assert.Single(_host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
        Assert.Contains(_region.Live, resource => resource.Key.Id == "i-foreign");
    }

    [Fact]
    public async Task An_interface_of_a_service_blocks_and_is_named_with_its_owner()
    {
        AddCluster(machines: 1);
        var eni = _region.Add(ResourceTypes.NetworkInterface, "eni-lambda", cluster: null, "vpc-1");
        eni.Owner = "lambda";
        _region["subnet-vpc-1-1"].HeldBy.Add(eni.Key);
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        var blocked = Assert.Single(_removals, removal => removal.Id == "subnet-vpc-1-1");
        Assert.Equal("eni-lambda", blocked.BlockedBy);
        Assert.Contains("lambda", blocked.Reason);
        Assert.Contains(_region.Live, resource => resource.Key.Id == "eni-lambda");
    }

    [Fact]
    public async Task What_only_a_refusal_reveals_is_named_and_goes_when_it_is_included()
    {
        AddCluster(machines: 1);
        _region.Add(ResourceTypes.VpcEndpoint, "vpce-untagged", cluster: null, "vpc-1");
        Assert.False((await RemoveAsync(Demo)).Proven);
        Assert.Equal("vpce-untagged", Assert.Single(_removals, removal => removal.Id == "vpc-1").BlockedBy);
        Assert.Equal("NotManaged", Assert.Single(_removals, removal => removal.Id == "vpce-untagged").Code);
        Assert.Single(_region.Changes, call => call.Name == "Delete vpc");

        _removals.Clear();
        var proof = await RemoveAsync(Demo with { IncludeForeign = true });
        Assert.True(proof.Proven);
        Assert.Empty(_region.Live);
        Assert.Contains(_removals, removal => removal.Id == "vpce-untagged" && removal.Outcome == SpotRemovalOutcome.Removed);
    }

    [Fact]
    public async Task A_protected_machine_stays_and_the_others_of_its_zone_go()
    {
        AddCluster(machines: 5);
        _region["i-3"].Protected = true;
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        Assert.Equal(4, _removals.Count(removal => removal.Type == ResourceTypes.Instance && removal.Outcome == SpotRemovalOutcome.Removed));
        Assert.Single(_host.Errors, error => error.ErrorId == SpotErrorIds.InstanceProtected && Equals(error.Target, "i-3"));
        Assert.Equal("i-3", Assert.Single(_removals, removal => removal.Id == "vpc-1").BlockedBy);
    }

    [Fact]
    public async Task Protection_is_lifted_when_asked_for()
    {
        AddCluster(machines: 3);
        _region["i-1"].Protected = true;
        var proof = await RemoveAsync(Demo with { Unprotect = true });
        Assert.True(proof.Proven);
        Assert.Single(_region.Changes, call => call.Name == "Unprotect instance" && call.Ids[0] == "i-1");
    }

    [Fact]
    public async Task One_poisoned_id_among_a_thousand_costs_a_few_calls_and_no_other_machine()
    {
        for (var number = 0; number < 1000; number++)
        {
            _region.Add(ResourceTypes.Instance, $"i-{number}");
        }

        _region.OnCall = (name, ids) =>
        {
            if (name == "Delete instance" && ids.Contains("i-617"))
            {
                throw FakeRegion.Error("InvalidInstanceID.Malformed");
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.Equal(["i-617"], proof.Residue.Select(resource => resource.Id));
        Assert.Equal(999, _removals.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed));
        Assert.True(_region.Changes.Count() <= 21);
    }

    [Fact]
    public async Task Not_found_by_the_delete_call_is_not_taken_for_gone()
    {
        AddCluster(machines: 1);
        var refusals = 0;
        _region.OnCall = (name, _) =>
        {
            if (name == "Delete instance" && refusals++ < 2)
            {
                throw FakeRegion.Error("NotFound");
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Empty(_region.Live);
        Assert.Equal(3, _region.Changes.Count(call => call.Name == "Delete instance"));
    }

    [Fact]
    public async Task A_listing_that_fails_once_is_read_again()
    {
        AddCluster(machines: 1);
        var failures = 0;
        _region.OnCall = (name, _) =>
        {
            if (name == "ListTagged" && failures++ == 0)
            {
                throw FakeRegion.Error("RequestLimitExceeded", SpotErrorCategory.Unavailable);
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Empty(_region.Live);
        Assert.Empty(_host.Errors);
    }

    [Theory]
    [InlineData("ListTagged", SpotErrorCategory.Unavailable)]
    [InlineData("ListTagged", SpotErrorCategory.PermissionDenied)]
    [InlineData("List volume", SpotErrorCategory.PermissionDenied)]
    public async Task A_listing_that_keeps_failing_is_an_error_and_no_proof(string call, SpotErrorCategory category)
    {
        AddCluster(machines: 1);
        _region.Add(ResourceTypes.Volume, "vol-loose");
        _region.OnCall = (name, _) =>
        {
            if (name == call)
            {
                throw FakeRegion.Error("UnauthorizedOperation", category);
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        Assert.NotEmpty(proof.Unknown);
        Assert.Contains(_host.Errors, error => error.ErrorId == SpotErrorIds.RegionNotListed);
        Assert.Contains(_host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
    }

    [Fact]
    public async Task No_network_is_taken_while_it_is_not_known_what_runs_in_it()
    {
        AddCluster(machines: 1);
        _region.AddMachine("i-foreign", cluster: null, "vpc-1", "subnet-vpc-1-0");
        _region.OnCall = (name, _) =>
        {
            if (name == "ListInVpcs instance")
            {
                throw FakeRegion.Error("UnauthorizedOperation", SpotErrorCategory.PermissionDenied);
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        Assert.DoesNotContain(_region.Changes, call => call.Name is "Delete internet-gateway" or "Delete subnet" or "Delete vpc");
    }

    [Fact]
    public async Task An_instance_that_is_launched_during_the_removal_is_left_and_named_and_the_next_run_removes_it()
    {
        AddCluster(machines: 1);
        var launched = false;
        _region.OnCall = (name, _) =>
        {
            if (name == "Delete instance" && !launched)
            {
                launched = true;
                _region.AddMachine("i-late", "demo", "vpc-1", "subnet-vpc-1-0", "sg-vpc-1");
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        Assert.Equal("NotPlanned", Assert.Single(_removals, removal => removal.Id == "i-late").Code);
        Assert.DoesNotContain(_region.Changes, call => call.Ids.Contains("i-late"));
        Assert.Contains(proof.Residue, resource => resource.Id == "i-late");
        Assert.True((await RemoveAsync(Demo)).Proven);
        Assert.Empty(_region.Live);
    }

    [Fact]
    public async Task Credentials_that_end_in_the_middle_end_the_run_and_leave_everything_named()
    {
        AddCluster(machines: 2);
        _region.OnCall = (name, _) =>
        {
            if (_region.Changes.Any(call => call.Name == "Delete instance"))
            {
                throw FakeRegion.Error("ExpiredToken", SpotErrorCategory.Authentication);
            }
        };
        var proof = await RemoveAsync(Demo);
        Assert.False(proof.Proven);
        Assert.Contains(_host.Errors, error => error.ServiceCode == "ExpiredToken" && error.Category == SpotErrorCategory.Authentication);
        Assert.Equal(
            proof.Residue.Select(resource => resource.Id).Order(),
            _removals.Where(removal => removal.Outcome is SpotRemovalOutcome.Failed or SpotRemovalOutcome.Blocked).Select(removal => removal.Id).Order());
    }

    [Fact]
    public async Task A_launch_that_was_broken_off_holds_the_proof_back_for_five_minutes()
    {
        AddCluster(machines: 1);
        var begun = _clock.GetUtcNow();
        using (var run = _journal.Open(new JournalEntry { ClusterName = "demo", AccountId = "123456789012", Run = "run", Fingerprint = "", StartedAt = begun }))
        {
            run.Record("us-east-1", 1, SpotLifecycle.Spot, []);
        }

        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Empty(_journal.GetOpenRuns("demo", null, _host));
        Assert.True(proof.LastEmptyAt >= begun + TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Tags_in_other_letter_case_and_other_clusters_are_foreign()
    {
        AddCluster(machines: 1);
        var other = _region.Add(ResourceTypes.Instance, "i-case", cluster: null);
        other.Tags["Bacalhau-Cluster"] = FakeRegion.FilterValue;
        other.Tags[TagKeys.Cluster] = "demo";
        _region.Add(ResourceTypes.Instance, "i-second", "second");
        var proof = await RemoveAsync(Demo);
        Assert.True(proof.Proven);
        Assert.Equal(["i-case", "i-second"], _region.Live.Select(resource => resource.Key.Id).Order());
    }

    [Fact]
    public async Task What_is_protected_until_later_is_skipped_with_all_that_holds_it()
    {
        AddCluster(machines: 2);
        _region["i-0"].Tags[TagKeys.ProtectUntil] = "2030-01-01T00:00:00Z";
        var proof = await RemoveAsync(new RemovalScope());
        Assert.Equal(SpotRemovalOutcome.Skipped, Assert.Single(_removals, removal => removal.Id == "i-0").Outcome);
        Assert.Equal(SpotRemovalOutcome.Skipped, Assert.Single(_removals, removal => removal.Id == "vpc-1").Outcome);
        Assert.Contains(_removals, removal => removal.Id == "i-1" && removal.Outcome == SpotRemovalOutcome.Removed);
        Assert.Empty(_host.Errors);
        Assert.True(proof.Proven);
    }

    [Fact]
    public async Task Machines_by_id_each_get_one_outcome_and_a_bad_one_stops_none()
    {
        AddCluster(machines: 3);
        var keys = new[] { "i-0123456789abcdef0", "i-0123456789abcdef1", "i-0123456789abcdef2", "i-0123456789abcdef3" };
        foreach (var id in keys.Take(3))
        {
            _region.Add(ResourceTypes.Instance, id);
        }

        _region[keys[1]].Protected = true;
        _region.Add(ResourceTypes.Instance, "i-0123456789abcdef9", cluster: null);
        await Service().RemoveInstancesAsync(
            [.. keys.Select(id => new InstanceKey(id)), new InstanceKey("nonsense"), new InstanceKey("i-0123456789abcdef9", "us-east-1")],
            _removals.Add,
            _host,
            CancellationToken.None);
        Assert.Equal(6, _removals.Count);
        Assert.Equal(SpotRemovalOutcome.Removed, Outcome(keys[0]));
        Assert.Equal(SpotRemovalOutcome.Failed, Outcome(keys[1]));
        Assert.Equal(SpotRemovalOutcome.Removed, Outcome(keys[2]));
        Assert.Equal(
            [SpotErrorIds.InstanceForeign, SpotErrorIds.InstanceIdInvalid, SpotErrorIds.InstanceNotFound, SpotErrorIds.InstanceProtected],
            _host.Errors.Select(error => error.ErrorId).Order());
        Assert.All(_region.Changes, call => Assert.DoesNotContain("i-0123456789abcdef9", call.Ids));

        SpotRemovalOutcome Outcome(string id) => Assert.Single(_removals, removal => removal.Id == id).Outcome;
    }

    [Fact]
    public async Task Cancelling_ends_the_run_and_a_second_run_finishes_it()
    {
        AddCluster(machines: 2);
        using var stop = new CancellationTokenSource();
        _region.OnCall = (name, _) =>
        {
            if (name == "Delete instance")
            {
                stop.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Service().RemoveAsync(Demo, _removals.Add, _host, stop.Token));
        Assert.NotEmpty(_region.Live);
        _region.OnCall = null;
        Assert.True((await RemoveAsync(Demo)).Proven);
        Assert.Empty(_region.Live);
    }

    [Fact]
    public async Task A_wrong_account_is_refused_before_any_call()
    {
        AddCluster(machines: 1);
        var service = Service(new SpotSettings { AllowedAccounts = ["999999999999"] });
        var error = await Assert.ThrowsAsync<SpotException>(() => service.RemoveAsync(Demo, _removals.Add, _host, CancellationToken.None));
        Assert.Equal(SpotErrorIds.AccountNotAllowed, error.ErrorId);
        Assert.Empty(_region.Calls);
    }

    private void AddCluster(int machines)
    {
        _region.AddNetwork("vpc-1");
        _region.Add(ResourceTypes.LaunchTemplate, "lt-1");
        for (var number = 0; number < machines; number++)
        {
            _region.AddMachine($"i-{number}", "demo", "vpc-1", $"subnet-vpc-1-{number % 2}", "sg-vpc-1");
        }
    }

    private Task<SpotProof> RemoveAsync(RemovalScope scope) => Service().RemoveAsync(scope, _removals.Add, _host, CancellationToken.None);

    private RemovalService Service(SpotSettings? settings = null) =>
        new(new FakeInventory(_region), settings ?? new SpotSettings(), _journal, _clock);

    private sealed class CountedRecords : IRemainingResources
    {
        public int Reads { get; private set; }

        public IReadOnlyList<RemainingResource> Get(string filterTag, IOperationHost host)
        {
            Reads++;
            return [];
        }

        public void Add(RemainingResource resource) => throw new NotSupportedException();

        public void Remove(RemainingResource resource) => throw new NotSupportedException();
    }
}
