using System.Collections.Concurrent;
using Amazon.EC2.Model;
using Xunit;
using static SpotCluster.Engine.Tests.Ec2.ScriptedTransport;

namespace SpotCluster.Engine.Tests.Ec2;

public class ObserverTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Each_attempt_is_told_with_its_number_and_outcome()
    {
        var watcher = new Watcher();
        var cloud = new ScriptedTransport()
            .On("DeleteVpc", Error(503, "RequestLimitExceeded"), ScriptedTransport.Ec2("DeleteVpc", ""))
            .On("GetCallerIdentity", Identity);
        using var session = cloud.Open(watcher);
        await session.Ec2("us-west-2").DeleteVpcAsync(new DeleteVpcRequest { VpcId = "vpc-1" }, None);
        await session.GetIdentityAsync(None);
        var calls = watcher.Answers.ToArray();
        Assert.Equal(["DeleteVpc", "DeleteVpc", "GetCallerIdentity"], calls.Select(c => c.Operation));
        Assert.Equal(["ec2", "ec2", "sts"], calls.Select(c => c.Service));
        Assert.Equal(["us-west-2", "us-west-2", "us-east-1"], calls.Select(c => c.Region));
        Assert.Equal([0, 1, 0], calls.Select(c => c.Attempt));
        Assert.Equal([1L, 2L, 3L], calls.Select(c => c.Number));
        Assert.Equal(["RequestLimitExceeded", null, null], calls.Select(c => c.ErrorCode));
        Assert.Equal([503, 200, 200], calls.Select(c => c.HttpStatus));
        Assert.Equal([true, true, false], calls.Select(c => c.Changes));
        Assert.All(calls, c => Assert.NotNull(c.AnsweredAt));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        var watcher = new Watcher();
        var cloud = new ScriptedTransport().On("DeleteVpc", Error(412, "DryRunOperation"));
        using var session = cloud.Open(watcher);
        var error = await Assert.ThrowsAsync<Model.SpotException>(() =>
            session.Ec2("us-west-2").DeleteVpcAsync(new DeleteVpcRequest { VpcId = "vpc-1", DryRun = true }, None));
        Assert.Equal("DryRunOperation", error.ServiceCode);
        Assert.False(Assert.Single(watcher.Answers).Changes);
    }

    [Fact]
    public async Task A_crash_before_a_call_goes_through_unchanged_and_nothing_is_sent()
    {
        var crash = new InvalidOperationException("crash");
        var cloud = new ScriptedTransport().On("CreateVpc", ScriptedTransport.Ec2("CreateVpc", "<vpc/>"));
        using var session = cloud.Open(new Watcher { Crash = crash });
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            session.Ec2("us-west-2").CreateVpcAsync(new CreateVpcRequest(), None));
        Assert.Same(crash, thrown);
        Assert.Empty(cloud.Calls);
    }

    private sealed class Watcher : ICallObserver
    {
        public ConcurrentQueue<CallRecord> Answers { get; } = new();

        public Exception? Crash { get; init; }

        public void Sending(CallRecord call)
        {
            Assert.Null(call.AnsweredAt);
            if (Crash is not null)
            {
                throw Crash;
            }
        }

        public void Answered(CallRecord call) => Answers.Enqueue(call);
    }
}
