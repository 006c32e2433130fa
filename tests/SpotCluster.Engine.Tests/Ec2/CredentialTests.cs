using System.Net;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;
using static SpotCluster.Engine.Tests.Ec2.ScriptedTransport;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>Where credentials come from, and what is said when they do not.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class CredentialTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly EnvironmentGuard _environment = new();

    public void Dispose() => _environment.Dispose();

    [Fact]
    public async Task A_profile_gives_its_keys_and_its_region()
    {
        EnvironmentGuard.WriteCredentials("[work]\naws_access_key_id = AKIAWORK0000\naws_secret_access_key = hidden\n");
        EnvironmentGuard.WriteConfig("[profile work]\nregion = eu-north-1\n");
        var cloud = new ScriptedTransport().On("GetCallerIdentity", Identity);
        using var session = cloud.Open(profile: "work");
        var identity = await session.GetIdentityAsync(None);
        Assert.Equal($"profile work ({Path.Combine(EnvironmentGuard.Home, "credentials")})", identity.Source);
        Assert.Equal("eu-north-1", identity.Region);
        Assert.Null(identity.ExpiresAt);
        Assert.Contains("Credential=AKIAWORK0000/", Assert.Single(cloud.Calls).Authorization, StringComparison.Ordinal);
        Assert.Equal("sts.eu-north-1.amazonaws.com", cloud.Calls.Single().Uri.Host);
    }

    [Fact]
    public async Task A_missing_profile_is_named_with_those_that_are_there()
    {
        EnvironmentGuard.WriteCredentials("[work]\naws_access_key_id = A\naws_secret_access_key = B\n");
        using var session = new ScriptedTransport().Open(profile: "wrok");
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.ProfileNotFound, error.ErrorId);
        Assert.Contains("wrok", error.Message, StringComparison.Ordinal);
        Assert.Contains("work", error.Message, StringComparison.Ordinal);
        Assert.Contains("aws configure --profile wrok", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_the_environment_names_and_nobody_has_is_an_error_and_not_passed_over()
    {
        EnvironmentGuard.Set("AWS_PROFILE", "gone");
        using var session = Unreachable();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.ProfileNotFound, error.ErrorId);
        Assert.Equal("gone", error.Target);
    }

    [Fact]
    public async Task A_profile_without_keys_is_told()
    {
        EnvironmentGuard.WriteConfig("[profile empty]\nregion = eu-north-1\n");
        using var session = new ScriptedTransport().Open(profile: "empty");
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Contains("empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_credentials_at_all_are_told_with_the_command()
    {
        using var session = Unreachable();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Equal(SpotErrorCategory.Authentication, error.Category);
        Assert.Contains("aws configure", error.RecommendedAction, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_old_or_missing_sso_session_is_told_with_the_command(bool old)
    {
        EnvironmentGuard.WriteConfig(
            "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\nregion = eu-west-1\n"
            + "[sso-session corp]\nsso_start_url = https://corp.example.com/start\nsso_region = eu-west-1\nsso_registration_scopes = sso:account:access\n");
        if (old)
        {
            var cache = Directory.CreateDirectory(Path.Combine(EnvironmentGuard.Home, ".aws", "sso", "cache")).FullName;

            // The SHA-1 of the session's name, as the AWS CLI names the file.
            const string Name = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
            File.WriteAllText(
                Path.Combine(cache, Name),
                "{\"startUrl\":\"https://corp.example.com/start\",\"region\":\"eu-west-1\",\"accessToken\":\"SECRETTOKEN\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}");
        }

        using var session = new AwsSession(new EngineOptions { ProfileName = "dev", EndpointUrl = Closed() });
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.SsoSessionExpired, error.ErrorId);
        Assert.Contains("aws sso login --profile dev", error.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("could not be found or loaded", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("SECRETTOKEN", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_service_that_cannot_be_reached_is_not_called_a_wrong_credential()
    {
        EnvironmentGuard.WriteConfig(
            "[profile base]\naws_access_key_id = A\naws_secret_access_key = HIDDENKEY\n"
            + "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = base\nregion = us-east-1\n");
        EnvironmentGuard.Set("AWS_ENDPOINT_URL_STS", Closed().AbsoluteUri);
        using var session = new AwsSession(new EngineOptions { ProfileName = "admin" });
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
        Assert.Contains("AssumeRole", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("HIDDENKEY", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_endpoint_is_named()
    {
        EnvironmentGuard.SetKeys();
        var endpoint = Closed();
        using var session = new AwsSession(new EngineOptions { EndpointUrl = endpoint });
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
        Assert.Equal(SpotErrorCategory.Connection, error.Category);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
        Assert.Equal(endpoint.Authority, error.Target);
    }

    [Fact]
    public void Keys_in_the_environment_win_over_the_region_of_the_default_profile()
    {
        EnvironmentGuard.WriteConfig("[default]\nregion = eu-north-1\n");
        using (var session = Unreachable())
        {
            Assert.Equal("eu-north-1", session.DefaultRegion);
        }

        EnvironmentGuard.Set("AWS_REGION", "ap-south-1");
        using var other = Unreachable();
        Assert.Equal("ap-south-1", other.DefaultRegion);
    }

    [Fact]
    public async Task The_simulator_needs_no_credentials_and_takes_none_of_the_users()
    {
        EnvironmentGuard.SetKeys();
        EnvironmentGuard.Set("AWS_ENDPOINT_URL", "http://127.0.0.1:9/");
        EnvironmentGuard.Set("AWS_REGION", "ap-south-1");
        var cloud = new ScriptedTransport().On("GetCallerIdentity", Identity).On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet/>"));
        using var session = cloud.Open();
        Assert.Equal("simulator", (await session.GetIdentityAsync(None)).Source);
        await session.Ec2("us-east-2").DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        Assert.Equal(["sts.us-east-1.amazonaws.com", "ec2.us-east-2.amazonaws.com"], cloud.Calls.Select(call => call.Uri.Host));
        Assert.All(cloud.Calls, call => Assert.DoesNotContain("AKIAIOSFODNN7EXAMPLE", call.Authorization, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SignatureDoesNotMatch")]
    [InlineData("UnauthorizedOperation")]
    [InlineData("InternalError")]
    [InlineData("InvalidParameterValue")]
    public async Task No_secret_is_in_an_error(string code)
    {
        EnvironmentGuard.WriteCredentials(
            "[work]\naws_access_key_id = AKIAWORK0000\naws_secret_access_key = HIDDENKEY\naws_session_token = HIDDENTOKEN\n");
        var said = "No.\n\nThe Canonical String for this request should have been\n'POST\n/\nx-amz-security-token:HIDDENTOKEN\n'";
        var cloud = new ScriptedTransport()
            .On("RunInstances", Error(code == "InternalError" ? 500 : 403, code, said))
            .On("GetCallerIdentity", StsError(403, code, said));
        using var session = cloud.Open(profile: "work");
        var request = new RunInstancesRequest { MinCount = 1, MaxCount = 1, UserData = "SElEREVOREFUQQ==" };
        Exception[] errors =
        [
            await Assert.ThrowsAsync<SpotException>(() => session.Ec2("us-east-1").RunInstancesAsync(request, None)),
            await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None)),
        ];
        foreach (var error in errors)
        {
            Assert.DoesNotContain("HIDDEN", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(request.UserData, error.ToString(), StringComparison.Ordinal);
        }
    }

    private static AwsSession Unreachable() => new(new EngineOptions { EndpointUrl = Closed() });

    private static Uri Closed() => new($"http://{IPAddress.Loopback}:{Tool.FreePort()}/");
}
