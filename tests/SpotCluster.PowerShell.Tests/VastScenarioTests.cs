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
        { "nullfields", "", Rows("""{ "id": 2, "label": "spotcluster/demo/n2" }""", Row(3, "\"dph_total\": null, \"gpu_name\": null, \"num_gpus\": null, \"start_date\": null")), List, "", 0, 2 },
        { "strings", "", Rows("""{ "id": "1", "label": "spotcluster/demo/n1", "dph_total": "0.31", "num_gpus": "1", "start_date": "1790000000" }"""), List + " | Where-Object HourlyPrice -eq 0.31", "", 0, 1 },
        { "idstrings", "", Rows("""{ "id": "1", "label": "spotcluster/demo/n1" }""", """{ "id": "2", "label": "spotcluster/demo/n2" }"""), List + " -Id 2", "", 0, 1 },
        { "dupes", "", Rows(Row(1), Row(2), Row(1), Row(2)), List, "", 0, 2 },
        { "bulkpart", Three, Text("DestroyInstances", "{\"success\":true}") + """, { "operation": "DestroyInstance", "action": "http", "status": 500, "nth": [2] }""", Nuke, "", 0, 3 },
        { "slow", Three, """{ "service": "vast", "action": "delay", "seconds": 20 }""", List, "", 3, 3 },
        { "repeatpage", "", Text("ListInstances", Page("\"2\"", Row(1), Row(2)), ", \"nth\": [1]") + ", " + Text("ListInstances", Page("null", Row(2), Row(3))), List, "", 0, 3 },
        { "falsetoken", "", Text("ListInstances", Page("false", Row(1), Row(2))), List, "", 0, 2 },
        { "endlesstoken", "", Text("ListInstances", Page("\"t\"", Row(1), Row(2))), List, "ResponseInvalid", 0, 2 },
        { "neverleaves", Three, Text("Destroy*", "{\"success\":true}"), Nuke, "InstanceNotRemoved RemovalNotProven", 3, -1 },
        { "slowleave", Three, Text("Destroy*", "{\"success\":true}", ", \"nth\": [1, 2]"), Nuke, "", 0, 3 },
        { "gonethenback", Three, Text("Destroy*", "{\"success\":true}", ", \"nth\": [1]") + ", " + Text("ListInstances", Page("null"), ", \"nth\": [3]"), Nuke, "", 0, -1 },
        { "unicode", "", Rows(Row(1, label: "spotcluster/demo/nöde-①"), Row(2, label: "train\\n\\u001b[31mred"), Row(3, label: "spotcluster/../x"), Row(5, label: "spotcluster/demo/a/b"), Row(6, label: "SPOTCLUSTER/demo/n"), Row(7, label: ""), Row(8, label: " spotcluster/demo/n8 "), Row(9, label: "spotcluster/-/n9")), List, "", 0, -1 },
        { "a401plain", Three, Text("*", "{\"msg\":\"Invalid user key\"}", ", \"status\": 401, \"service\": \"vast\""), List, "VastKeyInvalid", 3, 0 },
        { "pricechange", Three, Text("GetInstance", "{\"instances\":" + Row(7, "\"dph_base\": 2.5, \"dph_total\": 2.51") + "}", ", \"nth\": [1]"), Auto + " | Where-Object HourlyPrice -le 0.5", "", 4, 1 },
        { "weird", Three, Text("CreateInstance", "{\"success\":true,\"new_contract\":7}", ", \"nth\": [1]") + ", " + Text("ListInstances", Page("null", Row(7, "\"actual_status\": \"hibernating\"", label: "spotcluster/auto/node-x")), ", \"nth\": [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]"), Auto + " -Wait -Timeout 200", "", 4, -1 },
        { "errfalsepos", "", Rows(Row(1, "\"actual_status\": \"loading\", \"status_msg\": \"Pulling from myrepo/error-correction: 33%\", \"image_uuid\": \"myrepo/error-correction\"")), List + " -State Pending", "", 0, 1 },
        { "credit0", Three, Text("GetUser", """{"id":77,"credit":0,"last4":"4242"}"""), Auto, "", 4, 1 },
        { "creditcard", Three, Text("GetUser", """{"id":77,"credit":-0.01,"balance":-0.01,"last4":"4242"}"""), Auto, "", 4, 1 },
        { "createempty", Three, """{ "operation": "CreateInstance", "action": "httpAfter", "status": 200, "body": "empty", "nth": [1] }""", Auto, "", 4, 1 },
        { "strcreate", Three, Text("CreateInstance", "\"accepted\"", ", \"nth\": [1]", "httpAfter"), Auto, "", 4, 1 },
        { "del204", Three, """{ "operation": "Destroy*", "action": "httpAfter", "status": 204, "body": "empty" }""", Nuke, "", 0, 3 },
        { "del200empty", Three, """{ "operation": "DestroyInstances", "action": "http", "status": 405, "body": "empty" }, { "operation": "DestroyInstance", "action": "httpAfter", "status": 200, "body": "empty" }""", Nuke, "", 0, 3 },
        { "get404 of what is gone", Three, Text("GetInstance", "{\"success\":false,\"error\":\"no_such_instance\",\"msg\":\"x\"}", ", \"status\": 404"), "Remove-SpotInstance \"$(@($cloud.Vast.Machines)[0].Id)\" -Force", "", 2, 1 },
        { "outbid", "", Rows(Row(1, Stopped + ", \"is_bid\": true, \"dph_base\": 0.2, \"min_bid\": 0.35"), Row(2, Stopped), Row(4, "\"actual_status\": \"offline\"")), List + " -State Outbid", "", 0, 1 },
        { "many", "", "", "$all = Find-SpotOffer -Provider Vast -GpuName 'H100*' -Limit 500; if ($all -and -not @($all | Where-Object GpuName -notlike 'H100*')) { 'found' }", "", 0, 1 },
        { "sameprice", "", Text("ListOffers", "{\"offers\":[" + string.Join(',', Enumerable.Range(1, 64).Select(id => $$"""{"id":{{id}},"num_gpus":1,"gpu_name":"RTX 4090","gpu_ram":24564,"dph_total":0.3,"rentable":true,"geolocation":"Sweden, SE"}""")) + "]}"), "Find-SpotOffer -Provider Vast -Limit 200", "", 0, 64 },
        { "keyexpirelist", Three, """{ "operation": "ListInstances", "code": "auth_error", "status": 404, "message": "Invalid user key", "from": 3 }, { "operation": "Destroy*", "code": "auth_error", "status": 404, "message": "Invalid user key" }""", Nuke, "*", 3, -1 },
        { "the lease of a killed job", Three + "; $null = $cloud.Vast.AddMachine('spotcluster/job-1/n@20200101T000000Z', $false, 0); $null = $cloud.Vast.AddMachine('spotcluster/job-2/n@29990101T000000Z', $false, 0)", "", "Invoke-SpotNuke -Provider Vast -Expired -Force -Timeout 60", "", 4, 1 },
        { "no such GPU", "", "", "Find-SpotOffer -Provider Vast -GpuName NOPE", "InstanceTypeNotOffered", 0, 0 },
        { "no such GPU for a cluster", "", "", "New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -GpuName 'RTX 4091' -Force", "InstanceTypeNotOffered", 0, 0 },
        { "no such GPU for a job", "", "", "Invoke-SpotJob hostname -MaxHourlyPrice 0.5 -GpuName NOPE -Force", "InstanceTypeNotOffered", 0, 0 },
        { "no such country", "", "", "Find-SpotOffer -Provider Vast -Geolocation ZZ", "ParameterInvalid", 0, 0 },
        { "no such country for a cluster", "", "", "New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Geolocation UK -Force", "ParameterInvalid", 0, 0 },
        { "a country without offers", "", "", "Find-SpotOffer -Provider Vast -Geolocation VA", "", 0, 0 },
        { "no such place in a removal", Three, "", "Invoke-SpotNuke -Provider Vast -Region 'Sweeden, SE' -Force", "RegionUnknown", 3, 0 },
        { "no such place", Three, "", "Get-SpotInstance -Provider Vast -Region 'Sweeden, SE'", "RegionUnknown", 3, 0 },
        { "createnocontract", Three, """{ "operation": "CreateInstance", "action": "wrongKind", "nth": [1] }""", Auto, "*", 4, -1 },
    };

    private const string Stopped = "\"intended_status\": \"stopped\", \"cur_state\": \"stopped\", \"next_state\": \"stopped\", \"actual_status\": \"exited\"";

    // A row of the list; what is named twice has its last value.
    private static string Row(int id, string more = "\"gpu_name\": \"RTX 4090\"", string? label = null) =>
        $$"""{ "id": {{id}}, "label": "{{label ?? $"spotcluster/demo/n{id}"}}", "actual_status": "running", "intended_status": "running", "cur_state": "running", "next_state": "running", "dph_total": 0.31, "num_gpus": 1, {{more}} }""";

    private static string Page(string token, params string[] rows) => $$"""{ "success": true, "next_token": {{token}}, "instances": [{{string.Join(',', rows)}}] }""";

    private static string Rows(params string[] rows) => Text("ListInstances", Page("null", rows));

    // A rule that answers an operation with a text of its own; the script has it in single quotes.
    private static string Text(string operation, string text, string more = "", string action = "http") =>
        $$"""{ "operation": "{{operation}}", "action": "{{action}}", "status": 200, "body": "text", "text": {{System.Text.Json.JsonSerializer.Serialize(text, Relaxed)}}{{more}} }""".Replace("'", "''", StringComparison.Ordinal);

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>The names that fit a pattern are listed within the time of the command, as its plan is.</summary>
    [Fact]
    public void A_listing_of_names_that_is_not_answered_in_time_ends_the_command()
    {
        using var session = new ModuleSession();
        session.Must(Vast + Three + """

            $null = $cloud.Faults.AddJson('{ "rules": [{ "operation": "ListInstances", "action": "delay", "seconds": 86400 }] }')
            $cloud.Clock.AutoAdvance = $false
            """);
        var outcome = session.Run("Remove-SpotCluster 'de*' -Provider Vast -Force -Timeout 1");
        Assert.Contains("the time limit of the command (1 s) expired.", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
        Assert.Equal("3 0", session.Must(Left)[0].ToString());
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
