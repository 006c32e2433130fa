using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>What the agent refuses although the backend asks for it.</summary>
public sealed class GuardTests
{
    public static TheoryData<string, string> Refusals => new()
    {
        { "own", "OwnInstance" },
        { "primary", "PrimaryInstance" },
        { "account", "ForeignAccount" },
        { "region", "ForeignRegion" },
        { "untagged", "TagMissing" },
        { "other value", "TagMissing" },
        { "backend's tag", "TagMissing" },
        { "DoNotTerminate", "TaggedProtected" },
        { "protect-until", "TaggedProtected" },
        { "unreadable protect-until", "TaggedProtected" },
        { "protected", "OperationNotPermitted" },
        { "launched later", "LaunchedAfterMarking" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Is_not_terminated(string what, string code)
    {
        using var lab = new AgentLab();
        var region = lab.Cloud.Region(AgentLab.Region);
        var id = what switch
        {
            "untagged" => region.AddInstances(1).Single(),
            "other value" => region.AddInstances(1, tags: ("ManagedBy", "somebody")).Single(),
            "DoNotTerminate" => lab.Add(("DoNotTerminate", "")),
            "protect-until" => lab.Add(("spotcluster:protect-until", "2026-02-01T00:00:00Z")),
            "unreadable protect-until" => lab.Add(("spotcluster:protect-until", "tomorrow")),

            // EC2 protects no spot machine.
            "protected" => region.AddInstances(1, spot: false, tags: AgentLab.Tag).Single(),
            _ => lab.Add(),
        };
        if (what == "protected")
        {
            region.Call("ModifyInstanceAttribute", ("InstanceId", id), ("DisableApiTermination.Value", "true"));
        }

        if (what == "own")
        {
            lab.Options = lab.Options with { InstanceId = id };
        }

        var primary = what == "primary" ? $"\"{id}\"" : "null";
        lab.Backend.Standing = () => ScriptedBackend.Json($$"""{"instance_id":{{primary}},"config":{"enabled":true,"auto_terminate_enabled":true} }""");

        var account = what == "account" ? "999999999999" : AgentLab.Account;
        var place = what == "region" ? "eu-west-1" : AgentLab.Region;
        var marked = what == "launched later" ? "2025-12-31T00:00:00Z" : "2026-06-01T00:00:00+02:00";
        var tag = what == "backend's tag" ? "\"Team=web\"" : "null";
        lab.Backend.List = () => ScriptedBackend.Json(
            $$"""
            {"auto_terminate_enabled":true,"required_tag":{{tag}},"instances":[{"instance_id":"{{id}}","reason":"zombie_timeout","claim_id":"c1",
             "lease_seconds":300,"account_id":"{{account}}","region":"{{place}}","marked_at":"{{marked}}"}]}
            """);
        var pass = await lab.PassAsync();

        Assert.Equal((SpotRemovalOutcome.Skipped, code), pass.Removals.Select(removal => (removal.Outcome, removal.Code)).Single());
        Assert.Equal("running", lab.StateOf(id));
        Assert.Equal(0, lab.Terminations);
        Assert.Equal(SpotErrorIds.TerminationRefused, Assert.Single(lab.Errors).ErrorId);
        var report = Assert.Single(lab.Backend.Reports);
        Assert.Equal(("refused", code, "c1"), ((string)report["outcome"]!, (string)report["error_code"]!, (string)report["claim_id"]!));
        Assert.False((bool)report["success"]!);
    }

    [Theory]
    [InlineData("DoNotTerminate", "false")]
    [InlineData("spotcluster:protect-until", "2025-12-01T00:00:00Z")]
    public async Task Protection_that_is_lifted_or_over_protects_no_more(string key, string value)
    {
        using var lab = new AgentLab();
        var id = lab.Add((key, value));
        lab.Backend.Hand(id);
        await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(id));
    }

    [Fact]
    public async Task The_hourly_limit_holds_across_restarts_and_a_damaged_file_counts_as_full()
    {
        using var lab = new AgentLab();
        lab.Options = lab.Options with { MaxTerminationsPerHour = 2 };
        var ids = Enumerable.Range(0, 5).Select(_ => lab.Add()).ToArray();
        lab.Backend.Hand(ids);
        await lab.PassAsync();
        Assert.Equal(2, lab.Terminations);
        Assert.Contains("limit of 2", (await lab.PassAsync()).Idle, StringComparison.Ordinal);
        ((SimulatedClock)lab.Cloud.Clock).Advance(TimeSpan.FromHours(1));
        lab.Backend.Hand(ids[2..]);
        await lab.PassAsync();
        Assert.Equal(4, lab.Terminations);

        ((SimulatedClock)lab.Cloud.Clock).Advance(TimeSpan.FromHours(2));
        var pace = Directory.GetFiles(lab.State, "pace.json", SearchOption.AllDirectories).Single();
        File.WriteAllText(pace, "not json");
        File.SetLastWriteTimeUtc(pace, lab.Cloud.Clock.GetUtcNow().UtcDateTime);
        Assert.NotNull((await lab.PassAsync()).Idle);
        Assert.Equal(4, lab.Terminations);
    }

    [Fact]
    public async Task An_agent_that_was_replaced_or_is_bound_elsewhere_asks_for_nothing()
    {
        using var lab = new AgentLab();
        var (own, next) = (lab.Add(), lab.Add());
        lab.Backend.Hand(own, next);
        lab.Options = lab.Options with { InstanceId = own };
        lab.Backend.Standing = () => ScriptedBackend.Json($$"""{"instance_id":"{{next}}","config":{"enabled":true,"auto_terminate_enabled":true} }""");
        Assert.Contains("replaced", (await lab.PassAsync()).Idle, StringComparison.Ordinal);

        lab.Backend.Standing = () => ScriptedBackend.Json("""{"account_id":"999999999999","config":{"enabled":true,"auto_terminate_enabled":true} }""");
        Assert.Equal(SpotErrorIds.AccountNotAllowed, (await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync())).ErrorId);
        lab.Backend.Standing = () => ScriptedBackend.Json("""{"region":"eu-west-1","config":{"enabled":true,"auto_terminate_enabled":true} }""");
        Assert.Equal(SpotErrorIds.AgentScopeMismatch, (await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync())).ErrorId);
        Assert.Equal(0, lab.Terminations);
        Assert.DoesNotContain(lab.Backend.Requests, request => request.RequestUri!.AbsolutePath.EndsWith("instances-to-terminate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_processes_never_work_as_one_agent()
    {
        using var lab = new AgentLab();
        using var held = AgentState.Open(lab.State, lab.Options.ServerUrl, "agent-1", lab.Cloud.Clock);
        Assert.Equal(SpotErrorIds.AgentBusy, (await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync())).ErrorId);

        // A look disturbs nobody.
        lab.Backend.Hand(lab.Add());
        Assert.Equal(1, (await lab.PassAsync(new PassScope { WhatIf = true })).Found);
    }

    [Fact]
    public async Task A_throttled_account_gets_rest_and_the_others_are_left()
    {
        using var lab = new AgentLab();
        var ids = new[] { lab.Add(), lab.Add() };
        lab.Backend.Hand(ids);
        lab.Cloud.Faults.Add(new FaultRule { Operation = "TerminateInstances", Action = FaultAction.Throttle });
        var error = await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync());
        Assert.Equal(SpotErrorIds.RequestThrottled, error.ErrorId);
        Assert.All(ids, id => Assert.Equal("running", lab.StateOf(id)));
        Assert.Single(lab.Backend.Reports);
    }
}
