using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>No wait for a service is silent for longer than two seconds, and every call can be looked up.</summary>
public sealed class NarratorTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    [Fact]
    public void A_call_without_an_answer_is_reported_after_two_seconds_and_again()
    {
        using var clock = new SimulatedClock { AutoAdvance = false };
        var host = new Listener(clock);
        CallNarrator.ReportTo(host);
        var narrator = new CallNarrator(clock, isRemote: true);
        var call = new CallRecord(1, "ec2", "DescribeInstances", "us-west-1", 2, clock.GetUtcNow());
        narrator.Sending(call);
        clock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Empty(host.Waits);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Comes(1);
        Assert.Equal("us-west-1: DescribeInstances: no answer for 2 s, attempt 3", Assert.Single(host.Waits).Text);
        clock.Advance(TimeSpan.FromSeconds(5));
        Comes(2);

        (call.AnsweredAt, call.HttpStatus, call.RequestId) = (clock.GetUtcNow(), 200, "r-1");
        narrator.Answered(call);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(2, host.Waits.Count);
        Assert.Equal("ec2 DescribeInstances in us-west-1: HTTP 200 after 7.00 s, attempt 3, request r-1.", Assert.Single(host.Details));

        // Callbacks of timers run on threads of their own.
        void Comes(int count) => Assert.True(SpinWait.SpinUntil(() => host.Waits.Count == count, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task A_throttled_call_is_reported_within_two_seconds_with_attempt_and_wait()
    {
        using var cloud = new SimulatedCloud(new SimulatorOptions());
        cloud.Faults.Add(new FaultRule { Operation = "DescribeInstances", Region = "us-west-1", Code = "RequestLimitExceeded", Times = 8 });
        var host = new Listener(cloud.Clock);
        CallNarrator.ReportTo(host);
        using var engine = new SpotEngine(new EngineOptions
        {
            Transport = cloud.CreateHandler(),
            Clock = cloud.Clock,
            CallObserver = new CallNarrator(cloud.Clock, isRemote: false),
            Settings = new(),
        });
        var started = cloud.Clock.GetUtcNow();
        await foreach (var _ in engine.Clusters.GetInstancesAsync(new() { Regions = ["us-west-1"] }, host, TestContext.Current.CancellationToken))
        {
        }

        var first = host.Waits[0];
        Assert.Matches(@"^us-west-1: DescribeInstances throttled \(RequestLimitExceeded\), attempt \d+, next in \d+(\.\d)? s$", first.Text);
        Assert.InRange(first.At - started, TimeSpan.Zero, Limit);
        Assert.Contains(host.Details, line => line.StartsWith("ec2 DescribeInstances in us-west-1: HTTP 503 RequestLimitExceeded after ", StringComparison.Ordinal) && line.Contains(", attempt 2, request ", StringComparison.Ordinal));
        Assert.Contains(host.Details, line => line.StartsWith("ec2 DescribeInstances in us-west-1: HTTP 200 after ", StringComparison.Ordinal));
    }

    private sealed class Listener(TimeProvider clock) : IOperationHost
    {
        public List<(string Text, DateTimeOffset At)> Waits { get; } = [];

        public List<string> Details { get; } = [];

        public void Verbose(string message)
        {
            lock (Details)
            {
                Details.Add(message);
            }
        }

        public void Debug(string message)
        {
        }

        public void Warning(string message)
        {
        }

        public void Error(Model.SpotException error)
        {
        }

        public void Progress(OperationProgress progress)
        {
            lock (Waits)
            {
                if (progress.IsWait)
                {
                    Waits.Add(($"{progress.Item}: {progress.Status}", clock.GetUtcNow()));
                }
            }
        }
    }
}
