namespace SpotCluster.PowerShell.Tests;

/// <summary>
/// What the cmdlets make of a Vast.ai that fails: the scenarios of VastScenarioTests and VastOddAnswerTests, which play them in
/// the console program, as far as faults and fates of the simulated service can bring them about.
/// </summary>
public sealed class VastScenarioTests
{
    private const string Auto = "New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force";
    private const string Nuke = "Invoke-SpotNuke -Provider Vast -Force -Timeout 60";
    private const string List = "Get-SpotInstance -Provider Vast";
    private const string Three = "1..3 | ForEach-Object { $null = $cloud.Vast.AddMachine(\"spotcluster/demo/n$_\", $false, 0) }";
    private const string Left = "\"$(@($cloud.Vast.Machines).Count) $(@($cloud.Vast.Machines | Where-Object Stopped).Count)\"";
    private const string Vast = """
        $type = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
        $cloud = $type.GetProperty('Simulator').GetValue($type.GetProperty('Current').GetValue($null))

        """;

    private const string Unmanaged = Three + "; $null = $cloud.Vast.AddMachine('alice', $false, 0)";

    /// <summary>Scenario; what is there; faults; script; ids of its errors; instances afterwards, and how many objects came out (-1 for whatever).</summary>
    public static TheoryData<string, string, string, string, string, int, int> Scenarios => new()
    {
        { "basic", Three, "", List, "", 3, 3 },
        { "t429", Three, """{ "operation": "ListInstances", "action": "throttle", "nth": [1, 2] }""", List, "", 3, 3 },
        { "t429forever", Three, """{ "action": "throttle", "service": "vast" }""", List, "RequestThrottled", 3, 0 },
        { "t429deleteforever", Three, """{ "operation": "Destroy*", "action": "throttle" }""", Nuke, "InstanceNotRemoved RemovalNotProven", 3, -1 },
        { "bulk500", Three, """{ "operation": "DestroyInstances", "action": "http", "status": 500 }""", Nuke, "", 0, 3 },
        { "bulk500done", Three, """{ "operation": "Destroy*", "action": "httpAfter", "status": 500 }""", Nuke, "", 0, 3 },
        { "sf200, wrong kind", Three, """{ "operation": "Destroy*", "action": "wrongKind" }""", Nuke, "InstanceNotRemoved RemovalNotProven", 3, -1 },
        { "html503", Three, """{ "service": "vast", "action": "http", "status": 503, "body": "html" }""", List, "ServiceFailed", 3, 0 },
        { "cf403", Three, """{ "service": "vast", "action": "http", "status": 403, "body": "html" }""", Nuke, "ServiceFailed", 3, 0 },
        { "html200", Three, """{ "operation": "ListInstances", "action": "http", "status": 200, "body": "html" }""", List, "ServiceFailed", 3, 0 },
        { "hang", Three, """{ "service": "vast", "action": "stall", "seconds": 400 }""", List, "EndpointUnreachable", 3, 0 },
        { "a401", Three, """{ "service": "vast", "code": "auth_error", "status": 401, "message": "Invalid user key" }""", List, "VastKeyInvalid", 3, 0 },
        { "no_v1", Three, """{ "operation": "ListInstances", "code": "not_found", "status": 404, "message": "no route" }""", Nuke, "RequestRefused", 3, -1 },
        { "v0list410", Three, """{ "operation": "ListInstances", "code": "deprecated_endpoint", "status": 410, "message": "use v2" }""", List, "RequestRefused", 3, 0 },
        { "v0_410 of the account alone", Three, """{ "operation": "GetUser", "code": "endpoint_deprecated", "status": 410, "message": "use v1" }""", Nuke, "", 0, 3 },
        { "p2fails", "1..39 | ForEach-Object { $null = $cloud.Vast.AddMachine(\"spotcluster/demo/n$_\", $false, 0) }", """{ "operation": "ListInstances", "action": "partialPage", "pageSize": 25, "code": "server_error" }""", List, "ServiceFailed", 39, 25 },
        { "keyexpirepart", Three, """{ "operation": "DestroyInstances", "action": "http", "status": 500 }, { "operation": "DestroyInstance", "code": "auth_error", "status": 404, "message": "Session expired. Please log in again.", "from": 2 }""", Nuke, "*", 2, -1 },
        { "del500once", Three, """{ "operation": "Destroy*", "action": "http", "status": 500, "nth": [1] }""", Nuke, "", 0, 3 },
        { "foreign", Unmanaged, "", List, "", 4, 3 },
        { "foreign, removed by name only", Unmanaged, "", Nuke, "", 1, 3 },
        { "prepaid", Three + "; $null = $cloud.Vast.AddMachine('spotcluster/demo/p', $false, 12.5)", "", Nuke, "InstanceProtected RemovalNotProven", 1, -1 },
        { "get404", Three, "", "Stop-SpotInstance 999", "InstanceNotFound", 3, 0 },
        { "credit400", Unmanaged, """{ "operation": "CreateInstance", "code": "insufficient_credit", "status": 400, "message": "Your account lacks credit; see the billing page." }""", Auto, "InsufficientCredit", 1, -1 },
        { "credit400 without consent", Unmanaged, """{ "operation": "CreateInstance", "code": "insufficient_credit", "status": 400, "message": "lacks credit" }""", Auto.Replace(" -Force", "", StringComparison.Ordinal), "ConsentMissing InsufficientCredit", 4, -1 },
        { "startcredit", Three + "; $id = \"$(@($cloud.Vast.Machines)[0].Id)\"; Wait-SpotInstance $id -For Running | Out-Null; Stop-SpotInstance $id", """{ "operation": "StartInstance", "code": "insufficient_credit", "status": 400, "message": "lacks credit" }""", "Start-SpotInstance $id", "InsufficientCredit", 3, 0 },
        { "spendrate", Three, """{ "operation": "CreateInstance", "code": "spend_rate_limit", "status": 400, "message": "spend rate limit reached" }""", Auto, "ClusterNotLaunched", 3, 0 },
        { "rentgone", Three + "; $cloud.Vast.SetFates('OfferGone', 'OfferGone')", "", Auto, "", 4, 1 },
        { "rentgone400", Three, """{ "operation": "CreateInstance", "code": "no_such_ask", "status": 400, "message": "error 400/3603: no_such_ask", "nth": [1, 2] }""", Auto, "", 4, 1 },
        { "rent200false", Three, """{ "operation": "CreateInstance", "code": "no_such_ask", "status": 200, "message": "Instance type is not available", "nth": [1] }""", Auto, "", 4, 1 },
        { "charges that are not served", Three, """{ "operation": "ListCharges", "code": "deprecated_endpoint", "status": 410, "message": "use v1" }""", "Measure-SpotCost -Provider Vast -Scope Total", "", 3, 1 },
        { "parked", Three + "; $cloud.Vast.SetFates('Parked')", "", Auto, "", 4, 1 },
        { "exited", Three + "; $cloud.Vast.SetFates('Exits')", "", Auto, "", 4, 1 },
        { "created_oci", Three + "; $cloud.Vast.SetFates('LoadError')", "", Auto, "", 4, 1 },
        { "loading", Three + "; $cloud.Vast.SetFates('StuckLoading')", "", Auto, "", 4, 1 },
        { "offline", Three + "; $cloud.Vast.SetFates('GoesOffline')", "", Auto, "", 4, 1 },
        { "createlost", Three, """{ "operation": "CreateInstance", "action": "resetAfter", "nth": [1] }""", Auto, "", 4, 1 },
        { "createnocontract", Three, """{ "operation": "CreateInstance", "action": "wrongKind", "nth": [1] }""", Auto, "*", 4, -1 },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Says_what_is_so_and_destroys_nothing_but_what_was_meant(string name, string setup, string faults, string script, string errors, int left, int output)
    {
        Assert.NotNull(name);
        using var session = new ModuleSession();
        session.Must($$"""
            $type = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $cloud = $type.GetProperty('Simulator').GetValue($type.GetProperty('Current').GetValue($null))
            {{setup}}
            $null = $cloud.Faults.AddJson('{ "rules": [{{faults}}] }')
            """);
        var outcome = session.Run(script);
        var ids = string.Join(' ', outcome.ErrorIds.Distinct().Order(StringComparer.Ordinal));
        var machines = session.Must("$cloud.Vast.Machines.Count")[0].ToString();
        Assert.True(
            (errors == "*" || ids == errors) && machines == $"{left}" && (output < 0 || outcome.Output.Count == output),
            $"errors {ids}; {machines} instances; {outcome.Output.Count} objects\n{string.Join('\n', outcome.Errors)}\n{session.Shown}");
        Assert.True(outcome.Errors.All(error => !string.IsNullOrEmpty(error.ErrorDetails?.RecommendedAction)), string.Join('\n', outcome.Errors));
    }

    [Theory]
    [InlineData("Measure-SpotCost -Provider Vast -Budget 0.01/h -OnBudgetExceeded DestroyMine")]
    [InlineData("Measure-SpotCost -Provider Vast -Budget 0.01/h -OnBudgetExceeded StopMine")]
    [InlineData("Watch-SpotCluster -Provider Vast -Interval 1 -Budget 0.01/h -OnBudgetExceeded DestroyMine")]
    public void Above_a_budget_nothing_is_changed_unless_somebody_says_yes(string script)
    {
        using var silent = new ModuleSession();
        silent.Must(Vast + Three);
        var refused = silent.Run(script);
        Assert.Equal(["BudgetExceeded", "ConsentMissing"], refused.ErrorIds.Order(StringComparer.Ordinal));
        Assert.All(refused.Errors, error => Assert.NotEmpty(error.ErrorDetails.RecommendedAction));
        Assert.Contains("The current resources cost ", string.Join('\n', refused.Errors), StringComparison.Ordinal);
        var missing = refused.Errors.Single(error => error.FullyQualifiedErrorId.StartsWith("ConsentMissing", StringComparison.Ordinal));
        Assert.Equal(silent.Must("@($cloud.Vast.Machines).Id -join ', '")[0].ToString(), string.Join(", ", missing.TargetObject.ToString()!.Split(", ").Order(StringComparer.Ordinal)));
        Assert.Equal("3 0", silent.Must(Left)[0].ToString());

        if (!script.StartsWith("Watch", StringComparison.Ordinal))
        {
            using var entered = new ModuleSession(answers: [""]);
            entered.Must(Vast + Three);
            Assert.Equal(["BudgetExceeded"], entered.Run(script).ErrorIds);
            Assert.Equal("3 0", entered.Must(Left)[0].ToString());
        }
    }

    [Fact]
    public void A_key_that_nobody_can_be_asked_for_is_a_missing_consent()
    {
        using var session = new ModuleSession();
        var refused = session.Run("Connect-SpotVast -Confirm:$false; 'went on'");
        Assert.Equal(["ConsentMissing"], refused.ErrorIds);
        Assert.Empty(refused.Output);
        Assert.Contains("-Key", refused.Errors[0].ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void The_confirmation_says_that_the_account_could_not_be_read()
    {
        foreach (var (answer, left) in new[] { ("77", "3"), ("vast.ai", "0") })
        {
            using var session = new ModuleSession(answers: [answer]);
            session.Must($$"""
                $type = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
                $cloud = $type.GetProperty('Simulator').GetValue($type.GetProperty('Current').GetValue($null))
                {{Three}}
                $null = $cloud.Faults.AddJson('{ "rules": [{ "operation": "GetUser", "code": "endpoint_deprecated", "status": 410, "message": "use v1" }] }')
                """);
            session.Run("Invoke-SpotNuke -Provider Vast");
            Assert.Contains("The account cannot be read. This cannot be undone. Type vast.ai to continue.", session.Shown, StringComparison.Ordinal);
            Assert.Equal(left, session.Must("$cloud.Vast.Machines.Count")[0].ToString());
        }
    }

    [Fact]
    public void A_simulator_starts_with_the_credit_and_the_fates_that_are_given()
    {
        using var session = new ModuleSession();
        session.Must("Stop-SpotSimulator; $null = Start-SpotSimulator -VastCredit 1.5 -VastFate OfferGone, stuckloading");
        Assert.Equal("1.5", session.Must("\"$((Measure-SpotCost -Provider Vast -Scope Account).Credit)\"")[0].ToString());
        Assert.Equal(["3"], session.Must($$"""
            $type = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $cloud = $type.GetProperty('Simulator').GetValue($type.GetProperty('Current').GetValue($null))
            $null = {{Auto}}
            "$(@($cloud.Calls.Calls | Where-Object Operation -eq CreateInstance).Count)"
            """).Select(item => item.ToString()));
        Assert.Equal(["ParameterArgumentValidationError"], session.Run("Start-SpotSimulator -VastFate Burns").ErrorIds);
    }

    /// <summary>The end of the contract with the host is a field of its own: what expires is what was asked to.</summary>
    [Fact]
    public void An_instance_without_an_expiry_has_none_whatever_its_contract_says()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force");
        Assert.Equal(["True", "True"], session.Must("$i = Get-SpotInstance -Provider Vast; \"$($null -eq $i.ExpiresAt)\"; \"$($i.ContractEndsAt -gt $i.LaunchedAt)\"").Select(item => item.ToString()));
        Assert.Contains("ContractEndsAt", session.Must("$i | Format-List | Out-String")[0].ToString(), StringComparison.Ordinal);
    }
}
