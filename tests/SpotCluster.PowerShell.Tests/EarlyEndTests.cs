namespace SpotCluster.PowerShell.Tests;

/// <summary>
/// A pipeline that ends early leaves nothing half done in silence: what destroys or switches is finished although a later command
/// wants no more objects, and what creates reports what exists.
/// </summary>
public sealed class EarlyEndTests
{
    private const string Demo = "$null = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4";
    private const string Gpus = "$null = New-SpotCluster auto -Provider Vast -Count 3 -MaxHourlyPrice 5 -Force; $ids = (Get-SpotInstance -Provider Vast).Id";

    // Every command that changes something: what begins it, the command, and what must be true afterwards.
    private static readonly Dictionary<string, (string Setup, string Command, string Expectation)> Finished = new()
    {
        ["Remove-SpotCluster"] = (Demo, "Remove-SpotCluster demo -Force", "-not (Get-SpotResource)"),
        ["Remove-SpotInstance"] = (Demo, "Get-SpotInstance | Remove-SpotInstance -Force", "-not (Get-SpotInstance)"),
        ["Invoke-SpotNuke"] = (Demo, "Invoke-SpotNuke -Force", "-not (Get-SpotResource)"),
        ["Stop-SpotInstance"] = (Gpus, "Stop-SpotInstance $ids", "@(Get-SpotInstance -Provider Vast | Where-Object State -eq Stopped).Count -eq 3"),
        ["Start-SpotInstance"] = (
            Gpus + "; $null = Stop-SpotInstance $ids", "Start-SpotInstance $ids", "@(Get-SpotInstance -Provider Vast | Where-Object State -eq Stopped).Count -eq 0"),
        ["Restart-SpotInstance"] = (Gpus, "Restart-SpotInstance $ids", "@(Get-SpotInstance -Provider Vast).Count -eq 3"),
        ["Set-SpotCluster"] = (
            Demo, "Set-SpotCluster demo -ProtectUntil (Get-Date).AddDays(1)", "@(Get-SpotResource | Where-Object { -not $_.Tags['spotcluster:protect-until'] }).Count -eq 0"),
        ["Resize-SpotCluster"] = (Demo, "Resize-SpotCluster demo -Count 1 -Force", "@(Get-SpotInstance).Count -eq 1"),
    };

    // What does not go on: the reason.
    private static readonly Dictionary<string, string> Others = new()
    {
        ["New-SpotCluster"] = "writes its cluster when it is launched",
        ["New-SpotInstance"] = "reports what exists: tested below",
        ["Invoke-SpotJob"] = "destroys its instance: tested below",
        ["Set-SpotInstance"] = "changes one instance at a time, and costs nothing",
        ["Copy-SpotItem"] = "writes nothing",
        ["Watch-SpotCluster"] = "is ended by what reads it",
        ["Invoke-SpotCommand"] = "runs what the caller wrote",
        ["Connect-SpotSso"] = "writes one row at its end",
        ["Connect-SpotVast"] = "writes one row at its end",
        ["Export-SpotReport"] = "writes one row at its end",
        ["Measure-SpotCost"] = "acts after it has written",
        ["New-SpotConfiguration"] = "writes one row at its end",
        ["Register-SpotAgent"] = "writes one row at its end",
        ["Reset-SpotAgentToken"] = "writes one row at its end",
        ["Set-SpotAgent"] = "writes one row at its end",
        ["Unregister-SpotAgent"] = "writes nothing",
        ["Resume-SpotTermination"] = "writes one row at its end",
        ["Invoke-SpotCleanup"] = "has decisions in a file, and goes on with them",
        ["Start-SpotCleanupAgent"] = "has decisions in a file, and goes on with them",
    };

    public static TheoryData<string, bool> Commands
    {
        get
        {
            var rows = new TheoryData<string, bool>();
            foreach (var command in Finished.Keys)
            {
                rows.Add(command, false);
                rows.Add(command, true);
            }

            return rows;
        }
    }

    [Fact]
    public void Every_command_that_changes_something_is_in_the_table()
    {
        using var session = new ModuleSession();
        var commands = session.Run("(Get-Command -Module SpotCluster | Where-Object { $_.Parameters.ContainsKey('WhatIf') }).Name").Texts;
        Assert.Equal(commands.Order(StringComparer.Ordinal), Finished.Keys.Concat(Others.Keys).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_later_command_does_not_end_what_was_begun(string command, bool fails)
    {
        var (setup, script, expectation) = Finished[command];
        using var session = new ModuleSession();
        session.Must(setup);
        var outcome = session.Run($"{script} | {(fails ? "ForEach-Object { throw 'enough' }" : "Select-Object -First 1")}");
        if (fails)
        {
            Assert.Contains("enough", outcome.Errors[0].ToString(), StringComparison.Ordinal);
        }
        else
        {
            Assert.Empty(outcome.Errors);
            Assert.Single(outcome.Output);
        }

        Assert.DoesNotContain("ended early", session.Shown, StringComparison.Ordinal);
        Assert.Equal("True", Assert.Single(session.Must(expectation)).ToString());
    }

    [Theory]
    [InlineData("Select-Object -First 1")]
    [InlineData("ForEach-Object { throw 'enough' }")]
    public void Ctrl_C_ends_it_also_after_a_later_command_wanted_no_more(string later)
    {
        using var session = new ModuleSession();
        var shown = session.Interrupt(Demo, $"Remove-SpotCluster demo -Force | {later}", "DeleteVpc");
        Assert.Matches(@"(Interrupted|The pipeline ended early)\. \d+ of \d+ resources are removed; the remaining ones cost at most \d.* To finish: Remove-SpotCluster demo", shown);
    }

    [Theory]
    [InlineData("", "New-SpotCluster demo -Region us-east-1 -Count 2", "CreateVpc", "per hour. To remove them: Remove-SpotCluster demo")]
    [InlineData("", "New-SpotCluster auto -Provider Vast -MaxHourlyPrice 5 -Force", "CreateInstance", "per hour. To remove them: Remove-SpotCluster auto")]
    [InlineData("", "Find-SpotOffer t3.micro -Region us-east-1 -NoScore | Select-Object -First 1 | New-SpotInstance", "CreateVpc", "per hour. To remove it: Remove-SpotCluster node-")]
    [InlineData("", "Find-SpotOffer -Provider Vast -Limit 1 | New-SpotInstance -Force -Wait", "CreateInstance", "per hour. To see it: Get-SpotInstance -Provider Vast")]
    [InlineData("", "Invoke-SpotJob 'sleep 30' -MaxHourlyPrice 5 -Force", "CreateInstance", "it costs at most 5 USD per hour. To verify: Remove-SpotCluster job-")]
    [InlineData(Demo, "Get-SpotInstance | Remove-SpotInstance -Force", "TerminateInstances", "per hour. To finish: Remove-SpotInstance i-")]
    [InlineData(Demo, "Invoke-SpotNuke -Force", "TerminateInstances", "per hour. To finish: Invoke-SpotNuke")]
    [InlineData(Demo, "Resize-SpotCluster demo -Count 6", "CreateTags", "To finish it: Resize-SpotCluster demo -Repair")]
    [InlineData(Demo, "Set-SpotCluster demo -ExpiresIn 8h", "CreateTags", "run the same command again")]
    [InlineData(Demo + " -Wait", "Get-SpotInstance | Restart-SpotInstance", "RebootInstances", "per hour. To restart the rest: Restart-SpotInstance i-")]
    [InlineData(Gpus, "Stop-SpotInstance $ids", "StopInstance", "per hour. To stop the rest, which still costs its disks: Stop-SpotInstance ")]
    [InlineData(Gpus + "; $null = Stop-SpotInstance $ids", "Start-SpotInstance $ids", "StartInstance", "per hour. To stop what was started: Stop-SpotInstance ")]
    [InlineData(Gpus, "Set-SpotInstance $ids[0] -Label x", "LabelInstance", "per hour. To see them: Get-SpotInstance ")]
    [InlineData(Demo, "Remove-SpotCluster demo -Force", "DescribeVpcs", "Nothing was changed.")]
    [InlineData(Demo, "Invoke-SpotNuke -Force", "DescribeVpcs", "Nothing was changed.")]
    [InlineData(Demo, "Remove-SpotInstance i-0123456789abcdef0 -Force", "DescribeInstances", "Nothing was changed.")]
    [InlineData(Gpus, "Set-SpotInstance $ids[0] -Label x", "ListInstances", "Nothing was changed.")]
    [InlineData("", "New-SpotCluster demo -Region us-east-1 -Count 2", "DescribeInstanceTypeOfferings", "Nothing was changed.")]
    [InlineData(Demo + "; $all = Get-SpotInstance", "$all | Wait-SpotInstance -For Terminated", "DescribeInstances", "At most 4 instances still run, 0.")]
    public void Ctrl_C_says_what_exists_what_it_costs_and_what_to_run(string setup, string script, string operation, string words)
    {
        using var session = new ModuleSession();
        var shown = session.Interrupt(setup, script, operation);
        Assert.Contains("WARNING: Interrupted. ", shown, StringComparison.Ordinal);
        Assert.Contains(words, shown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pipeline_ends_after_the_report_also_where_the_display_is_slow()
    {
        using var session = new ModuleSession();
        session.DelayWarnings(TimeSpan.FromMilliseconds(300));
        var shown = session.Interrupt(Demo, "Remove-SpotCluster demo -Force", "TerminateInstances");
        Assert.Contains("WARNING: Interrupted. ", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invoke-SpotNuke -Provider Aws -KeepCluster prod, 'my*' -Region us-east-1 -OlderThan 00:00:00 -Force", "To finish: Invoke-SpotNuke -KeepCluster prod, 'my*' -OlderThan 00:00:00 -Provider Aws -Region us-east-1")]
    [InlineData("Invoke-SpotNuke -Tag @{ owner = 'ann lee' } -Force -Verbose", "To finish: Invoke-SpotNuke -Tag @{ owner = 'ann lee' }")]
    [InlineData("Remove-SpotCluster demo -Region us-east-1 -IncludeForeign -Force", "To finish: Remove-SpotCluster demo -IncludeForeign -Region us-east-1")]
    public void The_advice_to_finish_is_as_narrow_as_the_command_was(string script, string words)
    {
        using var session = new ModuleSession();
        var shown = session.Interrupt(
            "$null = New-SpotCluster demo -Region us-east-1 -Count 2; $null = New-SpotCluster prod -Region us-east-1; $null = New-SpotCluster my-a -Region us-east-1; $null = Set-SpotCluster demo -Tag @{ owner = 'ann lee' }", script, "TerminateInstances");
        Assert.Contains(words, shown.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain("-Force", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_says_how_many_may_still_run_of_a_cluster_whose_end_is_waited_for()
    {
        using var session = new ModuleSession();
        var shown = session.Interrupt(Demo, "Wait-SpotCluster demo -Region us-east-1 -For Terminated", "DescribeInstances", nth: 2);
        Assert.Contains("WARNING: Interrupted. At most 2 instances still run, 0.", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_command_that_fails_ends_a_wait_and_what_was_rented_is_reported()
    {
        using var session = new ModuleSession();
        session.Run("Find-SpotOffer -Provider Vast | Select-Object -First 2 | New-SpotInstance -Wait -Force | ForEach-Object { throw 'enough' }");
        Assert.Matches(@"WARNING: The pipeline ended early\. 2 instances are rented, [\d.]+ USD per hour\. To remove: Remove-SpotInstance \d+, \d+", session.Shown);
    }

    [Fact]
    public void Rented_instances_that_nobody_was_told_of_are_reported()
    {
        using var session = new ModuleSession();
        session.Must("Find-SpotOffer -Provider Vast | Select-Object -First 3 | New-SpotInstance -Wait -Force | Select-Object -First 1");
        Assert.Contains("3 instances are rented", session.Shown, StringComparison.Ordinal);
        Assert.Equal(3, session.Must("Get-SpotInstance -Provider Vast").Count);
    }

    [Fact]
    public void A_job_whose_output_nobody_reads_any_more_leaves_no_instance()
    {
        using var session = new ModuleSession();
        session.Must("Invoke-SpotJob 'echo one; echo two; sleep 60' -MaxHourlyPrice 5 -Force | Select-Object -First 1");
        Assert.Empty(session.Must("Get-SpotInstance -Provider Vast"));
    }

    [Fact]
    public void An_error_that_ends_the_script_does_not_end_the_removal()
    {
        using var session = new ModuleSession();
        session.Must(Demo);
        session.Must("(Get-SpotInstance)[0].Id | Remove-SpotInstance -Force");
        session.Run("$ErrorActionPreference = 'Stop'; Remove-SpotCluster demo -Force");
        Assert.Empty(session.Must("Get-SpotResource"));
    }
}
