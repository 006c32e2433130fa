using System.Collections.Concurrent;
using System.Net.Sockets;
using SpotCluster.Cli;
using SpotCluster.Cli.Consoles;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Journal;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>Waits that nobody explains, and waits that need not be.</summary>
public sealed class SilenceAttacks
{
    [Fact]
    public async Task Off_a_terminal_a_wait_of_more_than_ten_seconds_says_what_it_waits_for()
    {
        using var clock = new HandClock();
        var console = new TestConsole();
        var host = new ConsoleOperationHost(console, new JsonReport(), clock, verbose: false);
        await host.TrackAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(9));
            Assert.Empty(console.ErrorText);
            host.Progress(new OperationProgress("Removing cluster demo", "Waiting for 2 instances", 1, 3, "us-east-1"));
            clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal("Removing cluster demo: us-east-1: Waiting for 2 instances", console.ErrorText.Trim());

            // The same state is repeated, but not every ten seconds.
            clock.Advance(TimeSpan.FromSeconds(125));
            Assert.Equal(3, console.ErrorText.Trim().Split('\n').Length);
            return Task.FromResult(true);
        });
        var said = console.ErrorText;
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(said, console.ErrorText);
    }

    [Theory]
    [InlineData("list", "list")]
    [InlineData("status", "list")]
    [InlineData("create --name new --region us-east-1 --count 2", "plan")]
    [InlineData("create --name new --region us-east-1 --count 2", "launch")]
    [InlineData("destroy --name demo --force", "remove")]
    [InlineData("destroy --instance-id i-0aaa --force", "remove")]
    [InlineData("nuke --provider aws --force", "remove")]
    [InlineData("stop --instance-id i-0aaa --force", "power")]
    [InlineData("start --instance-id i-0aaa --force", "power")]
    [InlineData("reboot --instance-id i-0aaa --force", "power")]
    public async Task No_command_waits_without_a_line(string command, string call)
    {
        using var clock = new HandClock();
        var console = new TestConsole();
        var waits = 0;
        Func<IOperationHost, CancellationToken, Task> Wait(string name) => (_, _) =>
        {
            if (name == call)
            {
                var before = console.ErrorText.Length;
                clock.Advance(TimeSpan.FromSeconds(12));
                waits += console.ErrorText.Length > before ? 1 : -100;
            }

            return Task.CompletedTask;
        };
        var engine = new FakeEngine { OnList = Wait("list"), OnPlan = Wait("plan"), OnLaunch = Wait("launch"), OnRemove = Wait("remove"), OnPower = Wait("power") };
        var environment = new CliEnvironment { Console = console, OpenEngine = engine.Open, StopGrace = TimeSpan.Zero, Clock = clock };
        await CliApplication.RunAsync(command.Split(' '), environment, CancellationToken.None);
        Assert.True(waits > 0, console.ErrorText);
    }

    [Fact]
    public async Task A_region_that_does_not_answer_costs_three_attempts_and_keeps_nothing_of_the_others_back()
    {
        const string Silent = "eu-west-1";
        using var account = new SimulatedAccount();
        account.AddCluster("us-east-1", 2);
        account.AddCluster(Silent, 1);
        var mute = new MuteRegion(account.Cloud.CreateHandler(), Silent);
        using var engine = new SpotEngine(new EngineOptions
        {
            Transport = mute,
            Clock = account.Cloud.Clock,
            Settings = new SpotSettings { CallTimeout = TimeSpan.FromSeconds(0.9) },
        });
        var shown = new List<string>();
        await foreach (var instance in engine.Clusters.GetInstancesAsync(new InstanceQuery(), account.Host, CancellationToken.None))
        {
            // The calls to the silent region are still open.
            Assert.Empty(account.Host.Errors);
            shown.Add(instance.Region);
        }

        Assert.Equal(["us-east-1", "us-east-1"], shown);
        var error = Assert.Single(account.Host.Errors);
        Assert.Equal((SpotErrorIds.RegionNotListed, Silent), (error.ErrorId, error.Region));
        Assert.Contains("no complete answer within 0.3 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, mute.Asked.Count(operation => operation == "DescribeInstances"));

        // A removal and its plan ask no longer than that either, and say that the region is unknown.
        mute.Asked.Clear();
        var plan = await engine.Removal.PlanAsync(new RemovalScope(), account.Host, CancellationToken.None);
        Assert.Contains(plan.Unknown, line => line.StartsWith(Silent, StringComparison.Ordinal));
        Assert.Equal(3, mute.Asked.Count(operation => operation == "GetResources"));
        mute.Asked.Clear();
        var proof = await engine.Removal.RemoveAsync(new RemovalScope(), account.Removals.Add, account.Host, CancellationToken.None);
        Assert.False(proof.Proven);
        Assert.Equal(3, mute.Asked.Count(operation => operation == "GetResources"));
        Assert.Empty(account.Cloud.Region("us-east-1").LiveInstances);
    }

    [Fact]
    public async Task The_wait_after_an_interrupted_launch_ends_when_its_call_was_seen_by_its_token()
    {
        var clock = new JumpingClock();
        var journal = new MemoryJournal(clock);
        var begun = clock.GetUtcNow();
        var region = new FakeRegion(clock);
        string token;
        using (var run = journal.Open(new JournalEntry
        {
            ClusterName = "demo",
            AccountId = "123456789012",
            Run = "run",
            Fingerprint = "",
            StartedAt = begun,
            Regions = [new JournalRegion("us-east-1", 1, [])],
        }))
        {
            token = run.Record("us-east-1", 1, SpotLifecycle.Spot, []).Token;
        }

        region.Add(ResourceTypes.LaunchTemplate, "lt-1").Token = token;
        var proof = await RemoveAsync(region, journal, clock);
        Assert.True(proof.Proven);
        Assert.True(proof.LastEmptyAt < begun + TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_launch_that_was_interrupted_before_it_asked_for_an_instance_is_waited_for_only_a_moment()
    {
        var clock = new JumpingClock();
        var journal = new MemoryJournal(clock);
        var begun = clock.GetUtcNow();
        journal.Open(new JournalEntry
        {
            ClusterName = "demo",
            AccountId = "123456789012",
            Run = "run",
            Fingerprint = "",
            StartedAt = begun,
            Regions = [new JournalRegion("us-east-1", 1, [])],
        }).Dispose();
        var host = new RecordingHost();
        var proof = await RemoveAsync(new FakeRegion(clock), journal, clock, host);
        Assert.True(proof.Proven);
        Assert.InRange(proof.LastEmptyAt!.Value - begun, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1));
        Assert.Contains(host.Steps, step => step.Status.Contains("interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public void A_body_that_stalls_is_a_time_limit_of_a_call_that_is_named()
    {
        // As the client throws it when its time limit ends the read of a body.
        var stalled = new TaskCanceledException("canceled", new TimeoutException("timeout", new IOException("read", new SocketException((int)SocketError.OperationAborted))));
        var address = new Uri("https://ec2.us-east-1.amazonaws.com");
        var aws = PlainDoctor.Explain(new FailedCall("EC2", "DescribeInstances", "us-east-1", address), new LateAnswerException(TimeSpan.FromSeconds(20), stalled), CallFailure.Unknown);
        Assert.Equal("ec2.us-east-1.amazonaws.com did not answer DescribeInstances in us-east-1: no complete answer within 20 s.", aws.Message);
        var vast = VastErrors.Unanswered(new VastCall("ListInstances", HttpMethod.Get, "/", VastEndpoint.Search), new Uri("https://console.vast.ai"), stalled);
        Assert.Contains("ListInstances completely within 30 s", vast.Message, StringComparison.Ordinal);
        var orchestrator = OrchestratorErrors.Unanswered(new Uri("http://orchestrator:1234"), stalled);
        Assert.Contains("no complete answer within 30 s", orchestrator.Message, StringComparison.Ordinal);
        Assert.All([aws, vast, orchestrator], error => Assert.Equal(SpotErrorCategory.Timeout, error.Category));
    }

    private static Task<SpotProof> RemoveAsync(FakeRegion region, MemoryJournal journal, JumpingClock clock, RecordingHost? host = null) =>
        new RemovalService(new FakeInventory(region), new SpotSettings(), journal, clock).RemoveAsync(
            new RemovalScope { ClusterName = "demo" }, _ => { }, host ?? new RecordingHost(), CancellationToken.None);

    /// <summary>A clock that is moved by hand.</summary>
    private sealed class HandClock : TimeProvider, IDisposable
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private readonly List<Beat> _beats = [];

        public void Dispose() => _beats.ForEach(beat => beat.Dispose());

        public override DateTimeOffset GetUtcNow() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var beat = new Beat(() => callback(state), dueTime == Timeout.InfiniteTimeSpan ? null : _now + dueTime, period);
            _beats.Add(beat);
            return beat;
        }

        public void Advance(TimeSpan by)
        {
            for (var end = _now + by; _now < end;)
            {
                _now += TimeSpan.FromSeconds(1);
                _beats.ToList().ForEach(beat => beat.Look(_now));
            }
        }

        private sealed class Beat(Action callback, DateTimeOffset? due, TimeSpan period) : ITimer
        {
            private DateTimeOffset? _due = due;

            public void Look(DateTimeOffset now)
            {
                if (now >= _due)
                {
                    _due = period == Timeout.InfiniteTimeSpan ? null : _due + period;
                    callback();
                }
            }

            public bool Change(TimeSpan dueTime, TimeSpan period) => false;

            public void Dispose() => _due = null;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }

    /// <summary>A region that takes every request and answers none.</summary>
    private sealed class MuteRegion(HttpMessageHandler others, string region) : DelegatingHandler(others)
    {
        public ConcurrentQueue<string> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.RequestUri!.Host.Contains(region, StringComparison.Ordinal))
            {
                return await base.SendAsync(request, cancellationToken);
            }

            var body = await request.Content!.ReadAsStringAsync(cancellationToken);
            Asked.Enqueue(request.Headers.TryGetValues("X-Amz-Target", out var target)
                ? target.Single().Split('.').Last()
                : body.Split('&').Single(part => part.StartsWith("Action=", StringComparison.Ordinal)).Substring("Action=".Length));
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("Nobody waits any more.");
        }
    }
}
