using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Engine.Clusters;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class DistributionTests
{
    [Theory]
    [InlineData(4, new[] { -1, -1 }, new[] { 2, 2 })]
    [InlineData(5, new[] { -1, -1, -1 }, new[] { 2, 2, 1 })]
    [InlineData(1, new[] { -1, -1 }, new[] { 1, 0 })]
    [InlineData(10, new[] { 2, -1, 0 }, new[] { 2, 8, 0 })]
    [InlineData(10, new[] { 2, 3 }, new[] { 2, 3 })]
    [InlineData(7, new int[0], new int[0])]
    public void Shares_as_evenly_as_the_capacities_allow(int count, int[] capacities, int[] expected) =>
        Assert.Equal(expected, Distribution.Share(count, [.. capacities.Select(capacity => capacity < 0 ? null : (int?)capacity)]));

    [Fact]
    public void Every_sharing_keeps_total_capacity_and_evenness()
    {
        var cases =
            from count in Gen.Choose(0, 300)
            from places in Gen.Choose(0, 20)
            from capacities in Gen.ListOf(Gen.Choose(-30, 60), places)
            select (count, capacities: capacities.Select(capacity => capacity < 0 ? null : (int?)capacity).ToList());
        Prop.ForAll(cases.ToArbitrary(), input =>
        {
            var shares = Distribution.Share(input.count, input.capacities);
            var room = input.capacities.Aggregate((long?)0, (sum, capacity) => sum + capacity);
            var sum = shares.Sum();
            var fits = shares.Zip(input.capacities, (share, capacity) => share >= 0 && (capacity is null || share <= capacity)).All(ok => ok);
            var complete = input.capacities.Count == 0 ? sum == 0 : sum == Math.Min(input.count, room ?? long.MaxValue);

            // Nobody is more than one above somebody who could still have taken one.
            var even = shares.Select((share, place) => (share, place)).All(a => shares.Select((share, place) => (share, place)).All(b =>
                a.share <= b.share + 1 || (input.capacities[b.place] is { } most && b.share >= most)));
            return fits && complete && even;
        }).QuickCheckThrowOnFailure();
    }
}
