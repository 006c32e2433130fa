using System.Net.Sockets;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;
using static SpotCluster.Engine.Tests.Ec2.ScriptedTransport;

namespace SpotCluster.Engine.Tests.Ec2;

public class SessionTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_identity_is_asked_once_until_it_is_asked_for_afresh()
    {
        var cloud = new ScriptedTransport().On("GetCallerIdentity", Identity);
        using var session = cloud.Open();
        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => session.GetIdentityAsync(None)));
        Assert.All(all, identity => Assert.Equal("210987654321", identity.AccountId));
        Assert.Equal("simulator", all[0].Source);
        Assert.Equal(1, cloud.Count("GetCallerIdentity"));
        await session.RefreshIdentityAsync(None);
        Assert.Equal(2, cloud.Count("GetCallerIdentity"));
    }

    [Fact]
    public async Task A_failed_question_is_asked_again()
    {
        var cloud = new ScriptedTransport().On("GetCallerIdentity", StsError(403, "AccessDenied"), Identity);
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.PermissionMissing, error.ErrorId);
        Assert.Equal("210987654321", (await session.GetIdentityAsync(None)).AccountId);
    }

    [Theory]
    [InlineData("<html><body>Sign in to the network</body></html>")]
    [InlineData("<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>")]
    [InlineData("<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>")]
    public async Task An_answer_that_names_no_account_is_no_identity(string body)
    {
        var cloud = new ScriptedTransport().On("GetCallerIdentity", Xml(body), Identity);
        using var session = cloud.Open();
        Assert.Equal("210987654321", (await session.GetIdentityAsync(None)).AccountId);
        Assert.Equal(2, cloud.Count("GetCallerIdentity"));
        cloud.On("GetCallerIdentity", Xml(body));
        var error = await Assert.ThrowsAsync<SpotException>(() => session.RefreshIdentityAsync(None));
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
    }

    [Fact]
    public async Task Only_enabled_regions_are_listed_and_the_list_is_asked_once()
    {
        var cloud = new ScriptedTransport().On("DescribeRegions", Regions);
        using var session = cloud.Open();
        Assert.Equal(["ap-east-1", "us-east-1"], await session.GetEnabledRegionsAsync(None));
        Assert.Equal(["ap-east-1", "us-east-1"], await session.GetEnabledRegionsAsync(None));
        await session.RequireRegionsAsync(["us-east-1"], None);
        Assert.Equal(1, cloud.Count("DescribeRegions"));
    }

    [Theory]
    [InlineData("af-south-1", SpotErrorIds.RegionNotEnabled)]
    [InlineData("us-weast-1", SpotErrorIds.RegionUnknown)]
    [InlineData("evil.example.org/", SpotErrorIds.RegionUnknown)]
    public async Task A_region_that_cannot_be_used_is_told_apart(string region, string errorId)
    {
        var cloud = new ScriptedTransport().On("DescribeRegions", Regions);
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.RequireRegionsAsync(["us-east-1", region], None));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(region, error.Target);
        Assert.NotNull(error.RecommendedAction);
    }

    [Fact]
    public async Task All_regions_that_are_not_enabled_are_named_at_once()
    {
        var cloud = new ScriptedTransport().On("DescribeRegions", ScriptedTransport.Ec2(
            "DescribeRegions",
            "<regionInfo><item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
            + "<item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>"
            + "<item><regionName>me-south-1</regionName><optInStatus>not-opted-in</optInStatus></item></regionInfo>"));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.RequireRegionsAsync(["af-south-1", "us-east-1", "me-south-1"], None));
        Assert.Equal(SpotErrorIds.RegionNotEnabled, error.ErrorId);
        Assert.Contains("af-south-1, me-south-1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_denial_is_decoded_where_that_is_asked_for(bool isAsked)
    {
        const string Decoded = "{\"allowed\":false,\"explicitDeny\":true,\"matchedStatements\":{\"items\":[{\"statementId\":\"DenyEurope\"}]},"
            + "\"context\":{\"principal\":{\"arn\":\"arn:aws:iam::210987654321:user/ann\"},\"action\":\"ec2:DescribeVpcs\",\"resource\":\"*\"}}";
        var cloud = new ScriptedTransport()
            .On("DescribeVpcs", Error(403, "UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: 3vJ0aa-_aa"))
            .On("DecodeAuthorizationMessage", Xml(
                "<DecodeAuthorizationMessageResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><DecodeAuthorizationMessageResult><DecodedMessage>"
                + Decoded.Replace("\"", "&quot;", StringComparison.Ordinal)
                + "</DecodedMessage></DecodeAuthorizationMessageResult></DecodeAuthorizationMessageResponse>"));
        using var session = new AwsSession(new EngineOptions { Transport = cloud, Clock = cloud.Clock, DecodesDenials = isAsked });
        var error = await Assert.ThrowsAsync<SpotException>(() => session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(isAsked ? 1 : 0, cloud.Count("DecodeAuthorizationMessage"));
        Assert.Equal(isAsked, error.RecommendedAction!.Contains("ec2:DescribeVpcs on * by arn:aws:iam::210987654321:user/ann is refused by an explicit deny of the statement DenyEurope", StringComparison.Ordinal));
        Assert.DoesNotContain("3vJ0aa", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_no_region_never_becomes_a_host()
    {
        using var session = new ScriptedTransport().Open();
        Assert.Equal(SpotErrorIds.RegionUnknown, Assert.Throws<SpotException>(() => session.Ec2("a.b/c")).ErrorId);
        Assert.Same(session.Ec2("us-east-1"), session.Ec2("us-east-1"));
    }

    [Fact]
    public async Task AuthFailure_with_good_credentials_is_a_region_that_is_not_enabled()
    {
        var error = await AuthFailureIn("af-south-1", Identity);
        Assert.Equal(SpotErrorIds.RegionNotEnabled, error.ErrorId);
        Assert.Equal("AuthFailure", error.ServiceCode);
    }

    [Fact]
    public async Task AuthFailure_with_good_credentials_in_no_region_is_an_unknown_region() =>
        Assert.Equal(SpotErrorIds.RegionUnknown, (await AuthFailureIn("us-weast-1", Identity)).ErrorId);

    [Fact]
    public async Task AuthFailure_with_a_key_that_sts_does_not_know_is_a_wrong_key()
    {
        var error = await AuthFailureIn("us-east-1", StsError(403, "InvalidClientTokenId"));
        Assert.Equal(SpotErrorIds.CredentialInvalid, error.ErrorId);
        Assert.Contains("aws configure", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuthFailure_with_an_old_session_is_an_expired_credential() =>
        Assert.Equal(
            SpotErrorIds.CredentialExpired,
            (await AuthFailureIn("us-east-1", StsError(403, "ExpiredToken"))).ErrorId);

    [Fact]
    public async Task AuthFailure_where_nobody_knows_more_stays_what_it_is() =>
        Assert.Equal(
            SpotErrorIds.CredentialInvalid,
            (await AuthFailureIn("us-east-1", Xml("<html/>", 500))).ErrorId);

    [Theory]
    [InlineData(true, SpotErrorIds.ClockSkewed)]
    [InlineData(false, SpotErrorIds.CredentialExpired)]
    public async Task RequestExpired_is_a_wrong_clock_or_an_old_session(bool stsAccepts, string errorId)
    {
        var cloud = new ScriptedTransport()
            .On("DescribeVpcs", Error(400, "RequestExpired"))
            .On("GetCallerIdentity", stsAccepts ? Identity : StsError(403, "ExpiredToken"));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(errorId, error.ErrorId);
    }

    [Fact]
    public async Task A_host_without_an_address_is_an_unknown_region_where_aws_says_so()
    {
        var nobody = Throw(() => new HttpRequestException("no such host", new SocketException((int)SocketError.HostNotFound)));
        var cloud = new ScriptedTransport().On("DescribeVpcs", nobody).On("DescribeRegions", Regions);
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-weast-9").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.RegionUnknown, error.ErrorId);
        cloud.On("DescribeRegions", nobody);
        using var cut = cloud.Open();
        error = await Assert.ThrowsAsync<SpotException>(() =>
            cut.Ec2("us-weast-9").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
        Assert.Contains("ec2.us-weast-9.amazonaws.com", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_is_asked_once_per_region_and_family()
    {
        var cloud = new ScriptedTransport().On(
            "GetServiceQuota", _ => Answer(200, "application/x-amz-json-1.1", "{\"Quota\":{\"QuotaCode\":\"x\",\"Value\":64.0}}"));
        using var session = cloud.Open();
        Assert.Equal(64, await session.GetSpotVCpuQuotaAsync("us-east-1", "m7g.large", None));
        Assert.Equal(64, await session.GetSpotVCpuQuotaAsync("us-east-1", "c5.large", None));
        Assert.Equal(64, await session.GetSpotVCpuQuotaAsync("us-east-1", "g5.xlarge", None));
        Assert.Equal(["L-34B43A08", "L-3819A6DF"], cloud.Calls.Select(c => c.Body.Split("QuotaCode\":\"")[1].Split('"')[0]));
        Assert.All(cloud.Calls, c => Assert.Contains("/us-east-1/servicequotas/aws4_request", c.Authorization, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(400, "{\"__type\":\"com.amazonaws#AccessDeniedException\",\"Message\":\"no\"}")]
    [InlineData(500, "<html>")]
    [InlineData(200, "not json")]
    [InlineData(200, "{\"Quota\":{}}")]
    public async Task A_quota_that_cannot_be_had_is_null(int status, string body)
    {
        var cloud = new ScriptedTransport().On("GetServiceQuota", _ => Answer(status, "application/x-amz-json-1.1", body));
        using var session = cloud.Open();
        Assert.Null(await session.GetSpotVCpuQuotaAsync("us-east-1", "m5.large", None));
    }

    [Theory]
    [InlineData("t3.micro", "L-34B43A08")]
    [InlineData("c7gn.large", "L-34B43A08")]
    [InlineData("im4gn.large", "L-34B43A08")]
    [InlineData("z1d.large", "L-34B43A08")]
    [InlineData("g4dn.xlarge", "L-3819A6DF")]
    [InlineData("gr6.4xlarge", "L-3819A6DF")]
    [InlineData("vt1.3xlarge", "L-3819A6DF")]
    [InlineData("p3.2xlarge", "L-7212CCBC")]
    [InlineData("p4d.24xlarge", "L-7212CCBC")]
    [InlineData("p5.48xlarge", "L-C4BD4855")]
    [InlineData("inf2.xlarge", "L-B5D1601B")]
    [InlineData("trn1.2xlarge", "L-6B0D517C")]
    [InlineData("dl1.24xlarge", "L-85EED4F7")]
    [InlineData("x2idn.16xlarge", "L-E3A00192")]
    [InlineData("f1.2xlarge", "L-88CF9481")]
    [InlineData("mac2.metal", null)]
    [InlineData("u-6tb1.metal", null)]
    [InlineData("hpc7g.4xlarge", null)]
    [InlineData("", null)]
    public void A_family_has_its_quota(string type, string? code) => Assert.Equal(code, SpotQuotaCodes.Find(type));

    private static async Task<SpotException> AuthFailureIn(string region, Func<ScriptedCall, HttpResponseMessage> sts)
    {
        var cloud = new ScriptedTransport()
            .On("DescribeVpcs", Error(401, "AuthFailure", "AWS was not able to validate the provided access credentials"))
            .On("DescribeRegions", Regions)
            .On("GetCallerIdentity", sts);
        using var session = cloud.Open();
        return await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2(region).DescribeVpcsAsync(new DescribeVpcsRequest(), None));
    }
}
