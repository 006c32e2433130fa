using System.Net;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>The first thing that a new user meets: each way to have no identity has an id of its own and the command that helps.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class FailureTableTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly EnvironmentGuard _environment = new();
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());

    public FailureTableTests() =>
        EnvironmentGuard.WriteConfig("[profile work]\nregion = eu-west-1\naws_access_key_id = AKIAWORK\naws_secret_access_key = HIDDENRIGHT\n");

    public void Dispose()
    {
        _cloud.Dispose();
        _environment.Dispose();
    }

    [Theory]
    [InlineData("ExpiredToken", SpotErrorIds.CredentialExpired, "spotcluster login")]
    [InlineData("ExpiredTokenException", SpotErrorIds.CredentialExpired, "spotcluster login")]
    [InlineData("RequestExpired", SpotErrorIds.CredentialExpired, "spotcluster login")]
    [InlineData("InvalidToken", SpotErrorIds.CredentialExpired, "spotcluster login")]
    [InlineData("InvalidClientTokenId", SpotErrorIds.CredentialInvalid, "aws configure")]
    [InlineData("UnrecognizedClientException", SpotErrorIds.CredentialInvalid, "aws configure")]
    [InlineData("AuthFailure", SpotErrorIds.CredentialInvalid, "aws configure")]
    [InlineData("SignatureDoesNotMatch", SpotErrorIds.SignatureInvalid, "aws configure")]
    [InlineData("IncompleteSignature", SpotErrorIds.SignatureInvalid, "aws configure")]
    [InlineData("RequestTimeTooSkewed", SpotErrorIds.ClockSkewed, "clock")]
    [InlineData("UnauthorizedSSOTokenException", SpotErrorIds.SsoSessionExpired, "spotcluster login")]
    [InlineData("UnauthorizedException", SpotErrorIds.SsoSessionExpired, "spotcluster login")]
    [InlineData("UnauthorizedOperation", SpotErrorIds.PermissionMissing, "sts:GetCallerIdentity")]
    [InlineData("AccessDenied", SpotErrorIds.PermissionMissing, "sts:GetCallerIdentity")]
    [InlineData("AccessDeniedException", SpotErrorIds.PermissionMissing, "sts:GetCallerIdentity")]
    [InlineData("OptInRequired", SpotErrorIds.RegionNotEnabled, "Enable the region")]
    [InlineData("MissingAuthenticationToken", SpotErrorIds.CredentialNotFound, "aws configure")]
    public async Task Each_code_of_the_table_has_its_id_and_its_advice(string code, string errorId, string advice)
    {
        _cloud.Faults.Add(new FaultRule { Operation = "GetCallerIdentity", Code = code });
        var error = await FailureAsync();
        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(code, error.ServiceCode);
        Assert.Contains(advice, error.RecommendedAction, StringComparison.Ordinal);
        Assert.NotEqual(SpotErrorCategory.InvalidOperation, error.Category);
    }

    [Fact]
    public async Task A_wrong_key_is_told()
    {
        _cloud.RefuseAccessKey("AKIAWORK");
        var error = await FailureAsync();
        Assert.Equal(SpotErrorIds.CredentialInvalid, error.ErrorId);
        Assert.Contains("aws configure --profile work", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(EnvironmentGuard.Home, "config"), error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(["eu-west-1", "us-east-1"], _cloud.Calls.Of("GetCallerIdentity").Select(call => call.Region));
    }

    [Theory]
    [InlineData("HIDDENRIGHT", null)]
    [InlineData("HIDDENWRONG", SpotErrorIds.SignatureInvalid)]
    public async Task A_wrong_secret_is_a_wrong_signature_and_the_right_one_is_not(string secret, string? errorId)
    {
        _cloud.AddAccessKey("AKIAWORK", secret);
        if (errorId is null)
        {
            using var session = Open();
            await session.GetIdentityAsync(None);
            await session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None);
            return;
        }

        var error = await FailureAsync();
        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain("HIDDEN", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, "20 min behind")]
    [InlineData(-180, "3 h ahead of")]
    public async Task A_wrong_clock_is_told_with_how_much(int minutes, string by)
    {
        _cloud.ClockAhead = TimeSpan.FromMinutes(minutes);
        var error = await FailureAsync();
        Assert.Equal(SpotErrorIds.ClockSkewed, error.ErrorId);
        Assert.Contains(by, error.Message, StringComparison.Ordinal);

        // EC2 does not tell the times, so STS is asked.
        using var session = Open();
        error = await Assert.ThrowsAsync<SpotException>(() => session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.ClockSkewed, error.ErrorId);
        Assert.Contains(by, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_minutes_are_no_wrong_clock()
    {
        _cloud.ClockAhead = TimeSpan.FromMinutes(4);
        using var session = Open();
        Assert.Equal("123456789012", (await session.GetIdentityAsync(None)).AccountId);
    }

    [Fact]
    public async Task A_default_region_that_is_not_enabled_is_no_wrong_key()
    {
        _cloud.EnableRegion("eu-west-1", enabled: false);
        var error = await FailureAsync();
        Assert.Equal(SpotErrorIds.RegionNotEnabled, error.ErrorId);
        Assert.Contains("aws account enable-region --region-name eu-west-1", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_is_not_enabled_is_told_by_every_call_there()
    {
        using var session = Open();
        _cloud.EnableRegion("me-south-1", enabled: false);
        var error = await Assert.ThrowsAsync<SpotException>(() => session.Ec2("me-south-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.RegionNotEnabled, error.ErrorId);
        Assert.Equal("AuthFailure", error.ServiceCode);
    }

    [Fact]
    public async Task A_missing_permission_names_the_action_and_hides_the_encoded_policy()
    {
        _cloud.Deny("DescribeVpcs");
        using var session = Open();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.PermissionMissing, error.ErrorId);
        Assert.Contains("ec2:DescribeVpcs", error.Message, StringComparison.Ordinal);
        Assert.Contains("ec2:DescribeVpcs", error.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("ENCODED", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_end_in_the_middle_are_told()
    {
        _cloud.ExpireCredentials(fromCall: 2);
        using var session = Open();
        await session.GetIdentityAsync(None);
        var error = await Assert.ThrowsAsync<SpotException>(() => session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.CredentialExpired, error.ErrorId);
    }

    [Fact]
    public async Task Every_other_way_has_its_own_id()
    {
        var closed = new Uri($"http://{IPAddress.Loopback}:{Tool.FreePort()}/");
        var found = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (what, options) in new (string, EngineOptions)[]
        {
            ("nobody", new EngineOptions { EndpointUrl = closed }),
            ("no such profile", new EngineOptions { ProfileName = "wrok", EndpointUrl = closed }),
            ("nobody answers", new EngineOptions { ProfileName = "work", EndpointUrl = closed }),
        })
        {
            using var session = new AwsSession(options);
            var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
            Assert.False(string.IsNullOrEmpty(error.RecommendedAction));
            found[what] = error.ErrorId;
        }

        Assert.Equal([SpotErrorIds.CredentialNotFound, SpotErrorIds.ProfileNotFound, SpotErrorIds.EndpointUnreachable], found.Values);
    }

    private AwsSession Open() => new(new EngineOptions { ProfileName = "work", Transport = _cloud.CreateHandler(), Clock = _cloud.Clock });

    private async Task<SpotException> FailureAsync()
    {
        using var session = Open();
        return await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
    }
}
