namespace SpotCluster.PowerShell.Tests;

/// <summary>What is piped is what is meant: by the books of the simulated clouds, after the command has run.</summary>
public sealed class PipelineTests
{
    private const string TwoClusters = """
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $null = New-SpotCluster bacalhau-demo -Region us-east-1, us-west-2 -Count 2
        """;

    [Theory]
    [InlineData("Get-SpotInstance -ClusterName demo")]
    [InlineData("Get-SpotInstance -ClusterName demo | ConvertTo-Csv | ConvertFrom-Csv")]
    [InlineData("Get-SpotInstance -ClusterName demo | ConvertTo-Json -Depth 4 -WarningAction Ignore | ConvertFrom-Json")]
    [InlineData("Get-SpotCluster demo")]
    [InlineData("Get-SpotResource demo")]
    [InlineData("'demo'")]
    [InlineData("'DEMO'")]
    public void A_cluster_is_removed_by_itself_and_whole(string source)
    {
        using var session = new ModuleSession();
        session.Must(TwoClusters);
        var removed = session.Must($"{source} | Remove-SpotCluster -Force -Summary");
        Assert.Equal("True", Assert.Single(removed).Properties["Proven"].Value.ToString());
        Assert.Equal(["bacalhau-demo", "bacalhau-demo"], session.Must("(Get-SpotInstance).ClusterName").Select(name => name.ToString()));
    }

    [Theory]
    [InlineData("Get-SpotCluster mr -Region us-west-2", "in us-west-2. Other regions were not listed.")]
    [InlineData("Wait-SpotCluster mr -Region us-west-2", "in us-west-2. Other regions were not listed.")]
    [InlineData("Watch-SpotCluster mr -Region us-west-2", "in us-west-2. Other regions were not listed.")]
    [InlineData("Measure-SpotCost mr -Region us-west-2", "in us-west-2. Other regions were not listed.")]
    [InlineData("Get-SpotResource mr -Region us-west-2", "in us-west-2. Other regions were not listed.")]
    [InlineData("Remove-SpotCluster mr -Region us-west-2 -Force", "in us-west-2. Other regions were not listed.")]
    [InlineData("Remove-SpotCluster mr -Provider Vast -Force", "at Vast.ai. Other providers were not listed.")]
    [InlineData("Get-SpotCluster mr -Provider Vast", "at Vast.ai. Other providers were not listed.")]
    public void A_cluster_that_runs_elsewhere_is_missing_only_where_it_was_looked_for(string script, string words)
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster mr -Region us-east-1");
        Assert.EndsWith(words, Assert.Single(session.Run(script).Errors).Exception.Message, StringComparison.Ordinal);
        Assert.Single(session.Must("Get-SpotInstance"));
    }

    [Fact]
    public void The_region_of_an_instance_does_not_narrow_the_removal_of_its_cluster()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster wide -Region us-east-1, us-west-2 -Count 2");
        session.Must("Get-SpotInstance -Region us-east-1 | Remove-SpotCluster -Force");
        Assert.Empty(session.Must("Get-SpotResource"));
    }

    [Theory]
    [InlineData("Remove-SpotCluster demo -Force")]
    [InlineData("Remove-SpotCluster demo -WhatIf")]
    public void A_protected_cluster_is_reported_as_protected_and_not_as_missing(string script)
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1; $null = Set-SpotCluster demo -ProtectUntil (Get-Date '2027-01-01')");
        var outcome = session.Run(script);
        Assert.Equal("InstanceProtected", Assert.Single(outcome.ErrorIds));
        Assert.Empty(outcome.Changes);
        session.Must("$null = Set-SpotCluster demo -Unprotect; Remove-SpotCluster demo -Force");
        Assert.Empty(session.Must("Get-SpotResource"));
    }

    [Theory]
    [InlineData("Get-SpotInstance | Remove-SpotInstance -MaxDelete 3 -Force", "Get-SpotInstance | Remove-SpotInstance -MaxDelete 4 -Force")]
    [InlineData("Get-SpotCluster | Remove-SpotCluster -MaxDelete 10 -Force", "Get-SpotCluster | Remove-SpotCluster -Force")]
    [InlineData("Remove-SpotCluster * -MaxDelete 10 -Force", "Remove-SpotCluster * -Force")]
    [InlineData("Invoke-SpotNuke -MaxDelete 10 -Force", "Invoke-SpotNuke -Force")]
    public void More_than_the_limit_is_refused_before_any_change(string beyond, string within)
    {
        using var session = new ModuleSession();
        session.Must(TwoClusters);
        var outcome = session.Run(beyond);
        Assert.Equal(["MaxDeleteExceeded"], outcome.ErrorIds);
        Assert.Empty(outcome.Changes);
        session.Must(within);
        Assert.Empty(session.Must("Get-SpotInstance"));
    }

    [Theory]
    [InlineData("Get-SpotResource -Type vpc | Remove-SpotInstance -Force")]
    [InlineData("Get-Process -Id $PID | Remove-SpotInstance -Force")]
    [InlineData("Remove-SpotInstance (Get-SpotResource -Type vpc) -Force")]
    [InlineData("Get-SpotInstance -ClusterName demo | Invoke-SpotNuke -Force")]
    [InlineData("@() | Invoke-SpotNuke -Force")]
    [InlineData("(Get-SpotInstance)[0], (Get-SpotResource -Type vpc)[0] | Remove-SpotInstance -Force")]
    [InlineData("Get-SpotInstance | New-SpotCluster")]
    [InlineData("Get-SpotInstance | Where-Object Region -eq us-east-1 | Remove-SpotInstance -Region us-west-2 -Force")]
    public void What_is_not_meant_is_refused_and_nothing_is_changed(string script)
    {
        using var session = new ModuleSession();
        session.Must(TwoClusters);
        var outcome = session.Run(script);
        Assert.Empty(outcome.Changes);
        Assert.Contains(outcome.ErrorIds, id => id is "ParameterInvalid" or "ParameterArgumentTransformationError");
        Assert.Equal(4, session.Must("Get-SpotInstance").Count);
    }

    [Theory]
    [InlineData("Remove-SpotInstance i-0123456789abcdef0 -WhatIf", "InstanceNotFound")]
    [InlineData("Remove-SpotInstance i-0123456789abcdef0 -Force", "InstanceNotFound")]
    [InlineData("Stop-SpotInstance i-0123456789abcdef0 -WhatIf", "InstanceNotFound")]
    [InlineData("Remove-SpotInstance 12345 -Force", "InstanceNotFound")]
    [InlineData("Remove-SpotInstance demo -Force", "InstanceIdInvalid")]
    [InlineData("Remove-SpotCluster nosuch -Force", "ClusterNotFound")]
    [InlineData("Watch-SpotCluster nosuch", "ClusterNotFound")]
    [InlineData("Get-SpotInstance nosuch", "InstanceNotFound")]
    [InlineData("Get-SpotPrice nope -Region us-east-1", "InstanceTypeUnknown")]
    [InlineData("Get-SpotPrice t3.micro -Region us-east-1 -Zone us-west-2a", "ParameterInvalid")]
    [InlineData("Find-SpotOffer -Provider Vast -Geolocation Germany", "ParameterInvalid")]
    [InlineData("Get-SpotInstance -Provider Vast -Region us-east-1", "RegionUnknown")]
    [InlineData("Find-SpotOffer -Provider Vast -MaxHourlyPrice -1", "ParameterArgumentTransformationError")]
    public void A_typo_is_an_error(string script, string errorId)
    {
        using var session = new ModuleSession();
        var outcome = session.Run(script);
        Assert.Equal(errorId, Assert.Single(outcome.ErrorIds.Distinct()));
        Assert.Empty(outcome.WhatIf);
        Assert.Empty(outcome.Changes);
    }

    [Theory]
    [InlineData("Remove-SpotCluster demo")]
    [InlineData("Get-SpotInstance | Remove-SpotInstance")]
    [InlineData("Resize-SpotCluster demo -Count 1")]
    [InlineData("Invoke-SpotNuke")]
    [InlineData("Invoke-SpotNuke -Confirm:$false")]
    [InlineData("Stop-SpotInstance (Get-SpotInstance)[0].Id -Confirm")]
    public void A_missing_confirmation_is_one_error_everywhere(string script)
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1 -Count 2");
        var outcome = session.Run(script);
        var error = Assert.Single(outcome.Errors.DistinctBy(error => error.FullyQualifiedErrorId));
        Assert.StartsWith("ConsentMissing,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotNull(error.TargetObject);
        Assert.Contains("-Force", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(outcome.Changes);
    }

    [Fact]
    public void Fewer_instances_need_a_confirmation_and_more_do_not()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1 -Count 2");
        session.Must("Resize-SpotCluster demo -Count 3");
        session.Must("Resize-SpotCluster demo -Count 1 -Force");
        Assert.Single(session.Must("Get-SpotInstance"));

        using var asked = new ModuleSession(answers: ["y"]);
        asked.Must("$null = New-SpotCluster demo -Region us-east-1 -Count 2; Resize-SpotCluster demo -Count 1");
        Assert.Single(asked.Must("Get-SpotInstance"));
    }

    [Fact]
    public void Everything_is_everything_at_every_provider_and_each_proof_says_where()
    {
        using var session = new ModuleSession();
        session.Must("""
            $null = New-SpotCluster demo -Region us-east-1 -Count 1
            $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue
            """);
        Assert.Equal(["Aws", "Vast"], session.Must("(Invoke-SpotNuke -Plan).Provider").Select(provider => provider.ToString()));
        var proofs = session.Must("Invoke-SpotNuke -Force -Summary | Sort-Object Provider");
        Assert.Equal(["Aws", "Vast"], proofs.Select(proof => proof.Properties["Provider"].Value.ToString()));
        Assert.All(proofs, proof => Assert.Equal(true, proof.Properties["Proven"].Value));
        Assert.All(proofs, proof => Assert.NotNull(proof.Properties["AccountId"].Value));
        Assert.Empty(session.Must("Get-SpotInstance"));
    }

    [Fact]
    public void One_provider_is_narrowed_to_and_the_other_is_left_alone()
    {
        using var session = new ModuleSession();
        session.Must("""
            $null = New-SpotCluster demo -Region us-east-1 -Count 1
            $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue
            $null = Invoke-SpotNuke -Provider Vast -Force
            """);
        Assert.Equal("demo", Assert.Single(session.Must("(Get-SpotInstance).ClusterName")).ToString());
    }

    [Fact]
    public void An_instance_is_found_by_its_id_or_its_name()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1 -Count 2; $id = (Get-SpotInstance)[0].Id");
        Assert.Equal("True", Assert.Single(session.Must("(Get-SpotInstance $id).Id -eq $id")).ToString());
        Assert.Equal(2, session.Must("Get-SpotInstance bacalhau-d*").Count);
        Assert.Equal(2, session.Must("$id, 'bacalhau-demo' | Get-SpotInstance | Sort-Object Id -Unique").Count);
        Assert.Single(session.Must("Get-SpotInstance | Get-SpotCluster"));
    }

    [Fact]
    public void A_check_is_run_and_those_that_fail_are_removed()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1 -Count 2 -Wait; $id = (Get-SpotInstance)[0].Id");
        Assert.Equal(" 00:00:00 up", session.Must("(Invoke-SpotCommand $id uptime).Output")[0].ToString()![..12]);
        session.Must("Get-SpotInstance $id | Invoke-SpotCommand false | Where-Object ExitCode -ne 0 | Remove-SpotInstance -Force");
        Assert.Equal("False", Assert.Single(session.Must("@(Get-SpotInstance).Id -contains $id")).ToString());
    }

    [Fact]
    public void A_name_that_differs_only_in_case_is_in_use()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1");
        var outcome = session.Run("New-SpotCluster DEMO -Region us-east-1");
        Assert.Equal(["ClusterNameInUse"], outcome.ErrorIds);
        Assert.Empty(outcome.Changes);

        // At Vast.ai too, and the same cluster is meant by every command.
        session.Must("$null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue");
        Assert.Equal(["ClusterNameInUse"], session.Run("New-SpotCluster AUTO -Provider Vast -MaxHourlyPrice 0.5 -Force").ErrorIds);
        Assert.Equal("demo", session.Must("(Resize-SpotCluster DEMO -Count 2).Name")[0].ToString());
        Assert.Equal("demo", session.Must("(Remove-SpotCluster DEMO -Force -Summary).ClusterName")[0].ToString());
        session.Must("Remove-SpotCluster AUTO -Force");
        Assert.Empty(session.Must("Get-SpotInstance"));
    }

    [Theory]
    [InlineData("Invoke-SpotNuke; 'after'", "nonsense")]
    [InlineData("Invoke-SpotNuke -Provider Vast -IncludeForeign; 'after'", "864276", "n")]
    [InlineData("Remove-SpotInstance $foreign -IncludeForeign -Confirm; 'after'", "y", "n")]
    [InlineData("Set-SpotInstance $foreign -Adopt -ToCluster demo; 'after'", "n")]
    [InlineData("Set-SpotInstance $foreign -Adopt; 'after'")]
    [InlineData("Remove-SpotCluster demo; 'after'")]
    [InlineData("Resize-SpotCluster demo -Count 1; 'after'")]
    public void What_was_not_confirmed_ends_the_script(string script, params string[] answers)
    {
        using var session = new ModuleSession(answers: answers.Length == 0 ? null : answers);
        session.Must("""
            $null = New-SpotCluster demo -Region us-east-1 -Count 2
            $session = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $foreign = $session.GetProperty('Simulator').GetValue($session.GetProperty('Current').GetValue($null)).Vast.AddMachine('of a colleague', $false, 0)
            """);
        var outcome = session.Run(script);
        var error = Assert.Single(outcome.Errors);
        Assert.StartsWith("ConsentMissing,SpotCluster.Commands.", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.NotNull(error.TargetObject);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Changes);
        Assert.Equal("caught", answers.Length > 0 ? "caught" : session.Run($"try {{ {script.Replace("; 'after'", "", StringComparison.Ordinal)} }} catch {{ 'caught' }}").Output[^1].ToString());
    }

    [Theory]
    [InlineData("Set-SpotInstance $foreign -Adopt -ToCluster demo -WhatIf", 0)]
    [InlineData("Set-SpotInstance $foreign -Adopt -ToCluster demo -Force", 1)]
    [InlineData("Set-SpotInstance $foreign -Adopt -ToCluster demo", 1, "y")]
    public void An_adoption_is_confirmed_or_changes_nothing(string script, int adopted, params string[] answers)
    {
        using var session = new ModuleSession(answers: answers.Length == 0 ? null : answers);
        session.Must("""
            $session = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $foreign = $session.GetProperty('Simulator').GetValue($session.GetProperty('Current').GetValue($null)).Vast.AddMachine('of a colleague', $false, 0)
            """);
        session.Must(script);
        Assert.Equal(adopted, session.Must("Get-SpotInstance -Provider Vast | Where-Object ClusterName -EQ demo").Count);
        if (adopted > 0)
        {
            // Managed from now on: nothing to confirm.
            session.Must("$null = Set-SpotInstance $foreign -Adopt -ToCluster other");
        }
    }

    [Fact]
    public void A_default_region_does_not_break_the_other_provider()
    {
        using var session = new ModuleSession();
        session.Must("""
            $PSDefaultParameterValues['*-Spot*:Region'] = 'us-east-1'
            $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue
            """);
        Assert.Equal("auto", Assert.Single(session.Must("(Get-SpotInstance -Provider Vast).ClusterName")).ToString());
        Assert.Single(session.Must("Get-SpotCluster -Provider Vast"));
        Assert.NotEmpty(session.Must("Find-SpotOffer -Provider Vast"));
        session.Must("Invoke-SpotNuke -Provider Vast -Force");
        Assert.Empty(session.Must("Get-SpotInstance -Provider Vast"));
        Assert.Equal(["RegionUnknown"], session.Run("Get-SpotInstance -Provider Vast -Region us-west-2").ErrorIds);
    }

    [Theory]
    [InlineData("Get-SpotCluster nosuch")]
    [InlineData("Remove-SpotCluster nosuch -Force")]
    [InlineData("Measure-SpotCost nosuch")]
    [InlineData("Watch-SpotCluster nosuch")]
    [InlineData("Wait-SpotCluster nosuch")]
    public void A_default_region_is_called_so_where_a_cluster_is_missing(string script)
    {
        using var session = new ModuleSession();
        session.Must("$PSDefaultParameterValues['*-Spot*:Region'] = 'us-east-1'");
        var error = Assert.Single(session.Run(script).Errors);
        Assert.Equal("No cluster 'nosuch' exists in us-east-1 (the default of this session). Other regions of AWS were not listed.", error.ToString());
        Assert.Contains("-Region *", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    /// <summary>PowerShell asks about each verbose message of a command with -Debug alone, and nobody is there to answer.</summary>
    [Theory]
    [InlineData("Get-SpotInstance -Debug")]
    [InlineData("Measure-SpotCost -Debug")]
    [InlineData("Remove-SpotCluster demo -Force -Debug")]
    public void Debug_messages_ask_nothing(string script)
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1");
        Assert.NotEmpty(session.Must(script));
        Assert.Contains("DEBUG: Filter tag: ", session.Shown, StringComparison.Ordinal);
    }

    /// <summary>A default region of AWS, which nobody named for this command, neither hides nor refuses what is at Vast.ai.</summary>
    [Theory]
    [InlineData("Get-SpotInstance -Provider Vast | Remove-SpotInstance -Force -WhatIf", "i")]
    [InlineData("Get-SpotInstance -Provider Vast | Stop-SpotInstance -WhatIf", "i")]
    [InlineData("Remove-SpotInstance $id -Force -WhatIf", "i")]
    [InlineData("Get-SpotInstance $id | ForEach-Object Id", "o")]
    [InlineData("Get-SpotInstance | ForEach-Object Id", "o")]
    [InlineData("Wait-SpotInstance $id | ForEach-Object Id", "o")]
    [InlineData("Get-SpotCluster -Provider Vast | Remove-SpotCluster -Force -WhatIf", "c")]
    [InlineData("Remove-SpotCluster auto -Force -WhatIf", "c")]
    [InlineData("Remove-SpotCluster aut* -Force -WhatIf", "c")]
    [InlineData("Get-SpotCluster auto | ForEach-Object Name", "n")]
    [InlineData("Get-SpotCluster auto -Cost | ForEach-Object Name", "n")]
    [InlineData("Wait-SpotCluster auto | ForEach-Object Name", "n")]
    [InlineData("Watch-SpotCluster auto -Interval 1 | Select-Object -First 1 | ForEach-Object ClusterName", "n")]
    [InlineData("Measure-SpotCost auto -Scope Cluster | ForEach-Object Name", "n")]
    [InlineData("(Measure-SpotCost -Scope Account).Credit -gt 0", "t")]
    [InlineData("Invoke-SpotNuke -WhatIf", "a")]
    [InlineData("Invoke-SpotNuke -Provider Aws, Vast -WhatIf", "a")]
    [InlineData("Invoke-SpotNuke -Plan | Where-Object Provider -eq Vast | ForEach-Object { $_.Resources.Id }", "o")]
    [InlineData("(Invoke-SpotNuke -Force -Summary | Where-Object Provider -eq Vast).Proven", "t")]
    public void A_default_region_of_AWS_hides_nothing_at_the_other_provider(string script, string shows)
    {
        using var session = new ModuleSession();
        session.Must("""
            $PSDefaultParameterValues['*-Spot*:Region'] = 'us-east-1'
            $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue
            $id = (Get-SpotInstance -Provider Vast).Id
            """);
        var outcome = session.Run(script);
        Assert.Equal([], outcome.ErrorIds);
        var id = session.Must("$id")[0].ToString()!;
        if (shows is "a")
        {
            Assert.Single(outcome.WhatIf, line => line.Contains(id, StringComparison.Ordinal));
            Assert.Equal(2, outcome.WhatIf.Count(line => line.Contains("everything managed", StringComparison.Ordinal)));
        }
        else if (shows is "i" or "c")
        {
            Assert.Contains(shows == "i" ? id : "'auto'", Assert.Single(outcome.WhatIf), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal([shows switch { "o" => id, "n" => "auto", _ => "True" }], outcome.Texts);
        }
    }
}
