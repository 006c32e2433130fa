using System.Diagnostics.Metrics;
using SpotCluster.Engine.Agent;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>The agent as a service: registration, the loop, interruption notices, log, numbers.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task It_registers_its_machine_and_learns_its_id_and_never_terminates_it()
    {
        using var lab = new AgentLab();
        var own = lab.Add();
        using var metadata = lab.Cloud.CreateMetadataHandler(own);
        lab.Options = lab.Options with { AgentId = null, LogicalAgentId = "web-1", Region = null, MetadataTransport = metadata };
        lab.Backend.Other = _ => ScriptedBackend.Json("""{"agent_id":"agent-1","client_id":"c-1","config":{"enabled":1}}""");
        lab.Backend.Primary = own;
        lab.Backend.Hand(own);
        var pass = await lab.PassAsync();
        Assert.Equal(("agent-1", AgentLab.Region), (pass.AgentId, pass.Region));
        Assert.Equal("OwnInstance", Assert.Single(pass.Removals).Code);
        Assert.Equal("running", lab.StateOf(own));
        var (path, body) = lab.Backend.Others[0];
        Assert.Equal("/api/agents/register", path);
        Assert.Equal((own, "us-east-1"), ((string)body["instance_id"]!, (string)body["region"]!));

        // The original refuses unknown fields; a backend with a token for each agent is told the account.
        Assert.Equal(
            ["agent_version", "ami_id", "az", "client_token", "hostname", "instance_id", "instance_type", "logical_agent_id", "mode", "private_ip", "public_ip", "region"],
            body.Properties().Select(property => property.Name).Order());
        lab.Backend.Others.Clear();
        lab.Backend.Owner = () => ScriptedBackend.Json("""{"valid":true,"client_id":"c-1","agent_id":"agent-1","logical_agent_id":"web-1"}""");
        using var again = lab.Open();
        await again.RegisterAsync(CancellationToken.None);
        Assert.Equal(AgentLab.Account, (string)lab.Backend.Others[0].Body["account_id"]!);
        body = lab.Backend.Others[0].Body;

        // What EC2 says, and the version that the guide asks for: whatever is registered replaces what the original has.
        Assert.Equal(("t3.micro", "us-east-1a", "spot", "4.1.0"), ((string)body["instance_type"]!, (string)body["az"]!, (string)body["mode"]!, (string)body["agent_version"]!));
        Assert.DoesNotContain("unknown", body.ToString(), StringComparison.Ordinal);

        // Null addresses are left out: the original refuses them.
        Assert.All(body.Properties(), property => Assert.NotEqual(Newtonsoft.Json.Linq.JTokenType.Null, property.Value.Type));
    }

    [Fact]
    public async Task A_pass_that_hangs_is_canceled_and_the_next_one_begins()
    {
        using var lab = new AgentLab();
        using var stop = new CancellationTokenSource();
        var machine = new SilentMachine(() => stop.Cancel());
        using var agent = new CleanupAgent(lab.Options with { AgentId = null, LogicalAgentId = "web-1" }, _ => throw new NotSupportedException(), machine, AgentLab.Region, lab.Cloud.Clock, new AgentLab.ListLog(lab.Log), lab.Cloud.Clock);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new AgentLoop(agent, lab.Cloud.Clock, null, SilentHost.Instance).RunAsync(stop.Token));
        Assert.Equal(3, machine.Asked);
        Assert.Contains(lab.Log, entry => entry.Event == "pass_failed" && entry.Message.Contains("canceled after 60 minutes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_interruption_notice_is_told_once_and_runs_the_command_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The command of this test is one of a Unix shell");
        using var lab = new AgentLab();
        var own = lab.Add();
        using var metadata = lab.Cloud.CreateMetadataHandler(own);
        var proof = Path.Combine(lab.State, "proof");
        lab.Options = lab.Options with
        {
            MetadataTransport = metadata,
            InterruptionCommand = $"echo \"$SPOTCLUSTER_INSTANCE_ID $SPOTCLUSTER_ACTION $SPOTCLUSTER_TIME\" >> '{proof}'; exit 3",
        };
        lab.Cloud.Interrupt(own);
        using var agent = lab.Open();
        using var stop = new CancellationTokenSource();
        var clock = lab.Cloud.Clock;
        var run = new InterruptionWatch(agent, clock).RunAsync(stop.Token);

        // Two minutes after the notice the machine is gone, and its metadata service with it.
        while (!lab.HasLogged("hook"))
        {
            await Task.Yield();
        }

        await Task.Delay(TimeSpan.FromSeconds(30), clock, CancellationToken.None);
        await stop.CancelAsync();
        await run;
        var line = Assert.Single(await File.ReadAllLinesAsync(proof));
        Assert.Matches($@"^{own} terminate 2026-01-01T\d\d:\d\d:\d\dZ$", line);
        Assert.Contains(lab.Log, entry => entry.Level == AgentLogLevel.Error && entry.Message.Contains("exit code 3", StringComparison.Ordinal));
        var (path, body) = Assert.Single(lab.Backend.Others);
        Assert.Equal("/api/agents/agent-1/termination-imminent", path);
        Assert.Equal(own, (string)body["instance_id"]!);
    }

    [Fact]
    public async Task The_loop_goes_on_after_failures_and_ends_when_it_is_stopped()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        var polls = 0;
        using var stop = new CancellationTokenSource();
        lab.Backend.List = () => ++polls switch
        {
            1 => throw new HttpRequestException("down"),
            <= 3 => throw new HttpRequestException("down"),
            4 => ScriptedBackend.Html(400),
            5 => ScriptedBackend.Json($$"""{"auto_terminate_enabled":1,"instances":[{"instance_id":"{{id}}","reason":"zombie_timeout"}]}"""),
            _ => ScriptedBackend.Json("""{"auto_terminate_enabled":1,"instances":[]}"""),
        };
        var passes = 0;
        using var agent = lab.Open();
        var numbers = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (instrument.Meter == agent.Metrics.Meter)
            {
                to.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) =>
            numbers.Add(string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")])));
        listener.Start();
        await agent.RunAsync(
            _ =>
            {
                if (++passes == 2)
                {
                    stop.Cancel();
                }
            },
            SilentHost.Instance,
            stop.Token);
        Assert.Equal("terminated", lab.StateOf(id));
        Assert.Equal(2, lab.Log.Count(entry => entry.Event == "pass_failed"));
        Assert.Equal("stopped", lab.Log[^1].Event);
        Assert.Contains("spotcluster_agent_terminations_total result=terminated reason=zombie_timeout", numbers);
        Assert.Equal(2, numbers.Count(number => number == "spotcluster_agent_polls_total result=failed"));
    }

    [Fact]
    public void The_log_has_the_original_s_form_keeps_to_its_line_and_is_rotated()
    {
        var entry = new AgentLogEntry(
            new DateTimeOffset(2026, 1, 1, 12, 0, 0, 5, TimeSpan.Zero), AgentLogLevel.Info, "terminating", "Cleanup: Terminating i-1 (reason: x\nERROR fake)",
            new Dictionary<string, string?> { ["instance_id"] = "i-1" });
        Assert.Equal("2026-01-01 12:00:00,005 - spot_agent - INFO - Cleanup: Terminating i-1 (reason: x ERROR fake)", entry.ToText());
        var json = Newtonsoft.Json.Linq.JObject.Parse(entry.ToJson());
        Assert.Equal(("terminating", "i-1", "INFO"), ((string)json["event"]!, (string)json["instance_id"]!, (string)json["level"]!));

        var folder = Directory.CreateTempSubdirectory("spotcluster-log-");
        try
        {
            var path = Path.Combine(folder.FullName, "agent.log");
            using (var log = new AgentLogFile(path, largest: 1000))
            {
                for (var line = 0; line < 60; line++)
                {
                    log.Write(entry);
                }
            }

            Assert.Equal(6, folder.GetFiles().Length);
            Assert.All(folder.GetFiles(), file => Assert.InRange(file.Length, 1, 1000));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A machine that never answers who it is.</summary>
    private sealed class SilentMachine(Action onThird) : IHostMachine
    {
        public int Asked { get; private set; }

        public async Task<HostIdentity?> GetIdentityAsync(CancellationToken cancellationToken)
        {
            if (++Asked == 3)
            {
                onThird();
            }

            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return null;
        }

        public Task<InterruptionNotice?> GetInterruptionAsync(CancellationToken cancellationToken) => Task.FromResult<InterruptionNotice?>(null);
    }
}
