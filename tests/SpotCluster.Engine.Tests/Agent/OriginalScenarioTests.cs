using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Model.Agent;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>This agent with the original's backend, through the scenarios of the guide and what went wrong in them.</summary>
public sealed class OriginalScenarioTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("spotcluster-original-");
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions { Throttling = false });
    private readonly OriginalBackend _backend;
    private readonly string _primary;
    private readonly List<SpotException> _errors = [];

    public OriginalScenarioTests()
    {
        _backend = new OriginalBackend(_cloud.Clock);
        _primary = Add();
    }

    [Fact]
    public async Task Scenario_1_from_enabling_manual_mode_to_terminated()
    {
        _backend.Enroll(_primary);
        var replica = await ReadyReplicaAsync();
        _backend.Configure(manual: false);
        await PassAsync();
        Assert.Equal(("terminated", "running"), (StateOf(replica.InstanceId), StateOf(_primary)));
        Assert.True(replica.Confirmed);
        Assert.Single(_backend.Events, item => item == ("instance_terminated", replica.InstanceId));

        // A confirmed replica comes back every five minutes, also when EC2 has forgotten it: that is no failure.
        for (var round = 0; round < 30; round++)
        {
            Pass(TimeSpan.FromMinutes(6));
            await PassAsync();
        }

        Assert.DoesNotContain(_backend.Events, item => item.Type == "instance_termination_failed");
        Assert.Empty(_errors);
        Assert.Equal(1, Terminations);
    }

    [Fact]
    public async Task Scenario_2_promotion_and_the_end_of_the_old_primary()
    {
        _backend.Enroll(_primary);
        var replica = await ReadyReplicaAsync();
        _backend.Promote(replica);
        await PassAsync();
        Assert.Equal("running", StateOf(_primary));
        Pass(TimeSpan.FromSeconds(300));
        await PassAsync();
        Assert.Equal(("terminated", "running"), (StateOf(_primary), StateOf(replica.InstanceId)));
        Assert.Equal("terminated", _backend.Machines[_primary].Status);
        Assert.Equal("running_primary", _backend.Machines[replica.InstanceId].Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Automatic_switching_lists_the_promoted_replica_and_it_lives(bool onOldPrimary)
    {
        _backend.Enroll(_primary);
        var replica = await ReadyReplicaAsync();
        _backend.Promote(replica);
        _backend.Configure(autoSwitch: true);
        for (var round = 0; round < 4; round++)
        {
            await PassAsync(options => options with { InstanceId = onOldPrimary ? _primary : null });
            Pass(TimeSpan.FromMinutes(6));
        }

        Assert.Equal("running", StateOf(replica.InstanceId));

        // The agent on the new primary, or one that runs on none, does the rest of the work all the same.
        await PassAsync(options => options with { InstanceId = replica.InstanceId });
        Assert.Equal(("running", "terminated"), (StateOf(replica.InstanceId), StateOf(_primary)));
    }

    [Fact]
    public async Task Scenario_3_nothing_is_terminated_while_auto_terminate_is_off()
    {
        _backend.Enroll(_primary);
        _backend.Configure(autoTerminate: false);
        var replica = await ReadyReplicaAsync();
        _backend.Configure(manual: false);
        await PassAsync();
        Pass(TimeSpan.FromDays(1));
        await PassAsync();
        Assert.Equal("running", StateOf(replica.InstanceId));
        _backend.Configure(autoTerminate: true);
        await PassAsync();
        Assert.Equal(("terminated", "running"), (StateOf(replica.InstanceId), StateOf(_primary)));
    }

    [Fact]
    public async Task Registration_changes_only_what_is_known_and_a_look_changes_nothing()
    {
        _backend.Enroll(_primary);
        var before = _backend.Agent.ToString();
        using var metadata = _cloud.CreateMetadataHandler(_primary);
        AgentOptions Named(AgentOptions options) => options with { AgentId = null, LogicalAgentId = "web-1", Region = null, MetadataTransport = metadata };
        await PassAsync(Named, new PassScope { WhatIf = true });
        Assert.Equal(before, _backend.Agent.ToString());
        Assert.Empty(_backend.Events);
        Assert.All(_backend.Calls, call => Assert.Equal(HttpMethod.Get, call.Method));

        await PassAsync(Named);
        Assert.Equal(
            ("t3.micro", "us-east-1a", "spot", "4.1.0"),
            ((string)_backend.Agent["instance_type"]!, (string)_backend.Agent["az"]!, (string)_backend.Agent["mode"]!, (string)_backend.Agent["agent_version"]!));
        Assert.DoesNotContain(_backend.Events, item => item.Type == "validation_error");

        // A replaced machine's agent moves nothing.
        var replica = await ReadyReplicaAsync();
        _backend.Promote(replica);
        var row = _backend.Agent.ToString();
        await PassAsync(Named);
        Assert.Equal(row, _backend.Agent.ToString());
    }

    [Fact]
    public async Task A_zombie_of_another_client_is_left_to_its_own_agent()
    {
        _backend.Enroll(_primary);
        var foreign = Add();
        _backend.Machines[foreign] = new OriginalBackend.Machine(foreign, "c-2") { Status = "zombie", IsActive = false, IsPrimary = false, UpdatedAt = _cloud.Clock.GetUtcNow() };
        Pass(TimeSpan.FromMinutes(10));
        var pass = await PassAsync();
        Assert.Equal("ForeignClient", Assert.Single(pass.Removals).Code);
        Assert.Equal("running", StateOf(foreign));
    }

    [Fact]
    public async Task A_replica_that_ends_while_it_is_launched_does_not_run_on()
    {
        _backend.Enroll(_primary);
        _backend.Configure(manual: true);
        _cloud.Faults.Add(new SpotCluster.Simulator.Faults.FaultRule { Operation = "RunInstances", Action = SpotCluster.Simulator.Faults.FaultAction.ResetAfter });
        await Record.ExceptionAsync(() => PassAsync());
        _cloud.Faults.Clear();
        _backend.Configure(manual: false);
        for (var round = 0; round < 4; round++)
        {
            Pass(TimeSpan.FromMinutes(6));
            await PassAsync();
        }

        Assert.All(_cloud.Region(AgentLab.Region).Instances.Where(machine => machine.Id != _primary), machine => Assert.Equal("terminated", machine.State));
        Assert.Equal("running", StateOf(_primary));
        Assert.Equal(2, _cloud.Region(AgentLab.Region).Instances.Count);
    }

    public void Dispose()
    {
        _cloud.Dispose();
        _backend.Dispose();
        _state.Delete(recursive: true);
    }

    private int Terminations => _cloud.Calls.Calls.Count(call => call.Operation == "TerminateInstances");

    private void Pass(TimeSpan time) => ((SimulatedClock)_cloud.Clock).Advance(time);

    private string Add()
    {
        var id = _cloud.Region(AgentLab.Region).AddInstances(1, tags: [AgentLab.Tag]).Single();
        Pass(TimeSpan.FromMinutes(1));
        return id;
    }

    // What EC2 has forgotten is gone.
    private string StateOf(string id) => _cloud.Region(AgentLab.Region).Instances.SingleOrDefault(machine => machine.Id == id)?.State ?? "terminated";

    private async Task<OriginalBackend.Replica> ReadyReplicaAsync()
    {
        _backend.Configure(manual: true);
        await PassAsync();
        Pass(TimeSpan.FromMinutes(1));
        await PassAsync();
        Pass(TimeSpan.FromMinutes(1));
        return Assert.Single(_backend.Replicas, replica => replica is { Status: "ready", IsActive: true });
    }

    private async Task<AgentPass> PassAsync(Func<AgentOptions, AgentOptions>? with = null, PassScope? scope = null)
    {
        using var engine = new SpotEngine(new EngineOptions { Transport = _cloud.CreateHandler(), Clock = _cloud.Clock, Settings = new SpotSettings() });
        var options = new AgentOptions
        {
            ServerUrl = new Uri("http://127.0.0.1:1/"),
            Token = new AgentToken("secret-token-of-the-agent"),
            AgentId = OriginalBackend.AgentId,
            Region = AgentLab.Region,
            CleanupEnabled = false,
            Jitter = () => 0,
            BackendTransport = _backend,
            StateDirectory = _state.FullName,
        };
        using var agent = engine.OpenAgent(with?.Invoke(options) ?? options, SilentAgentLog.Instance);
        return await agent.RunPassAsync(scope ?? new PassScope(), null, new Collector(_errors), CancellationToken.None);
    }

    private sealed class Collector(List<SpotException> errors) : IOperationHost
    {
        public void Verbose(string message)
        {
        }

        public void Debug(string message)
        {
        }

        public void Warning(string message)
        {
        }

        public void Error(SpotException error) => errors.Add(error);

        public void Progress(OperationProgress progress)
        {
        }
    }
}
