using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>The one place where secrets leave a text.</summary>
public class SecretTextTests
{
    [Theory]
    [InlineData("proxy 'http://user:pa55@10.0.0.1:3128/' refused", "proxy 'http://***@10.0.0.1:3128/' refused")]
    [InlineData("at https://token-only@host/x", "at https://***@host/x")]
    [InlineData("ssh ubuntu@203.0.113.4", "ssh ubuntu@203.0.113.4")]
    [InlineData("Authorization: Bearer abc.def", "Authorization: ***")]
    [InlineData("authorization=Basic dXNlcjpwdw==", "authorization=***")]
    [InlineData("X-Amz-Security-Token=FwoGZX&X-Amz-Date=2026", "X-Amz-Security-Token=***&X-Amz-Date=2026")]
    [InlineData("Host=db;Password=s3cret;Database=x", "Host=db;Password=***;Database=x")]
    [InlineData("{\"accessToken\":\"abc\",\"a\":1}", "{\"accessToken\":\"***\",\"a\":1}")]
    [InlineData("aws_secret_access_key = abc", "aws_secret_access_key = ***")]
    [InlineData("Line 4:<  abc> in file /home/me/.aws/credentials", "Line 4:<***> in file /home/me/.aws/credentials")]
    [InlineData("Set AWS_SECRET_ACCESS_KEY anew", "Set AWS_SECRET_ACCESS_KEY anew")]
    [InlineData("basic authentication failed", "basic authentication failed")]
    public void A_secret_is_known_by_its_place(string text, string clean)
    {
        Assert.Equal(clean, SecretText.Redact(text));
        Assert.Equal(clean, SecretText.Redact(clean));
    }

    [Fact]
    public void A_known_value_is_removed_wherever_it_stands_and_escaped()
    {
        SecretText.Hide("known/value+0001");
        Assert.Equal("a***b *** c", SecretText.Redact("aknown/value+0001b known%2Fvalue%2B0001 c"));
        var error = new SpotException(
            SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidData, "known/value+0001", new InvalidOperationException("outer", new IOException("known/value+0001")))
        {
            RecommendedAction = "use known/value+0001",
            Target = new Uri("http://me:pw@host/known/value+0001"),
        };
        Assert.DoesNotContain("known/value", $"{error} {error.InnerException} {error.InnerException!.Message} {error.RecommendedAction} {error.Target}", StringComparison.Ordinal);
        Assert.DoesNotContain("me:pw", error.Target!.ToString(), StringComparison.Ordinal);
        Assert.Contains("IOException", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cause_without_a_secret_stays_what_it_is()
    {
        var cause = new IOException("plain");
        Assert.Same(cause, new SpotException(SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidData, "x", cause).InnerException);
    }

    [Fact]
    public void Words_are_no_secrets()
    {
        SecretText.Hide("short");
        SecretText.Hide("simulated");
        Assert.Equal("short simulated", SecretText.Redact("short simulated"));
    }
}
