using System.Collections.Concurrent;
using System.Globalization;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Engine.Tests.Removal;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>Calls that are never answered, at each step of a removal: its time limit ends them, and nothing is reported that was not seen.</summary>
public sealed class TimeoutAttacks : IDisposable
{
    private const string Expired = "the time limit of the command (";

    /// <summary>Ends a test that would hang.</summary>
    private readonly CancellationTokenSource _end = new(TimeSpan.FromMinutes(2));
    private readonly SimulatedAccount _account = new();
    private readonly MuteCalls _mute;
    private readonly SpotEngine _engine;

    public TimeoutAttacks()
    {
        _mute = new MuteCalls(_account.Cloud.CreateHandler());
        _engine = new SpotEngine(new EngineOptions { Transport = _mute, Clock = _account.Cloud.Clock, Settings = new() });
        _account.AddCluster("us-east-1", 2);
    }

    public void Dispose()
    {
        _engine.Dispose();
        _mute.Dispose();
        _account.Dispose();
        _end.Dispose();
    }

    [Fact]
    public async Task The_time_of_a_removal_and_of_its_plan_begins_with_the_first_call()
    {
        _mute.IsMute = (operation, _) => operation == "GetCallerIdentity";
        _mute.EndsTime = false;
        var scope = new RemovalScope { Timeout = TimeSpan.FromSeconds(0.05) };
        foreach (var work in new Func<Task>[]
        {
            () => _engine.Removal.PlanAsync(scope, _account.Host, _end.Token),
            () => _engine.Removal.RemoveAsync(scope, _account.Removals.Add, _account.Host, _end.Token),
        })
        {
            var error = await Assert.ThrowsAsync<SpotException>(work);
            Assert.Equal((SpotErrorIds.EndpointUnreachable, SpotErrorCategory.Timeout), (error.ErrorId, error.Category));
            Assert.Contains("GetCallerIdentity in us-east-1: the time limit of the command (0.05 s) expired.", error.Message, StringComparison.Ordinal);
            Assert.Contains("-Timeout (--timeout)", error.RecommendedAction, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GetCallerIdentity")]
    [InlineData("DescribeRegions")]
    public async Task What_is_asked_first_ends_with_the_time_of_the_command(string operation)
    {
        foreach (var work in new Func<SpotEngine, Task>[]
        {
            engine => engine.Removal.PlanAsync(new RemovalScope(), _account.Host, _end.Token),
            engine => engine.Removal.RemoveAsync(new RemovalScope { ClusterName = "demo" }, _account.Removals.Add, _account.Host, _end.Token),
            engine => engine.Removal.RemoveInstancesAsync([.. Live.Select(id => new InstanceKey(id, null))], _account.Removals.Add, _account.Host, _end.Token),
        })
        {
            using var engine = new SpotEngine(new EngineOptions { Transport = _mute, Clock = _account.Cloud.Clock, Settings = new() });
            _mute.IsMute = (asked, _) => asked == operation;
            var error = await Assert.ThrowsAsync<SpotException>(() => work(engine));
            Assert.Equal(SpotErrorCategory.Timeout, error.Category);
            Assert.Contains(Expired, error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_account.Removals);
        Assert.Equal(2, Live.Length);
    }

    [Fact]
    public async Task A_plan_names_the_regions_that_were_not_listed_in_time()
    {
        _mute.IsMute = (operation, region) => operation == "DescribeTags" && region == "us-east-1";
        var plan = await _engine.Removal.PlanAsync(new RemovalScope(), _account.Host, _end.Token);
        Assert.Contains(plan.Unknown, line => line.StartsWith("us-east-1", StringComparison.Ordinal));
        Assert.Contains(_account.Host.Errors, error => error.Message.Contains(Expired, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("demo")]
    public async Task A_listing_that_does_not_end_in_time_verifies_nothing_and_removes_nothing(string? cluster)
    {
        _mute.IsMute = (operation, region) => operation == "DescribeTags" && region == "us-east-1";
        var proof = await RemoveAsync(cluster);
        DemandNotVerified(proof, "us-east-1");
        Assert.Empty(_account.Removals);
        Assert.Equal(2, Live.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_terminate_call_without_an_answer_is_reported_as_not_known(bool hasEffect)
    {
        _mute.IsMute = (operation, _) => operation == "TerminateInstances";
        _mute.HasEffect = hasEffect;
        var proof = await RemoveAsync(null);
        DemandNotVerified(proof, "us-east-1");
        DemandNothingIsClaimed();
        Assert.Equal(2, proof.Residue.Count(resource => resource.Type == ResourceTypes.Instance));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_instances_by_id_a_terminate_call_without_an_answer_is_reported_as_not_known(bool hasEffect)
    {
        _mute.IsMute = (operation, _) => operation == "TerminateInstances";
        _mute.HasEffect = hasEffect;
        await _engine.Removal.RemoveInstancesAsync([.. Live.Select(id => new InstanceKey(id, "us-east-1"))], _account.Removals.Add, _account.Host, _end.Token);
        DemandNothingIsClaimed();
    }

    [Fact]
    public async Task Of_instances_by_id_a_listing_without_an_answer_removes_nothing_and_does_not_say_that_they_do_not_exist()
    {
        _mute.IsMute = (operation, _) => operation == "DescribeInstances";
        await _engine.Removal.RemoveInstancesAsync([.. Live.Select(id => new InstanceKey(id, "us-east-1"))], _account.Removals.Add, _account.Host, _end.Token);
        Assert.Equal([SpotRemovalOutcome.Failed, SpotRemovalOutcome.Failed], _account.Removals.Select(removal => removal.Outcome));
        Assert.DoesNotContain(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.InstanceNotFound);
        Assert.Equal(2, Live.Length);
    }

    [Fact]
    public async Task A_changing_call_ends_in_time_for_a_last_listing()
    {
        _mute.IsMute = (operation, _) => operation == "TerminateInstances";
        _mute.LeavesLastListing = true;
        var proof = await RemoveAsync(null);
        Assert.False(proof.Proven);
        Assert.Empty(proof.Unknown);
        DemandNothingIsClaimed();
        Assert.Equal(2, Live.Length);
    }

    [Fact]
    public async Task An_accepted_removal_whose_listing_does_not_end_in_time_is_not_verified()
    {
        // Asked for after the terminate call: what became of the instances.
        _mute.IsMute = (operation, region) => _mute.Answered.Contains("TerminateInstances") && region == "us-east-1";
        var proof = await RemoveAsync(null);
        DemandNotVerified(proof, "us-east-1");
        Assert.DoesNotContain(_account.Removals, removal => removal.Outcome is SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone);
        SpotRemoval[] instances = [.. _account.Removals.Where(removal => removal.Type == ResourceTypes.Instance)];
        Assert.Equal(2, instances.Length);
        Assert.All(instances, removal => Assert.Contains("is not verified as removed", removal.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_listings_of_a_proof_that_do_not_end_in_time_prove_nothing_and_what_was_removed_is_reported()
    {
        _mute.IsMute = (operation, region) => operation == "DescribeTags" && region == "us-east-1" && _mute.Answered.Contains("DeleteVpc");
        var proof = await RemoveAsync(null);
        DemandNotVerified(proof, "us-east-1");
        Assert.Equal(2, _account.Removals.Count(removal => removal is { Type: ResourceTypes.Instance, Outcome: SpotRemovalOutcome.Removed }));
        Assert.Empty(Live);
    }

    [Fact]
    public async Task The_time_of_the_plan_is_a_part_of_that_of_the_removal()
    {
        var scope = new RemovalScope();
        var plan = await _engine.Removal.PlanAsync(scope, _account.Host, _end.Token) with { Took = scope.Timeout };
        var proof = await Assert.ThrowsAsync<SpotException>(() => _engine.Removal.RemoveAsync(
            scope with { Plan = plan, ExpectedAccountId = plan.AccountId }, _account.Removals.Add, _account.Host, _end.Token));
        Assert.Contains(Expired, proof.Message, StringComparison.Ordinal);
        Assert.Equal(2, Live.Length);
    }

    [Fact]
    public async Task A_wait_ends_with_its_calls()
    {
        _mute.IsMute = (operation, _) => operation == "DescribeInstances";
        var reached = await _engine.Clusters.WaitAsync(
            [.. Live.Select(id => new InstanceKey(id, "us-east-1"))], WaitCondition.Running, TimeSpan.FromMinutes(10), _account.Host, _end.Token).CollectAsync();
        Assert.Empty(reached);
        Assert.Equal([SpotErrorIds.WaitTimedOut, SpotErrorIds.WaitTimedOut], _account.Host.Errors.Select(error => error.ErrorId));
    }

    [Fact]
    public async Task A_wait_for_an_id_does_not_say_that_it_does_not_exist_where_no_region_was_listed_in_time()
    {
        _mute.IsMute = (operation, _) => operation == "DescribeInstances";
        await _engine.Clusters.WaitAsync([new InstanceKey(Live[0], null)], WaitCondition.Running, TimeSpan.FromMinutes(10), _account.Host, _end.Token).CollectAsync();
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.WaitTimedOut);
        Assert.DoesNotContain(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.InstanceNotFound);
    }

    private string[] Live => [.. _account.Cloud.Region("us-east-1").LiveInstances.Select(instance => instance.Id)];

    private Task<SpotProof> RemoveAsync(string? cluster) =>
        _engine.Removal.RemoveAsync(new RemovalScope { ClusterName = cluster }, _account.Removals.Add, _account.Host, _end.Token);

    private void DemandNotVerified(SpotProof proof, string region)
    {
        Assert.False(proof.Proven);
        Assert.Null(proof.LastEmptyAt);
        Assert.Contains(proof.Unknown, line => line.StartsWith(region, StringComparison.Ordinal));
        Assert.Contains(_account.Host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
        Assert.Contains(_account.Host.Errors, error => error.Message.Contains(Expired, StringComparison.Ordinal));
    }

    private void DemandNothingIsClaimed()
    {
        SpotRemoval[] instances = [.. _account.Removals.Where(removal => removal.Type == ResourceTypes.Instance)];
        Assert.Equal(2, instances.Length);
        Assert.All(instances, removal =>
        {
            Assert.Equal(SpotRemovalOutcome.Failed, removal.Outcome);
            Assert.StartsWith($"It is not known whether {removal.Id} in us-east-1 was removed: ", removal.Reason, StringComparison.Ordinal);
            Assert.Contains(_account.Host.Errors, error => error.Target as string == removal.Id && error.Category == SpotErrorCategory.Timeout);
        });
    }

    /// <summary>Takes some calls and does not answer them; the time of the command is over then.</summary>
    private sealed class MuteCalls(HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        public ConcurrentQueue<string> Answered { get; } = [];

        public Func<string, string, bool> IsMute { get; set; } = (_, _) => false;

        public bool EndsTime { get; set; } = true;

        public bool LeavesLastListing { get; set; }

        /// <summary>Whether the call takes effect.</summary>
        public bool HasEffect { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            var operation = request.Headers.TryGetValues("X-Amz-Target", out var target)
                ? target.Single().Split('.').Last()
                : body.Split('&').SingleOrDefault(part => part.StartsWith("Action=", StringComparison.Ordinal))?.Substring("Action=".Length) ?? "";
            var isMute = IsMute(operation, request.RequestUri!.Host.Split('.')[1]);
            if (!isMute || HasEffect)
            {
                var answer = await base.SendAsync(request, cancellationToken);
                Answered.Enqueue(operation);
                if (!isMute)
                {
                    return answer;
                }
            }

            if (EndsTime)
            {
                CommandLimit.End(isWhole: !LeavesLastListing);
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("Nobody waits any more.");
        }
    }
}

/// <summary>The same at Vast.ai.</summary>
public sealed class VastTimeoutAttacks : VastStubTest
{
    private const string Expired = "the time limit of the command (";

    private readonly CancellationTokenSource _end = new(TimeSpan.FromMinutes(2));
    private readonly VastService _service;
    private readonly RecordingHost _host = new();
    private readonly List<SpotRemoval> _removals = [];
    private Func<StubCall, bool> _isMute = _ => false;
    private bool _endsTime = true;

    public VastTimeoutAttacks()
    {
        Stub.Add(1, 2);
        Stub.Hang = (call, token) =>
        {
            if (!_isMute(call))
            {
                return Task.CompletedTask;
            }

            if (_endsTime)
            {
                CommandLimit.End();
            }

            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        _service = Open(change: options => options with { Probe = (_, _, _) => Task.FromResult(true) });
    }

    public override void Dispose()
    {
        _service.Dispose();
        _end.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task The_time_of_a_removal_and_of_its_plan_begins_with_the_first_call()
    {
        _isMute = _ => true;
        _endsTime = false;
        var scope = new RemovalScope { Provider = SpotProvider.Vast, Timeout = TimeSpan.FromSeconds(0.05) };
        foreach (var work in new Func<Task>[]
        {
            () => Service.PlanAsync(scope, _host, _end.Token),
            () => Service.RemoveAsync(scope, _removals.Add, _host, _end.Token),
            () => _service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast, Timeout = scope.Timeout }, _removals.Add, _host, _end.Token),
            () => _service.PlanRemovalAsync(new RemovalScope { Provider = SpotProvider.Vast, Timeout = scope.Timeout }, _host, _end.Token),
        })
        {
            var error = await Assert.ThrowsAsync<SpotException>(work);
            Assert.Equal(SpotErrorCategory.Timeout, error.Category);
            Assert.Contains("the time limit of the command (0.05 s) expired.", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_listing_that_does_not_end_in_time_removes_nothing()
    {
        _isMute = IsList;
        foreach (var work in new Func<Task>[]
        {
            () => Service.PlanAsync(Scope, _host, _end.Token),
            () => Service.RemoveAsync(Scope, _removals.Add, _host, _end.Token),
            () => _service.RemoveAllAsync(new RemovalScope { Provider = SpotProvider.Vast }, _removals.Add, _host, _end.Token),
            () => _service.RemoveInstancesAsync([new InstanceKey("1", null, SpotProvider.Vast)], _removals.Add, _host, _end.Token),
        })
        {
            Assert.Contains(Expired, (await Assert.ThrowsAsync<SpotException>(work)).Message, StringComparison.Ordinal);
        }

        Assert.Empty(_removals);
        Assert.Equal([1, 2], Stub.Instances.Keys);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_destroy_call_without_an_answer_is_reported_as_not_known(bool isById)
    {
        _isMute = call => call.Method == "DELETE";
        if (isById)
        {
            await _service.RemoveInstancesAsync([Key(1), Key(2)], _removals.Add, _host, _end.Token);
        }
        else
        {
            DemandNotVerified(await Service.RemoveAsync(Scope, _removals.Add, _host, _end.Token));
        }

        Assert.Equal(2, _removals.Count);
        Assert.All(_removals, removal => Assert.Equal(SpotRemovalOutcome.Failed, removal.Outcome));
        Assert.Contains(_removals, removal => removal.Reason!.StartsWith($"It is not known whether instance {removal.Id} was destroyed: ", StringComparison.Ordinal));
        Assert.Equal([1, 2], Stub.Instances.Keys);
    }

    [Fact]
    public async Task A_listing_after_the_destroy_calls_that_does_not_end_in_time_verifies_nothing()
    {
        _isMute = call => IsList(call) && Stub.Calls.Exists(one => one.Method == "DELETE");
        DemandNotVerified(await Service.RemoveAsync(Scope, _removals.Add, _host, _end.Token));
        Assert.Equal(2, _removals.Count);
        Assert.All(_removals, removal => Assert.Contains("is not verified as destroyed", removal.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_second_listing_of_a_proof_that_does_not_end_in_time_verifies_nothing()
    {
        _isMute = call => IsList(call) && _removals.Count == 2;
        DemandNotVerified(await Service.RemoveAsync(Scope, _removals.Add, _host, _end.Token));
        Assert.All(_removals, removal => Assert.Equal(SpotRemovalOutcome.Removed, removal.Outcome));
    }

    [Fact]
    public async Task Volumes_whose_listing_does_not_end_in_time_are_not_verified_and_the_instances_are_reported()
    {
        Stub.Volumes.Add(new Newtonsoft.Json.Linq.JObject { ["id"] = 9, ["disk_space"] = 10, ["label"] = "data" });
        _isMute = call => call.Method == "GET" && call.Path.Contains("/volumes", StringComparison.Ordinal) && Stub.Instances.Count == 0;
        var proof = await Service.RemoveAsync(Scope with { IncludeVolume = true }, _removals.Add, _host, _end.Token);
        Assert.False(proof.Proven);
        Assert.Equal(["9"], proof.Residue.Select(resource => resource.Id));
        Assert.Contains(proof.Unknown, line => line.StartsWith("volumes: ", StringComparison.Ordinal));
        Assert.Equal(2, _removals.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed && removal.Type == "instance"));
        Assert.DoesNotContain(_removals, removal => removal.Id == "9");
    }

    [Fact]
    public async Task A_wait_ends_with_its_calls()
    {
        _isMute = IsList;
        Assert.Empty(await _service.WaitAsync([Key(1)], WaitCondition.Running, TimeSpan.FromMinutes(10), _host, _end.Token).CollectAsync());
        var error = Assert.Single(_host.Errors);
        Assert.Equal(SpotErrorIds.WaitTimedOut, error.ErrorId);
        Assert.Contains(Expired, error.Message, StringComparison.Ordinal);
    }

    private static RemovalScope Scope { get; } = new() { Provider = SpotProvider.Vast };

    private VastRemovalService Service => new(_service);

    private static bool IsList(StubCall call) => call.Method == "GET" && call.Path.Contains("/instances", StringComparison.Ordinal);

    private static InstanceKey Key(long id) => new(id.ToString(CultureInfo.InvariantCulture), null, SpotProvider.Vast);

    private void DemandNotVerified(SpotProof proof)
    {
        Assert.False(proof.Proven);
        Assert.Contains(_host.Errors, error => error.ErrorId == SpotErrorIds.RemovalNotProven);
        Assert.Contains(_host.Errors, error => error.Message.Contains(Expired, StringComparison.Ordinal));
    }
}
