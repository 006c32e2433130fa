using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>The client against an EC2 server that somebody else wrote.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class MotoTests(MotoServer moto) : IClassFixture<MotoServer>, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly EnvironmentGuard _environment = new();

    public void Dispose() => _environment.Dispose();

    [Fact]
    public async Task Regions_and_identity_are_read()
    {
        using var session = Open();
        var regions = await session.GetEnabledRegionsAsync(None);
        Assert.Contains("us-east-1", regions);
        Assert.Equal(regions.OrderBy(r => r, StringComparer.Ordinal), regions);
        var identity = await session.GetIdentityAsync(None);
        Assert.Equal("123456789012", identity.AccountId);
        Assert.StartsWith("arn:aws:", identity.Arn, StringComparison.Ordinal);
        Assert.Equal("environment", identity.Source);
    }

    [Fact]
    public async Task A_vpc_is_created_with_its_tags_described_and_deleted()
    {
        using var session = Open();
        var ec2 = session.Ec2("eu-west-1");
        var created = await ec2.CreateVpcAsync(
            new CreateVpcRequest
            {
                CidrBlock = "10.42.0.0/16",
                TagSpecifications = [new TagSpecification { ResourceType = "vpc", Tags = [new Tag { Key = "a key", Value = "a+b/c=ü&" }] }],
            },
            None);
        var filter = new DescribeVpcsRequest { Filters = [new Filter { Name = "tag:a key", Values = ["a+b/c=ü&"] }] };
        var found = Assert.Single((await ec2.DescribeVpcsAsync(filter, None)).Vpcs);
        Assert.Equal(created.Vpc.VpcId, found.VpcId);
        Assert.Equal("10.42.0.0/16", found.CidrBlock);
        Assert.Equal("a+b/c=ü&", Assert.Single(found.Tags).Value);
        await ec2.DeleteVpcAsync(new DeleteVpcRequest { VpcId = found.VpcId }, None);
        Assert.Empty((await ec2.DescribeVpcsAsync(filter, None)).Vpcs);
    }

    [Fact]
    public async Task An_error_keeps_code_request_id_and_region()
    {
        using var session = Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-west-2").DeleteVpcAsync(new DeleteVpcRequest { VpcId = "vpc-0123456789abcdef0" }, None));
        Assert.Equal("InvalidVpcID.NotFound", error.ServiceCode);
        Assert.Equal(SpotErrorCategory.NotFound, error.Category);
        Assert.Equal("us-west-2", error.Region);
        Assert.False(string.IsNullOrEmpty(error.RequestId));
    }

    [Fact]
    public async Task Machines_are_launched_listed_in_pages_and_terminated()
    {
        using var session = Open();
        var ec2 = session.Ec2("ap-northeast-1");
        var images = await ec2.DescribeImagesAsync(new DescribeImagesRequest { Owners = ["amazon"] }, None);
        for (var i = 0; i < 7; i++)
        {
            await ec2.RunInstancesAsync(
                new RunInstancesRequest
                {
                    MinCount = 1,
                    MaxCount = 1,
                    ImageId = images.Images[0].ImageId,
                    InstanceType = "t3.micro",
                    TagSpecifications = [new TagSpecification { ResourceType = "instance", Tags = [new Tag { Key = "pages", Value = "yes" }] }],
                },
                None);
        }

        var request = new DescribeInstancesRequest { Filters = [new Filter { Name = "tag:pages", Values = ["yes"] }], MaxResults = 5 };
        var pages = 0;
        var ids = new List<string>();
        await foreach (var page in Ec2Paging.PagesAsync<DescribeInstancesRequest, DescribeInstancesResponse, List<Reservation>>(
            request, ec2.DescribeInstancesAsync, page => page.Reservations, None))
        {
            pages++;
            ids.AddRange(page.SelectMany(r => r.Instances).Select(i => i.InstanceId));
        }

        Assert.Equal(2, pages);
        Assert.Equal(7, ids.Distinct().Count());
        Assert.Null(request.NextToken);
        await ec2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = ids }, None);
        await foreach (var reservation in ec2.DescribeAllInstancesAsync(new DescribeInstancesRequest { InstanceIds = ids }, None))
        {
            Assert.All(reservation.Instances, i => Assert.Equal("terminated", i.State?.Name.Value));
            Assert.All(reservation.Instances, i => Assert.NotNull(i.LaunchTime));
        }
    }

    [Fact]
    public async Task The_quota_of_spot_machines_is_null_or_a_number_and_never_an_error()
    {
        using var session = Open();
        var quota = await session.GetSpotVCpuQuotaAsync("us-east-1", "m5.large", None);
        Assert.True(quota is null or >= 0);
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL")]
    [InlineData("AWS_ENDPOINT_URL_EC2")]
    public async Task The_endpoint_comes_from_the_environment(string variable)
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        EnvironmentGuard.SetKeys();
        EnvironmentGuard.Set(variable, moto.Endpoint.AbsoluteUri);
        using var session = new AwsSession(new EngineOptions());
        Assert.NotEmpty((await session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None)).Vpcs);
    }

    [Fact]
    public async Task The_endpoint_comes_from_the_profile()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        EnvironmentGuard.WriteConfig(
            $"[profile lab]\nregion = eu-west-3\nendpoint_url = {moto.Endpoint}\naws_access_key_id = A\naws_secret_access_key = B\n");
        using var session = new AwsSession(new EngineOptions { ProfileName = "lab" });
        Assert.NotEmpty(await session.GetEnabledRegionsAsync(None));
        var identity = await session.GetIdentityAsync(None);
        Assert.Equal("eu-west-3", identity.Region);
    }

    [Fact]
    public async Task A_role_of_a_profile_is_taken()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        EnvironmentGuard.Set("AWS_ENDPOINT_URL", moto.Endpoint.AbsoluteUri);
        EnvironmentGuard.WriteConfig(
            "[profile base]\naws_access_key_id = A\naws_secret_access_key = B\nregion = us-east-1\n"
            + "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = base\nregion = us-east-1\n");
        using var session = new AwsSession(new EngineOptions { ProfileName = "admin" });
        var identity = await session.GetIdentityAsync(None);
        Assert.Contains(":assumed-role/Admin/", identity.Arn, StringComparison.Ordinal);
        Assert.Equal("profile admin (role arn:aws:iam::123456789012:role/Admin, source profile base)", identity.Source);
        Assert.NotNull(identity.ExpiresAt);
    }

    [Fact]
    public async Task A_web_identity_is_taken()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        var token = Path.Combine(EnvironmentGuard.Home, "token");
        File.WriteAllText(token, "eyJhbGciOiJub25lIn0.e30.");
        EnvironmentGuard.Set("AWS_ENDPOINT_URL", moto.Endpoint.AbsoluteUri);
        EnvironmentGuard.Set("AWS_REGION", "us-east-1");
        EnvironmentGuard.Set("AWS_WEB_IDENTITY_TOKEN_FILE", token);
        EnvironmentGuard.Set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Runner");
        using var session = new AwsSession(new EngineOptions());
        var identity = await session.GetIdentityAsync(None);
        Assert.Equal("web identity", identity.Source);
        Assert.Contains(":assumed-role/Runner/", identity.Arn, StringComparison.Ordinal);
    }

    private AwsSession Open()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "It is there");
        EnvironmentGuard.SetKeys();
        return new AwsSession(new EngineOptions { EndpointUrl = moto.Endpoint });
    }
}
