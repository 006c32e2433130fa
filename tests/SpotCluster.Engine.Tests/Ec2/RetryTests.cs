using System.Net.Sockets;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;
using Xunit;
using static SpotCluster.Engine.Tests.Ec2.ScriptedTransport;

namespace SpotCluster.Engine.Tests.Ec2;

public class RetryTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Func<ScriptedCall, HttpResponseMessage> Vpcs =
        ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>");

    [Theory]
    [InlineData("RequestLimitExceeded")]
    [InlineData("Client.RequestLimitExceeded")]
    [InlineData("Throttling")]
    [InlineData("ThrottlingException")]
    [InlineData("EC2ThrottledException")]
    public async Task A_throttled_call_is_repeated_with_growing_delays_on_the_clock(string code)
    {
        var slow = Error(503, code);
        var cloud = new ScriptedTransport().On("DescribeVpcs", slow, slow, slow, slow, Vpcs);
        using var session = cloud.Open();
        var answer = await session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        Assert.Equal("vpc-1", Assert.Single(answer.Vpcs).VpcId);
        Assert.Equal("req-1", answer.ResponseMetadata.RequestId);
        Assert.Equal(5, cloud.Count("DescribeVpcs"));
        Assert.Equal(4, cloud.Clock.Delays.Count);
        for (var i = 0; i < 4; i++)
        {
            var whole = TimeSpan.FromMilliseconds(250 * Math.Pow(2, i));
            Assert.InRange(cloud.Clock.Delays[i], whole / 2, whole);
        }
    }

    [Fact]
    public async Task Throttling_without_end_is_told_after_the_deadline()
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", Error(503, "RequestLimitExceeded"));
        using var session = cloud.Open();
        var start = cloud.Clock.GetUtcNow();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.RequestThrottled, error.ErrorId);
        Assert.Equal("RequestLimitExceeded", error.ServiceCode);
        Assert.InRange(cloud.Clock.GetUtcNow() - start, TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2.5));
    }

    [Theory]
    [InlineData(500, "InternalError")]
    [InlineData(503, "Unavailable")]
    public async Task A_failing_service_is_asked_six_times(int status, string code)
    {
        var cloud = new ScriptedTransport().On("DescribeVpcs", Error(status, code));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(SpotErrorIds.ServiceFailed, error.ErrorId);
        Assert.Equal("req-9", error.RequestId);
        Assert.Equal(6, cloud.Count("DescribeVpcs"));
    }

    [Fact]
    public async Task An_empty_pool_is_an_answer_although_its_status_is_500()
    {
        var cloud = new ScriptedTransport().On("RunInstances", Error(500, "InsufficientInstanceCapacity"));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").RunInstancesAsync(new RunInstancesRequest { MinCount = 1, MaxCount = 1 }, None));
        Assert.Equal(SpotErrorIds.CapacityNotAvailable, error.ErrorId);
        Assert.Equal(1, cloud.Count("RunInstances"));
    }

    public static TheoryData<string> Unanswered => ["500", "502 html", "503 empty", "reset", "timeout", "200 half"];

    [Theory]
    [MemberData(nameof(Unanswered))]
    public async Task A_create_without_a_token_is_not_repeated_when_it_may_have_been_done(string how)
    {
        var cloud = new ScriptedTransport().On("CreateVpc", Fail(how));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<AmbiguousCallException>(() =>
            session.Ec2("us-east-1").CreateVpcAsync(new CreateVpcRequest { CidrBlock = "10.0.0.0/16" }, None));
        Assert.Equal("CreateVpc", error.Operation);
        Assert.Equal("us-east-1", error.Region);
        Assert.IsType<SpotException>(error.InnerException);
        Assert.Equal(1, cloud.Count("CreateVpc"));
    }

    [Theory]
    [MemberData(nameof(Unanswered))]
    public async Task A_create_with_a_token_is_repeated_with_the_same_one(string how)
    {
        var done = ScriptedTransport.Ec2("CreateFleet", "<fleetId>fleet-1</fleetId>");
        var cloud = new ScriptedTransport().On("CreateFleet", Fail(how), Fail(how), done);
        using var session = cloud.Open();
        var answer = await session.Ec2("us-east-1").CreateFleetAsync(
            new CreateFleetRequest
            {
                LaunchTemplateConfigs = [new FleetLaunchTemplateConfigRequest()],
                TargetCapacitySpecification = new TargetCapacitySpecificationRequest { TotalTargetCapacity = 1 },
            },
            None);
        Assert.Equal("fleet-1", answer.FleetId);
        Assert.Equal(3, cloud.Count("CreateFleet"));
        var token = Assert.Single(cloud.Calls.Select(call => call.Form["ClientToken"]).Distinct());
        Assert.InRange(token.Length, 1, 64);
    }

    [Theory]
    [InlineData(503, "RequestLimitExceeded")]
    public async Task A_create_without_a_token_is_repeated_when_it_was_only_throttled(int status, string code)
    {
        var done = ScriptedTransport.Ec2("CreateVpc", "<vpc><vpcId>vpc-2</vpcId></vpc>");
        var cloud = new ScriptedTransport().On("CreateVpc", Error(status, code), Error(status, code), done);
        using var session = cloud.Open();
        var answer = await session.Ec2("us-east-1").CreateVpcAsync(new CreateVpcRequest(), None);
        Assert.Equal("vpc-2", answer.Vpc.VpcId);
        Assert.Equal(3, cloud.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_call_that_never_left_is_repeated_twice_and_names_the_host()
    {
        var refused = Throw(() => new HttpRequestException("refused", new SocketException((int)SocketError.ConnectionRefused)));
        var cloud = new ScriptedTransport().On("CreateVpc", refused);
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").CreateVpcAsync(new CreateVpcRequest(), None));
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
        Assert.Contains("ec2.us-east-1.amazonaws.com", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, cloud.Count("CreateVpc"));
    }

    [Fact]
    public async Task A_caller_who_stops_gets_a_cancellation_and_no_repeat()
    {
        using var stop = new CancellationTokenSource();
        var cloud = new ScriptedTransport().On("DescribeVpcs", call =>
        {
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        });
        using var session = cloud.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), stop.Token));
        Assert.Equal(1, cloud.Count("DescribeVpcs"));
    }

    [Fact]
    public async Task A_refusal_is_not_repeated()
    {
        var cloud = new ScriptedTransport().On("DeleteVpc", Error(400, "DependencyViolation"));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(() =>
            session.Ec2("us-east-1").DeleteVpcAsync(new DeleteVpcRequest { VpcId = "vpc-1" }, None));
        Assert.Equal(SpotErrorCategory.Busy, error.Category);
        Assert.Equal("DependencyViolation", error.ServiceCode);
        Assert.Equal(1, cloud.Count("DeleteVpc"));
    }

    private static Func<ScriptedCall, HttpResponseMessage> Fail(string how) => how switch
    {
        "500" => Error(500, "InternalError"),
        "502 html" => _ => Answer(502, "text/html", "<!DOCTYPE html><html><p>Bad gateway</html>"),
        "503 empty" => _ => Answer(503, null, ""),
        "reset" => Throw(() => new HttpRequestException("reset", new IOException("x", new SocketException((int)SocketError.ConnectionReset)))),
        "timeout" => Throw(() => new TaskCanceledException("timeout", new TimeoutException())),
        "200 half" => Xml("<CreateVpcResponse><vpc><vpcId>vpc-"),
        _ => throw new ArgumentOutOfRangeException(nameof(how)),
    };
}
