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

    [Fact]
    public async Task A_create_whose_answer_lacks_the_thing_is_ambiguous()
    {
        var cloud = new ScriptedTransport().On("CreateSubnet", ScriptedTransport.Ec2("CreateSubnet", ""));
        using var session = cloud.Open();
        await Assert.ThrowsAsync<AmbiguousCallException>(() =>
            session.Ec2("eu-west-1").CreateSubnetAsync(new CreateSubnetRequest { VpcId = "vpc-1" }, None));
    }

    [Fact]
    public async Task Values_that_cannot_be_read_are_null_and_new_members_are_passed_over()
    {
        var cloud = new ScriptedTransport().On("DescribeVolumes", ScriptedTransport.Ec2(
            "DescribeVolumes",
            "<volumeSet><item><volumeId>vol-1</volumeId><size>many</size><createTime>soon</createTime><encrypted>perhaps</encrypted>"
            + "<newThing><deep>1</deep></newThing><status>brand-new-state</status></item></volumeSet>"));
        using var session = cloud.Open();
        var volume = Assert.Single((await session.Ec2("eu-west-1").DescribeVolumesAsync(new DescribeVolumesRequest(), None)).Volumes);
        Assert.Equal("vol-1", volume.VolumeId);
        Assert.Null(volume.Size);
        Assert.Null(volume.CreateTime);
        Assert.Null(volume.Encrypted);
        Assert.Equal("brand-new-state", volume.State);
    }

    [Fact]
    public async Task Times_are_utc()
    {
        var cloud = new ScriptedTransport().On("DescribeVolumes", ScriptedTransport.Ec2(
            "DescribeVolumes", "<volumeSet><item><createTime>2031-02-03T04:05:06.789Z</createTime></item></volumeSet>"));
        using var session = cloud.Open();
        var volume = Assert.Single((await session.Ec2("eu-west-1").DescribeVolumesAsync(new DescribeVolumesRequest(), None)).Volumes);
        Assert.Equal(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 789, TimeSpan.Zero), volume.CreateTime);
        Assert.Equal(TimeSpan.Zero, volume.CreateTime!.Value.Offset);
    }

    [Fact]
    public async Task A_list_that_is_required_is_not_sent_empty()
    {
        var cloud = new ScriptedTransport().On("TerminateInstances", ScriptedTransport.Ec2("TerminateInstances", ""));
        using var session = cloud.Open();
        await Assert.ThrowsAnyAsync<ArgumentException>(() =>
            session.Ec2("eu-west-1").TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [] }, None));
        Assert.Empty(cloud.Calls);
    }

    [Fact]
    public async Task A_call_is_signed_for_its_region_and_carries_the_version()
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", ""));
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
        var cloud = new ScriptedTransport().On("DescribeVpcs", ScriptedTransport.Ec2("DescribeVpcs", ""));
        using var session = cloud.Open();
        await session.Ec2(region).DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        Assert.Equal(host, Assert.Single(cloud.Calls).Uri.Host);
    }
}
