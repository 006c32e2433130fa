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
    [InlineData("us-[ew]*", "us-west-2", true)]
    [InlineData("us-[EW]*", "us-east-1", true)]
    [InlineData("us-[ac]*", "us-east-1", false)]
    [InlineData("web[1-3]", "web2", true)]
    [InlineData("web[1-3]", "web4", false)]
    [InlineData("*[12]", "a1b2", true)]
    [InlineData("a[b", "a[b", true)]
    [InlineData("a[]b", "a[]b", true)]
    public void Fits_the_whole_text(string pattern, string text, bool expected) => Assert.Equal(expected, Wildcard.IsMatch(pattern, text));

    [Theory]
    [InlineData("us-east-1", false)]
    [InlineData("us-*", true)]
    [InlineData("web?", true)]
    [InlineData("web[12]", true)]
    [InlineData("web[1", false)]
    [InlineData("", false)]
    public void Reports_a_pattern_from_a_name(string text, bool expected) => Assert.Equal(expected, Wildcard.IsPattern(text));
}
