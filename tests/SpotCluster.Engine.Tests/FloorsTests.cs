using NetArchTest.Rules;
using Xunit;

namespace SpotCluster.Engine.Tests;

/// <summary>The engine stands on floors: a namespace uses what is below it, never what is above, and no two use each other.</summary>
public sealed class FloorsTests
{
    private const string Root = "SpotCluster.Engine";

    // From the ground up; what stands on one floor does not use each other. The root joins everything.
    private static readonly string[][] Floors =
    [
        ["Core"],
        ["Configuration", "Journal", "Costs"],
        ["Agent", "Bacalhau", "Ssh", "Removal"],
        ["Clusters"],
        ["Aws", "Vast"],
        ["Jobs", "Reports"],
        ["Composition"],
    ];

    // The same within the folder of AWS.
    private static readonly string[][] FloorsOfAws =
    [
        ["Aws.Runtime"],
        ["Aws.Credentials", "Aws.Ec2", "Aws.Services", "Aws.Policy"],
        ["Aws.Pricing"],
        ["Aws.Session"],
        ["Aws.Agent", "Aws.Quotas", "Aws.Clusters"],
        ["Aws.Costs"],
        ["Aws.Removal"],
    ];

    /// <summary>Each namespace, with those that it must not use: of the floors above, and of its own.</summary>
    public static TheoryData<string, string> Arrows
    {
        get
        {
            var arrows = new TheoryData<string, string>();
            foreach (var floors in new[] { Floors, FloorsOfAws })
            {
                for (var floor = 0; floor < floors.Length; floor++)
                {
                    foreach (var lower in floors[floor])
                    {
                        arrows.Add(lower, string.Join(' ', floors.Skip(floor).SelectMany(names => names).Where(name => name != lower)));
                    }
                }
            }

            return arrows;
        }
    }

    [Theory]
    [MemberData(nameof(Arrows))]
    public void A_namespace_uses_only_what_is_below_it(string lower, string others)
    {
        Assert.NotEmpty(In(lower).GetTypes());
        var result = In(lower).ShouldNot().HaveDependencyOnAny([.. others.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => $"{Root}.{name}")]).GetResult();
        Assert.True(result.IsSuccessful, string.Join("\n", (result.FailingTypes ?? []).Select(type => $"{type.FullName} {type.Explanation}")));
    }

    /// <summary>What belongs to one provider is used in its folder, by what stands above it, and nowhere else.</summary>
    [Theory]
    [InlineData("Amazon")]
    [InlineData(Root + ".Aws")]
    [InlineData(Root + ".Vast")]
    public void A_type_of_a_provider_is_used_only_where_providers_are_joined(string provider)
    {
        var result = Types.InAssembly(typeof(SpotEngine).Assembly)
            .That().ResideInNamespaceMatching($@"^{Root.Replace(".", @"\.", StringComparison.Ordinal)}\.(Core|Configuration|Journal|Costs|Agent|Bacalhau|Ssh|Removal|Clusters{(provider.EndsWith("Vast", StringComparison.Ordinal) ? "|Aws" : "|Vast")})(\.|$)")
            .ShouldNot().HaveDependencyOnAny(provider).GetResult();
        Assert.True(result.IsSuccessful, string.Join("\n", (result.FailingTypes ?? []).Select(type => type.FullName)));
    }

    [Fact]
    public void Every_namespace_of_the_engine_has_a_floor()
    {
        var known = Floors.Concat(FloorsOfAws).SelectMany(names => names).Select(name => $"{Root}.{name}").Append(Root).ToHashSet();
        Assert.All(
            typeof(SpotEngine).Assembly.GetTypes().Select(type => type.Namespace).OfType<string>().Distinct().Where(name => name.StartsWith(Root, StringComparison.Ordinal)),
            name => Assert.True(known.Contains(name) || known.Any(floor => floor != Root && name.StartsWith(floor + ".", StringComparison.Ordinal)), name));
    }

    private static PredicateList In(string name) => Types.InAssembly(typeof(SpotEngine).Assembly).That().ResideInNamespaceMatching($@"^{$"{Root}.{name}".Replace(".", @"\.", StringComparison.Ordinal)}(\.|$)");
}
