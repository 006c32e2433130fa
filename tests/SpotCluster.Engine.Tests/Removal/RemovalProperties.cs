using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>Random clouds with random faults. Whatever happens, the end is a proof, or each thing that is left is named.</summary>
public sealed class RemovalProperties
{
    [Fact]
    public void Every_run_ends_proven_empty_or_names_what_is_left_and_why()
    {
        var property = Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => CheckAsync(seed).GetAwaiter().GetResult());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20260101, 1), property);
    }

    private static async Task<bool> CheckAsync(int seed)
    {
        var chance = new Random(seed);
        var clock = new JumpingClock();
        var region = new FakeRegion(clock);
        var host = new RecordingHost();
        var removals = new List<SpotRemoval>();
        var scope = new RemovalScope { ClusterName = chance.Next(3) == 0 ? null : "demo", Unprotect = chance.Next(2) == 0 };
        Build(region, chance);
        var ours = region.Live.Where(resource => IsManaged(resource, scope)).Select(resource => resource.Key.Id).ToHashSet();
        var foreign = region.Live.Where(resource => IsUnmanaged(region, resource, scope)).Select(resource => resource.Key.Id).ToHashSet();
        AddFaults(region, chance);

        var begun = clock.GetUtcNow();
        var service = new RemovalService(new FakeInventory(region), new SpotSettings(), new MemoryJournal(clock), clock);
        var proof = await service.RemoveAsync(scope, removals.Add, host, CancellationToken.None);
        region.OnCall = null;

        var left = region.Live.Where(resource => ours.Contains(resource.Key.Id)).Select(resource => resource.Key.Id).ToList();
        Demand(!region.Changes.Any(call => call.Ids.Any(foreign.Contains)), "a foreign id was in a changing call");
        Demand(foreign.IsSubsetOf(region.Live.Select(resource => resource.Key.Id)), "something foreign is gone");
        Demand(clock.GetUtcNow() - begun <= scope.Timeout + TimeSpan.FromMinutes(1), "it took longer than the deadline");
        Demand(!proof.Proven || left.Count == 0, $"proven, and {string.Join(", ", left)} lives");
        Demand(removals.Select(removal => removal.Id).Distinct().Count() == removals.Count, "an outcome was told twice: " + string.Join(", ", removals.GroupBy(removal => removal.Id).Where(group => group.Count() > 1).SelectMany(group => group.Select(removal => $"{removal.Id} {removal.Outcome} {removal.Reason}"))));
        foreach (var id in ours)
        {
            var told = removals.SingleOrDefault(removal => removal.Id == id);
            if (left.Contains(id))
            {
                Demand(told is not null || proof.Unknown.Length > 0, $"{id} lives and was not told");
                Demand(
                    told is null || (told.Outcome is SpotRemovalOutcome.Failed or SpotRemovalOutcome.Blocked && told.Code is not null),
                    $"{id} lives and was told as {told?.Outcome}");
                Demand(told?.Code != "Timeout" || clock.GetUtcNow() - begun >= scope.Timeout, $"{id} was given up before the time was up");
                Demand(told?.Outcome != SpotRemovalOutcome.Blocked || told.BlockedBy is not null, $"{id} is blocked by nobody");
            }
            else
            {
                Demand(told is null || told.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone || !proof.Proven, $"{id} is gone and was told as {told?.Outcome}");
            }
        }

        Demand(proof.Proven || host.Errors.Any(error => error.ErrorId == SpotErrorIds.RemovalNotProven), "not proven and no error");
        Demand(!proof.Proven || host.Errors.IsEmpty, "proven with errors");
        return true;

        void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                var items = string.Join("\n", region.Live.Select(resource => $"{resource.Key.Id} {string.Join(",", resource.Tags.Values)} held by {string.Join(",", resource.HeldBy)} {resource.Protected}"));
                var calls = string.Join("\n", region.Calls.TakeLast(60).Select(call => $"{call.Name} {string.Join(",", call.Ids)}"));
                throw new InvalidOperationException($"Seed {seed}: {otherwise}.\n{string.Join("\n", host.Errors.Select(error => error.Message))}\n{items}\n{calls}");
            }
        }
    }

    private static void Build(FakeRegion region, Random chance)
    {
        string?[] owners = ["demo", "demo", "demo", "second", null];
        for (var vpc = 0; vpc < chance.Next(4); vpc++)
        {
            var owner = owners[chance.Next(owners.Length)];
            var vpcId = $"vpc-{vpc}";
            var subnets = 1 + chance.Next(3);
            region.AddNetwork(vpcId, owner, subnets);
            var groups = new List<string> { "sg-" + vpcId };
            for (var number = 0; number < chance.Next(4); number++)
            {
                groups.Add($"sg-{vpcId}-{number}");
                region.Add(ResourceTypes.SecurityGroup, groups[^1], chance.Next(3) == 0 ? null : owner, vpcId);
            }

            foreach (var group in groups.Where(_ => chance.Next(2) == 0))
            {
                var named = groups[chance.Next(groups.Count)];
                if (named != group)
                {
                    region[named].HeldBy.Add(region[group].Key);
                }
            }

            for (var number = 0; number < chance.Next(8); number++)
            {
                var who = chance.Next(12) == 0 ? owners[chance.Next(owners.Length)] : owner;
                var machine = region.AddMachine($"i-{vpc}-{number}", who, vpcId, $"subnet-{vpcId}-{chance.Next(subnets)}", groups[chance.Next(groups.Count)]);
                machine.Zone = chance.Next(2) == 0 ? "a" : "b";
                machine.Protected = chance.Next(15) == 0;
            }

            if (chance.Next(5) == 0)
            {
                region.Add(ResourceTypes.VpcEndpoint, $"vpce-{vpc}", null, vpcId);
            }

            if (chance.Next(6) == 0)
            {
                var eni = region.Add(ResourceTypes.NetworkInterface, $"eni-service-{vpc}", null, vpcId);
                eni.Owner = "lambda";
                region[$"subnet-{vpcId}-0"].HeldBy.Add(eni.Key);
            }
        }

        for (var number = 0; number < chance.Next(6); number++)
        {
            region.Add(ResourceTypes.LaunchTemplate, $"lt-{number}", owners[chance.Next(owners.Length)]);
            region.Add(ResourceTypes.Volume, $"vol-{number}", owners[chance.Next(owners.Length)]);
            region.AddMachine($"i-alone-{number}", owners[chance.Next(owners.Length)]);
            region.Add(ResourceTypes.SpotRequest, $"sir-{number}", owners[chance.Next(owners.Length)]);
        }
    }

    private static void AddFaults(FakeRegion region, Random chance)
    {
        var throttled = chance.Next(3) * 0.15;
        var failing = chance.Next(3) * 0.05;
        var refusing = chance.Next(6) == 0 ? $"lt-{chance.Next(4)}" : "";
        var budget = 60;
        region.OnCall = (name, ids) =>
        {
            if (ids.Contains(refusing) && name.StartsWith("Delete", StringComparison.Ordinal))
            {
                throw FakeRegion.Error("UnauthorizedOperation", SpotErrorCategory.PermissionDenied);
            }

            if (chance.NextDouble() < throttled && budget-- > 0)
            {
                throw FakeRegion.Error("RequestLimitExceeded", SpotErrorCategory.Unavailable);
            }
        };
        region.OnDone = _ =>
        {
            if (chance.NextDouble() < failing)
            {
                throw FakeRegion.Error("InternalError", SpotErrorCategory.Unavailable);
            }
        };
    }

    private static bool IsManaged(FakeResource resource, RemovalScope scope) =>
        resource.Tags.ContainsKey(FakeRegion.FilterKey)
        && (scope.ClusterName is null || resource.Tags[Core.TagKeys.Cluster] == scope.ClusterName);

    private static bool IsUnmanaged(FakeRegion region, FakeResource resource, RemovalScope scope)
    {
        if (resource.DiesWith.Count > 0)
        {
            return resource.DiesWith.All(key => IsUnmanaged(region, region[key.Id], scope));
        }

        return !IsManaged(resource, scope);
    }
}
