using SpotCluster.Engine.Clusters;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class WildcardTests
{
    [Theory]
    [InlineData("us-*", "us-east-1", true)]
    [InlineData("US-*", "us-east-1", true)]
    [InlineData("*-1", "us-east-1", true)]
    [InlineData("*west*", "us-east-1", false)]
    [InlineData("us-????-1", "us-east-1", true)]
    [InlineData("us-???-1", "us-east-1", false)]
    [InlineData("*", "", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b-d", false)]
    public void Fits_the_whole_text(string pattern, string text, bool expected) => Assert.Equal(expected, Wildcard.IsMatch(pattern, text));
}
