using Xunit;

namespace SpotCluster.Simulator.Tests;

/// <summary>Capacity reservations as EC2 plays them: who gets in, what they use up, and what refuses to end.</summary>
public sealed class CapacityReservationTests : IDisposable
{
    private const string Region = "us-west-2";
    private const string OnDemandQuota = "L-1216C47A";

    private readonly SimulatedClock _clock = new() { AutoAdvance = false };
    private readonly SimulatedCloud _cloud;
    private readonly Ec2Client _ec2;

    public CapacityReservationTests()
    {
        _cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock });
        _ec2 = new Ec2Client(_cloud);
    }

    public void Dispose()
    {
        _ec2.Dispose();
        _cloud.Dispose();
        _clock.Dispose();
    }

    [Fact]
    public async Task It_is_pending_then_active_and_cancelled_once()
    {
        var id = await ReserveAsync(2);
        Assert.Equal("pending", await StateAsync(id));
        Assert.Equal("InvalidCapacityReservationState", (await CancelAsync(id)).Code);
        _clock.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal("active", await StateAsync(id));
        var inside = (await RunAsync(id)).Value("instanceId");
        await _ec2.DoAsync(Region, "CancelCapacityReservation", ("CapacityReservationId", id));
        Assert.Equal("cancelled", await StateAsync(id));
        Assert.Equal("pending", _cloud.Region(Region).Instances.Single(machine => machine.Id == inside).State);
        Assert.Equal("InvalidCapacityReservationState", (await CancelAsync(id)).Code);
        Assert.Equal("InvalidCapacityReservationId.NotFound", (await CancelAsync("cr-0123456789abcdef0")).Code);
        Assert.Equal("InvalidCapacityReservationId.Malformed", (await CancelAsync("i-0123456789abcdef0")).Code);
    }

    [Fact]
    public async Task A_targeted_one_takes_only_those_that_name_it_and_no_more_than_it_holds()
    {
        var id = await ReserveAsync(1, ("InstanceMatchCriteria", "targeted"));
        Assert.Empty((await RunAsync(null)).Values("capacityReservationId"));
        Assert.Equal(id, (await RunAsync(id)).Value("capacityReservationId"));
        var described = await _ec2.DoAsync(Region, "DescribeCapacityReservations", ("CapacityReservationId.1", id));
        Assert.Equal(("1", "0"), (described.Value("totalInstanceCount"), described.Value("availableInstanceCount")));
        Assert.Equal("ReservationCapacityExceeded", (await TryRunAsync(id)).Code);
    }

    [Fact]
    public async Task What_stands_empty_uses_the_quota_and_is_there_when_nothing_else_is()
    {
        _cloud.Region(Region).SetQuota(OnDemandQuota, 4);
        var id = await ReserveAsync(2);
        Assert.Equal("InstanceLimitExceeded", (await TryReserveAsync(1)).Code);
        _cloud.Region(Region).SetCapacity("*", "*", 0);
        Assert.Equal(id, (await RunAsync(null)).Value("capacityReservationId")); // an open one takes in what matches
        Assert.Equal("VcpuLimitExceeded", (await TryRunAsync(null, "t3.small")).Code);
    }

    [Fact]
    public async Task They_are_filtered_and_read_page_by_page()
    {
        for (var number = 0; number < 7; number++)
        {
            await ReserveAsync(1);
        }

        _clock.Advance(TimeSpan.FromSeconds(8));
        var first = await _ec2.DoAsync(Region, "DescribeCapacityReservations", ("MaxResults", "5"), ("Filter.1.Name", "state"), ("Filter.1.Value.1", "active"));
        var second = await _ec2.DoAsync(
            Region, "DescribeCapacityReservations", ("MaxResults", "5"), ("NextToken", first.Value("nextToken")), ("Filter.1.Name", "state"), ("Filter.1.Value.1", "active"));
        Assert.Equal(7, first.Values("capacityReservationId").Union(second.Values("capacityReservationId")).Count());
        Assert.Empty((await _ec2.DoAsync(Region, "DescribeCapacityReservations", ("Filter.1.Name", "state"), ("Filter.1.Value.1", "pending"))).Values("capacityReservationId"));
    }

    [Theory]
    [InlineData("InstanceType", "x9.huge", "InvalidParameterValue")]
    [InlineData("InstanceCount", "0", "InvalidParameterValue")]
    [InlineData("AvailabilityZone", "us-west-2x", "InvalidParameterValue")]
    [InlineData("EndDateType", "limited", "InvalidParameterCombination")]
    public async Task A_wrong_request_is_refused(string name, string value, string code)
    {
        Assert.Equal(code, (await TryReserveAsync(1, (name, value))).Code);
        Assert.Empty(_cloud.Region(Region).Live);
    }

    private async Task<string> ReserveAsync(int count, params (string Name, string Value)[] more)
    {
        var answer = await TryReserveAsync(count, more);
        Assert.True(answer.Code is null, answer.Text);
        return answer.Value("capacityReservationId");
    }

    private Task<Ec2Answer> TryReserveAsync(int count, params (string Name, string Value)[] more)
    {
        var parameters = new Dictionary<string, string>
        {
            ["InstanceType"] = "t3.micro",
            ["InstancePlatform"] = "Linux/UNIX",
            ["AvailabilityZone"] = "us-west-2a",
            ["InstanceCount"] = FormattableString.Invariant($"{count}"),
        };
        foreach (var (name, value) in more)
        {
            parameters[name] = value;
        }

        return _ec2.CallAsync(Region, "CreateCapacityReservation", [.. parameters.Select(pair => (pair.Key, pair.Value))]);
    }

    private async Task<Ec2Answer> RunAsync(string? reservation)
    {
        var answer = await TryRunAsync(reservation);
        Assert.True(answer.Code is null, answer.Text);
        return answer;
    }

    private Task<Ec2Answer> TryRunAsync(string? reservation, string type = "t3.micro") => _ec2.CallAsync(
        Region,
        "RunInstances",
        [
            ("MinCount", "1"),
            ("MaxCount", "1"),
            ("InstanceType", type),
            ("ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
            ("Placement.AvailabilityZone", "us-west-2a"),
            .. reservation is null ? [] : new[] { ("CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId", reservation) },
        ]);

    private Task<Ec2Answer> CancelAsync(string id) => _ec2.CallAsync(Region, "CancelCapacityReservation", ("CapacityReservationId", id));

    private async Task<string> StateAsync(string id) =>
        (await _ec2.DoAsync(Region, "DescribeCapacityReservations", ("CapacityReservationId.1", id))).Value("state");
}
