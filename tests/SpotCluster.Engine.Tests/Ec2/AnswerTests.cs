using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;
using Xunit;
using static SpotCluster.Engine.Tests.Ec2.ScriptedTransport;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>Answers that are not what EC2 writes.</summary>
public class AnswerTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(500, "text/html", "<!DOCTYPE html><html><body><h1>Oops</h1></body></html>")]
    [InlineData(500, "text/html", "<html><body>no doctype</body></html>")]
    [InlineData(503, null, "")]
    [InlineData(502, "text/plain", "bad gateway")]
    [InlineData(200, "text/html", "<!DOCTYPE html><html><body>Sign in to the network</body></html>")]
    [InlineData(200, "text/html", "<html><body>Sign in to the network</body></html>")]
    [InlineData(200, "text/xml", "<DescribeVpcsResponse><vpcSet><item><vpcId>vpc-1</vpcId></item>")]
    [InlineData(200, "text/xml", "")]
    [InlineData(403, "text/html", "<html>proxy</html>")]
    [InlineData(500, "text/xml", "<Response><Errors/></Response>")]
    [InlineData(200, "text/xml", "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><DescribeVpcsResponse>&a;</DescribeVpcsResponse>")]
    public async Task Is_an_error_with_its_status(int status, string? type, string body)
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", _ => Answer(status, type, body));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
        Assert.Contains($"HTTP {status}", error.Message, StringComparison.Ordinal);
        Assert.Contains("eu-west-1", error.Message, StringComparison.Ordinal);
        Assert.Equal("eu-west-1", error.Region);
    }

    [Theory]
    [InlineData("<DescribeVpcsResponse><requestId>r</requestId></DescribeVpcsResponse>")]
    [InlineData("<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>")]
    [InlineData("<DescribeVpcsResponse><requestId/><vpcSet/></DescribeVpcsResponse>")]
    [InlineData("<DescribeSubnetsResponse><requestId>r</requestId><subnetSet/></DescribeSubnetsResponse>")]
    [InlineData("<DescribeSubnetsResponse><requestId>r</requestId><vpcSet/></DescribeSubnetsResponse>")]
    [InlineData("<Response><Errors><Error><Code>InternalError</Code><Message>An internal error</Message></Error></Errors><RequestID>r</RequestID></Response>")]
    [InlineData("<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Accept the terms.</p></body></html>")]
    [InlineData("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><DescribeVpcsResponse><requestId>r</requestId><vpcSet><item><vpcId>&e;</vpcId></item></vpcSet></DescribeVpcsResponse>")]
    [InlineData("<DescribeVpcsResponse><requestId>r</requestId><vpcSet><item><state>available</state></item></vpcSet></DescribeVpcsResponse>")]
    [InlineData("<DescribeVpcsResponse><requestId>r</requestId><vpcSet><item><vpcId></vpcId></item></vpcSet></DescribeVpcsResponse>")]
    [InlineData("<DescribeVpcsResponse><requestId>r</requestId><vpcSet><item><vpcId>vpc-1</vpcId></item><item/></vpcSet></DescribeVpcsResponse>")]
    [InlineData("<DescribeVpcsResponse><requestId>r</requestId><vpcSet><item><vpcId>vpc-1</vpcId><isDefault>perhaps</isDefault></item></vpcSet></DescribeVpcsResponse>")]
    public async Task A_well_formed_answer_of_the_wrong_kind_is_never_an_empty_list(string body)
    {
        var good = ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>");
        var cloud = new ScriptedTransport().On("DescribeVpcs", Xml(body));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
        Assert.Equal(6, cloud.Count("DescribeVpcs"));

        // It is inside the retries: what is right at the second time is taken.
        cloud.On("DescribeVpcs", Xml(body), good);
        var answer = await session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        Assert.Equal("vpc-1", Assert.Single(answer.Vpcs).VpcId);
    }

    [Theory]
    [InlineData(100, SpotErrorIds.ServiceFailed)]
    [InlineData(200_000, SpotErrorIds.EndpointUnreachable)]
    [InlineData(20, null)]
    public async Task An_answer_is_not_nested_without_end(int levels, string? error)
    {
        var nested = string.Concat(Enumerable.Repeat("<a>", levels)) + string.Concat(Enumerable.Repeat("</a>", levels));
        var cloud = new ScriptedTransport().On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", $"<vpcSet/>{nested}"));
        using var session = cloud.Open();
        var call = session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        if (error is not null)
        {
            Assert.Equal(error, (await Assert.ThrowsAsync<SpotException>(() => call)).ErrorId);
        }
        else
        {
            Assert.Empty((await call).Vpcs);
        }
    }

    [Theory]
    [InlineData("GetCallerIdentity", 200)]
    [InlineData("GetCallerIdentity", 403)]
    [InlineData("DescribeVpcs", 400)]
    public async Task No_answer_is_nested_without_end_whatever_service_and_status_it_has(string operation, int status)
    {
        const int Levels = 200_000;
        var nested = string.Concat(Enumerable.Repeat("<a>", Levels)) + string.Concat(Enumerable.Repeat("</a>", Levels));
        var cloud = new ScriptedTransport().On(operation, Xml($"<{operation}Response>{nested}</{operation}Response>", status));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() => operation == "DescribeVpcs"
            ? session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None)
            : session.GetIdentityAsync(None));
        Assert.Contains("more than 1000 levels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_without_its_id_is_unreadable_wherever_it_stands()
    {
        const string Reservation = "<item><groupSet><item><groupId>sg-1</groupId></item></groupSet><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item>";
        var cloud = new ScriptedTransport().On("DescribeInstances", ScriptedTransport.Ec2("DescribeInstances", $"<reservationSet>{Reservation}<item><instancesSet><item><imageId>ami-1</imageId></item></instancesSet></item></reservationSet>"));
        using var session = cloud.Open();
        var ec2 = session.Ec2("eu-west-1");
        Assert.Equal(SpotErrorIds.ServiceFailed, (await Assert.ThrowsAsync<SpotException>(() => ec2.DescribeInstancesAsync(new DescribeInstancesRequest(), None))).ErrorId);
        cloud.On("DescribeInstances", ScriptedTransport.Ec2("DescribeInstances", $"<reservationSet>{Reservation}{Reservation}</reservationSet>"));
        Assert.Equal(2, (await ec2.DescribeInstancesAsync(new DescribeInstancesRequest(), None)).Reservations.Count);
    }

    [Fact]
    public async Task An_account_without_any_region_is_no_answer()
    {
        var cloud = new ScriptedTransport().On("DescribeRegions", ScriptedTransport.Ec2("DescribeRegions", "<regionInfo/>"));
        using var session = cloud.Open();
        Assert.Equal(SpotErrorIds.ServiceFailed, (await Assert.ThrowsAsync<SpotException>(() => session.GetEnabledRegionsAsync(None))).ErrorId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<subnet/>")]
    [InlineData("<subnet><vpcId>vpc-1</vpcId></subnet>")]
    public async Task A_create_whose_answer_lacks_the_thing_is_ambiguous(string members)
    {
        var cloud = new ScriptedTransport().On("CreateSubnet", ScriptedTransport.Ec2("CreateSubnet", members));
        using var session = cloud.Open();
        await Assert.ThrowsAsync<AmbiguousCallException>(() =>
            session.Ec2("eu-west-1").CreateSubnetAsync(new CreateSubnetRequest { VpcId = "vpc-1" }, None));
    }

    [Fact]
    public async Task New_members_and_new_values_are_taken()
    {
        var cloud = new ScriptedTransport().On("DescribeVolumes", ScriptedTransport.Ec2(
            "DescribeVolumes",
            "<volumeSet><item><volumeId>vol-1</volumeId><newThing><deep>1</deep></newThing><status>brand-new-state</status></item></volumeSet>"));
        using var session = cloud.Open();
        var volume = Assert.Single((await session.Ec2("eu-west-1").DescribeVolumesAsync(new DescribeVolumesRequest(), None)).Volumes);
        Assert.Equal("vol-1", volume.VolumeId);
        Assert.Null(volume.Size);
        Assert.Empty(volume.Tags);
        Assert.Equal("brand-new-state", volume.State.Value);
    }

    [Theory]
    [InlineData("<size>many</size>")]
    [InlineData("<createTime>soon</createTime>")]
    [InlineData("<size>99999999999999999999</size>")]
    public async Task A_value_that_cannot_be_parsed_is_unreadable(string member)
    {
        var cloud = new ScriptedTransport().On("DescribeVolumes", ScriptedTransport.Ec2(
            "DescribeVolumes", $"<volumeSet><item><volumeId>vol-1</volumeId>{member}</item></volumeSet>"));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() => session.Ec2("eu-west-1").DescribeVolumesAsync(new DescribeVolumesRequest(), None));
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
    }

    [Fact]
    public async Task Times_are_utc()
    {
        var cloud = new ScriptedTransport().On("DescribeVolumes", ScriptedTransport.Ec2(
            "DescribeVolumes", "<volumeSet><item><volumeId>vol-1</volumeId><createTime>2031-02-03T04:05:06.789Z</createTime></item></volumeSet>"));
        using var session = cloud.Open();
        var volume = Assert.Single((await session.Ec2("eu-west-1").DescribeVolumesAsync(new DescribeVolumesRequest(), None)).Volumes);
        DateTimeOffset? created = volume.CreateTime;
        Assert.Equal(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero), created);
        Assert.Equal(TimeSpan.Zero, created!.Value.Offset);
        Assert.Equal(DateTimeKind.Utc, volume.CreateTime!.Value.Kind);
    }

    [Fact]
    public async Task An_empty_list_is_not_sent()
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet/>"));
        using var session = cloud.Open();
        await session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest { VpcIds = [], Filters = [] }, None);
        Assert.Equal(["Action", "Version"], Assert.Single(cloud.Calls).Form.Keys.Order());
    }

    [Fact]
    public async Task What_services_of_aws_manage_is_asked_for_in_every_list_that_can_hide_it()
    {
        var lists = typeof(DescribeInstancesRequest).Assembly.GetTypes()
            .Where(type => type.GetProperty("IncludeManagedResources") is not null && Ec2Members.Of(type.Name[..^"Request".Length]).Path.Length > 0).ToList();
        Assert.Contains(typeof(DescribeInstancesRequest), lists);
        Assert.True(lists.Count >= 6);
        var cloud = new ScriptedTransport();
        using var session = cloud.Open();
        foreach (var type in lists)
        {
            var operation = type.Name[..^"Request".Length];
            cloud.On(operation, ScriptedTransport.Ec2(operation, $"<{Ec2Members.Of(operation).Path[0]}/>"));
            var request = Activator.CreateInstance(type)!;
            await (Task)typeof(Amazon.EC2.IAmazonEC2).GetMethod($"{operation}Async", [type, typeof(CancellationToken)])!.Invoke(session.Ec2("eu-west-1"), [request, None])!;
            Assert.Equal("true", cloud.Calls.Last().Form["IncludeManagedResources"]);
            Assert.Null(type.GetProperty("IncludeManagedResources")!.GetValue(request));
        }
    }

    [Fact]
    public async Task A_create_that_takes_a_token_has_one_and_the_request_is_left_as_it_was()
    {
        var cloud = new ScriptedTransport().On("CreateVpcEndpoint", Error(500, "InternalError"), ScriptedTransport.Ec2("CreateVpcEndpoint", "<vpcEndpoint><vpcEndpointId>vpce-1</vpcEndpointId></vpcEndpoint>"));
        using var session = cloud.Open();
        var request = new CreateVpcEndpointRequest { VpcId = "vpc-1", ServiceName = "com.amazonaws.eu-west-1.s3" };
        await session.Ec2("eu-west-1").CreateVpcEndpointAsync(request, None);
        await session.Ec2("eu-west-1").CreateVpcEndpointAsync(request, None);
        var tokens = cloud.Calls.Select(call => call.Form["ClientToken"]).ToList();
        Assert.Equal(3, tokens.Count);
        Assert.Equal(tokens[0], tokens[1]);
        Assert.NotEqual(tokens[1], tokens[2]);
        Assert.Null(request.ClientToken);
    }

    [Theory]
    [InlineData(typeof(TerminateInstancesRequest))]
    [InlineData(typeof(StopInstancesRequest))]
    [InlineData(typeof(StartInstancesRequest))]
    [InlineData(typeof(RebootInstancesRequest))]
    [InlineData(typeof(DeleteFleetsRequest))]
    [InlineData(typeof(CreateFleetRequest))]
    [InlineData(typeof(DeleteVpcEndpointsRequest))]
    [InlineData(typeof(CancelSpotFleetRequestsRequest))]
    [InlineData(typeof(CancelSpotInstanceRequestsRequest))]
    [InlineData(typeof(CreateTagsRequest))]
    [InlineData(typeof(DeleteTagsRequest))]
    public async Task A_list_that_is_required_is_not_sent_empty(Type type)
    {
        var cloud = new ScriptedTransport();
        using var session = cloud.Open();
        var operation = type.Name[..^"Request".Length];
        await Assert.ThrowsAnyAsync<ArgumentException>(() => (Task)typeof(Amazon.EC2.IAmazonEC2)
            .GetMethod($"{operation}Async", [type, typeof(CancellationToken)])!.Invoke(session.Ec2("eu-west-1"), [Activator.CreateInstance(type), None])!);
        Assert.Empty(cloud.Calls);
    }

    [Fact]
    public async Task A_call_is_signed_for_its_region_and_carries_the_version()
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet/>"));
        using var session = cloud.Open();
        await session.Ec2("ap-southeast-2").DescribeVpcsAsync(new DescribeVpcsRequest { DryRun = true }, None);
        var call = Assert.Single(cloud.Calls);
        Assert.Equal("https://ec2.ap-southeast-2.amazonaws.com/", call.Uri.AbsoluteUri);
        Assert.Contains("/ap-southeast-2/ec2/aws4_request", call.Authorization, StringComparison.Ordinal);
        Assert.Equal("2016-11-15", call.Form["Version"]);
        Assert.Equal("true", call.Form["DryRun"]);
    }

    [Theory]
    [InlineData("cn-north-1", "ec2.cn-north-1.amazonaws.com.cn")]
    [InlineData("us-gov-west-1", "ec2.us-gov-west-1.amazonaws.com")]
    [InlineData("eu-central-9", "ec2.eu-central-9.amazonaws.com")]
    public async Task The_host_follows_the_partition(string region, string host)
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet/>"));
        using var session = cloud.Open();
        await session.Ec2(region).DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        Assert.Equal(host, Assert.Single(cloud.Calls).Uri.Host);
    }
}
