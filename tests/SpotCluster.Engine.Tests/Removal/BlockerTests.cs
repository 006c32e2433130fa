using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>Who is named as what holds a resource: the same one in whatever order the resources were found.</summary>
public class BlockerTests
{
    private static readonly ResourceKey Subnet = new(ResourceTypes.Subnet, "subnet-1");
    private static readonly ResourceKey Machine = new(ResourceTypes.Instance, "i-1");
    private static readonly ResourceKey Interface = new(ResourceTypes.NetworkInterface, "eni-1");

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public void The_machine_is_named_and_not_its_interface(params int[] order)
    {
        ScannedResource[] found =
        [
            Found(Subnet, Belonging.Managed),
            Found(Machine, Belonging.Unmanaged) with { Node = Node(Machine) with { Holds = [Subnet], Takes = [Interface] } },
            Found(Interface, Belonging.Unmanaged) with { Node = Node(Interface) with { Holds = [Subnet], After = [Machine], Carrier = Machine } },
        ];
        var graph = new RemovalGraph(new Dictionary<string, IResourceKind>(StringComparer.Ordinal));
        graph.Merge(order.Select(index => found[index]));

        Assert.Equal(Machine, graph.Blocker(graph.Find(Subnet)!)!.Key);
    }

    [Fact]
    public void An_interface_without_a_machine_is_named_itself()
    {
        var graph = new RemovalGraph(new Dictionary<string, IResourceKind>(StringComparer.Ordinal));
        graph.Merge(
        [
            Found(Subnet, Belonging.Managed),
            Found(Interface, Belonging.Unmanaged) with { Node = Node(Interface) with { Holds = [Subnet], Owner = "amazon-elb" } },
        ]);

        Assert.Equal(Interface, graph.Blocker(graph.Find(Subnet)!)!.Key);
    }

    private static ResourceNode Node(ResourceKey key) => new() { Resource = new SpotResource { Id = key.Id, Type = key.Type, Region = "us-east-1" } };

    private static ScannedResource Found(ResourceKey key, Belonging belonging) => new(Node(key), belonging, null);
}
