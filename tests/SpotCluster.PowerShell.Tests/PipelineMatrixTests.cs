using System.Globalization;
using System.Text;

namespace SpotCluster.PowerShell.Tests;

/// <summary>
/// Every kind of object, piped into every cmdlet that changes something: the cell does what the sentence says, to exactly what
/// the object is about, or is refused before anything is looked at. docs/pipeline.md is what this run produced.
/// </summary>
public sealed class PipelineMatrixTests
{
    private const string Command = "SPOTCLUSTER_UPDATE_DOCS=1 dotnet test tests/SpotCluster.PowerShell.Tests --filter PipelineMatrixTests";

    private const string Setup = """
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $null = New-SpotCluster bacalhau-demo -Region us-west-2 -Count 2
        $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue
        $i = (Get-SpotInstance -ClusterName demo)[0]
        $v = (Get-SpotInstance -ClusterName auto)[0]
        function model($name, $values) { $o = [Activator]::CreateInstance($i.GetType().Assembly.GetType("SpotCluster.Model.$name")); foreach ($key in $values.Keys) { $o.$key = $values[$key] }; $o }
        function clixml($o) { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($o, 3)) }
        """;

    /// <summary>What an object is about.</summary>
    /// <param name="Name">The object for the page.</param>
    /// <param name="Script">What writes it.</param>
    /// <param name="Instance">The instance that it is about; null for none.</param>
    /// <param name="Cluster">The cluster that it is, or belongs to; null for none.</param>
    /// <param name="Other">The further kinds that it is: an offer, a row, an agent, part of a report.</param>
    /// <param name="IsPlain">True for what is no object of this module, and has one form.</param>
    private sealed record Piped(string Name, string Script, string? Instance = null, string? Cluster = null, Kind Other = Kind.None, bool IsPlain = false);

    [Flags]
    private enum Kind
    {
        None = 0,
        Instance = 1,
        Cluster = 2,
        Offer = 4,
        Row = 8,
        Agent = 16,
        Report = 32,
        Termination = 64,
    }

    private sealed record Changing(string Command, string Script, Kind Takes, string Does);

    /// <summary>How an object comes: as it was written, and after it was in a file.</summary>
    private static readonly (string Name, string Script)[] Forms =
    [
        ("object", "$object"),
        ("CLIXML", "clixml $object"),
        ("CSV", "$object | ConvertTo-Csv | ConvertFrom-Csv"),
        ("JSON", "$object | ConvertTo-Json -Depth 4 -WarningAction Ignore | ConvertFrom-Json"),
    ];

    private static readonly Piped[] Objects =
    [
        new("SpotInstance", "$i", "$i.Id", "demo", Kind.Report),
        new("SpotInstance of Vast.ai", "$v", "$v.Id", "auto", Kind.Report),
        new("SpotInstance, selected properties", "$i | Select-Object Id, Region, ClusterName, Name", "$i.Id", "demo", Kind.Report),
        new("SpotCluster", "Get-SpotCluster demo", null, "demo", Kind.Report),
        new("SpotCluster of Vast.ai", "Get-SpotCluster auto", null, "auto", Kind.Report),
        new("SpotResource, an instance", "Get-SpotResource demo -Type instance | Where-Object Id -eq $i.Id", "$i.Id", "demo"),
        new("SpotResource, a VPC", "Get-SpotResource demo -Type vpc", null, "demo"),
        new("SpotRemoval of an instance", "model SpotRemoval @{ Id = $i.Id; Provider = 'Aws'; Type = 'instance'; Region = $i.Region; Outcome = 'Failed' }", "$i.Id", null, Kind.Report),
        new("SpotRemoval of a VPC", "model SpotRemoval @{ Id = 'vpc-0123456789abcdef0'; Type = 'vpc'; Region = 'us-east-1'; Outcome = 'Blocked' }", null, null, Kind.Report),
        new("SpotProof of a cluster", "model SpotProof @{ Provider = 'Aws'; ClusterName = 'demo'; Proven = $true }", null, "demo", Kind.Report),
        new("SpotProof of everything", "model SpotProof @{ Provider = 'Aws'; Proven = $true }", null, null, Kind.Report),
        new("SpotRemovalPlan", "Invoke-SpotNuke -Plan -Provider Aws"),
        new("SpotChange", "Watch-SpotCluster demo | Where-Object InstanceId -eq $i.Id | Select-Object -First 1", "$i.Id", "demo"),
        new("SpotCommandResult", "model SpotCommandResult @{ Id = $i.Id; Provider = 'Aws'; ClusterName = 'demo'; Region = $i.Region; ExitCode = 1 }", "$i.Id", "demo"),
        new("SpotCost of an instance", "Measure-SpotCost -Id $i.Id -Scope Instance", "$i.Id", "demo"),
        new("SpotCost of a cluster", "Measure-SpotCost demo -Scope Cluster", null, "demo"),
        new("SpotCost of everything", "Measure-SpotCost -Scope Total"),
        new("SpotAccount", "Measure-SpotCost -Provider Vast -Scope Account"),
        new("SpotOffer", "Find-SpotOffer -Provider Vast | Select-Object -First 1", null, null, Kind.Offer),
        new("SpotPrice", "Get-SpotPrice t3.micro -Region us-east-1 | Select-Object -First 1"),
        new("SpotQuota", "Get-SpotQuota us-east-1 | Select-Object -First 1"),
        new("SpotIdentity", "Get-SpotIdentity"),
        new("SpotPlan", "New-SpotCluster third -Region us-east-1 -WhatIf"),
        new("SpotResizePlan", "Resize-SpotCluster demo -Count 3 -WhatIf", null, "demo"),
        new("SpotUserData", "Get-SpotUserData third"),
        new("SpotSetting", "Get-SpotConfiguration | Select-Object -First 1"),
        new("SpotDiscovery", "model SpotDiscovery @{ FilterTagName = 'a'; FilterTagValue = 'b' }"),
        new("SpotSimulator", "model SpotSimulator @{ }"),
        new("SpotSsoSession", "model SpotSsoSession @{ }"),
        new("SpotAgent", "model SpotAgent @{ AgentId = 'a-1'; Region = 'us-east-1' }", null, null, Kind.Agent),
        new("SpotEvent", "model SpotEvent @{ AgentId = 'a-1' }"),
        new("SpotTermination", "model SpotTermination @{ InstanceId = $i.Id; AccountId = '123456789012' }", null, null, Kind.Termination),
        new("SpotReport", "model SpotReport @{ }"),
        new("true or false", "$true", IsPlain: true),
        new("id of an instance", "$i.Id", "$i.Id", "$i.Id", Kind.Row, IsPlain: true),
        new("name of a cluster", "'demo'", "'demo'", "demo", Kind.Row, IsPlain: true),
        new("row with Name", "[pscustomobject]@{ Name = 'demo' }", null, null, Kind.Row, IsPlain: true),
        new("row with ClusterName", "[pscustomobject]@{ ClusterName = 'demo' }", null, "demo", Kind.Row, IsPlain: true),
        new("a process", "Get-Process -Id $PID", IsPlain: true),
        new("a file", "Get-Item /", IsPlain: true),
    ];

    private static readonly Changing[] Commands =
    [
        new("Remove-SpotInstance", "Remove-SpotInstance -Force -WhatIf", Kind.Instance, "removes it"),
        new("Stop-SpotInstance", "Stop-SpotInstance -WhatIf", Kind.Instance, "stops it"),
        new("Start-SpotInstance", "Start-SpotInstance -WhatIf", Kind.Instance, "starts it"),
        new("Restart-SpotInstance", "Restart-SpotInstance -WhatIf", Kind.Instance, "restarts it"),
        new("Copy-SpotItem", "Copy-SpotItem -Path nowhere -WhatIf", Kind.Instance, "copies there"),
        new("Set-SpotInstance", "Set-SpotInstance -Label x -WhatIf", Kind.Instance, "changes it"),
        new("Invoke-SpotCommand", "Invoke-SpotCommand uptime -WhatIf", Kind.Instance, "runs there"),
        new("Remove-SpotCluster", "Remove-SpotCluster -Force -WhatIf", Kind.Cluster, "removes its cluster"),
        new("Resize-SpotCluster", "Resize-SpotCluster -Count 3 -WhatIf", Kind.Cluster, "resizes its cluster"),
        new("Set-SpotCluster", "Set-SpotCluster -ExpiresIn 8h -WhatIf", Kind.Cluster, "changes its cluster"),
        new("Invoke-SpotNuke", "Invoke-SpotNuke -Force -WhatIf", Kind.None, ""),
        new("Connect-SpotVast", "Connect-SpotVast -WhatIf", Kind.None, ""),
        new("Invoke-SpotCleanup", "Invoke-SpotCleanup -Force -WhatIf", Kind.None, ""),
        new("Start-SpotCleanupAgent", "Start-SpotCleanupAgent -WhatIf", Kind.None, ""),
        new("New-SpotInstance", "New-SpotInstance -Force -WhatIf", Kind.Offer, "rents it"),
        new("New-SpotCluster", "New-SpotCluster -Region us-east-1 -WhatIf", Kind.Row, "creates what it names"),
        new("Register-SpotAgent", "Register-SpotAgent -AgentTokenPath /nowhere/token -WhatIf", Kind.None, ""),
        new("Set-SpotAgent", "Set-SpotAgent -Enabled $false -WhatIf", Kind.Agent, "changes it"),
        new("Unregister-SpotAgent", "Unregister-SpotAgent -Force -WhatIf", Kind.Agent, "removes it"),
        new("Reset-SpotAgentToken", "Reset-SpotAgentToken -AgentTokenPath /nowhere/token -WhatIf", Kind.Agent, "resets its token"),
        new("Resume-SpotTermination", "Resume-SpotTermination -WhatIf", Kind.Termination, "requeues it"),
        new("Export-SpotReport", "Export-SpotReport -Path nowhere.html -WhatIf", Kind.Report, "shows it"),
    ];

    [Fact]
    public void Every_object_does_what_the_sentence_says_or_is_refused()
    {
        using var session = new ModuleSession();
        session.Must(Setup);
        var problems = new List<string>();
        var page = new StringBuilder(Head());
        page.Append("| what is piped |").Append(string.Concat(Commands.Select(command => $" {command.Command} |"))).Append('\n');
        page.Append("|---|").Append(string.Concat(Commands.Select(_ => "---|"))).Append('\n');
        foreach (var piped in Objects)
        {
            session.Must($"$object = @({piped.Script})\nif ($object.Count -ne 1) {{ throw \"{piped.Name}: $($object.Count) objects\" }}");
            var rows = new List<(string Form, string Cells)>();
            foreach (var form in piped.IsPlain ? Forms[..1] : Forms)
            {
                session.Must($"$piped = @({form.Script})\nif ($piped.Count -ne 1) {{ throw \"{piped.Name}: $($piped.Count) objects\" }}");
                rows.Add((form.Name, Cells(session, form.Name is "CSV" or "JSON" ? AsRow(session, piped) : piped, form.Name, problems)));
            }

            var isOne = rows.Select(row => row.Cells).Distinct().Count() == 1;
            foreach (var same in rows.GroupBy(row => row.Cells))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {piped.Name}{(isOne ? "" : $" ({string.Join(", ", same.Select(row => row.Form))})")} |{same.Key}\n");
            }
        }

        Assert.True(problems.Count == 0, string.Join("\n", problems));
        var path = Path.Combine(Repository.Root, "docs", "pipeline.md");
        if (Environment.GetEnvironmentVariable("SPOTCLUSTER_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, page.ToString());
        }

        var written = File.Exists(path) ? File.ReadAllText(path).Replace("\r\n", "\n", StringComparison.Ordinal) : "";
        Assert.True(page.ToString() == written, $"docs/pipeline.md is not what this run produced; {Command} writes it.");
    }

    [Fact]
    public void Every_output_type_is_in_the_matrix()
    {
        using var session = new ModuleSession();
        var types = session.Must("(Get-Command -Module SpotCluster).OutputType.Name | Where-Object { $_ -like 'SpotCluster.Model.*' } | Sort-Object -Unique").Select(name => name.ToString()!.Split('.')[^1]).ToList();
        Assert.NotEmpty(types);
        Assert.Equal([], types.Except(Objects.Select(piped => piped.Name.Split(' ', ',')[0])));
    }

    private static string Cells(ModuleSession session, Piped piped, string form, List<string> problems)
    {
        var instance = piped.Instance is null ? null : session.Must(piped.Instance)[0].ToString();
        var cells = new StringBuilder();
        foreach (var command in Commands)
        {
            var outcome = session.Run($"$piped | {command.Script}");
            var cell = Judge(piped, instance, command, outcome);
            if (outcome.Changes.Count > 0)
            {
                problems.Add($"{piped.Name} ({form}) | {command.Command}: -WhatIf changed something: {string.Join(", ", outcome.Changes)}");
            }

            if (cell.Problem is not null)
            {
                problems.Add($"{piped.Name} ({form}) | {command.Command}: {cell.Problem}\n    errors: {string.Join("; ", outcome.Errors.Select(error => $"{error.FullyQualifiedErrorId}: {error}"))}\n    {string.Join("\n    ", outcome.WhatIf)}");
            }

            cells.Append(CultureInfo.InvariantCulture, $" {cell.Text} |");
        }

        return cells.ToString();
    }

    // A row has no type: it is about what its columns say, and is no part of a report.
    private static Piped AsRow(ModuleSession session, Piped piped)
    {
        string Column(string expression) => session.Must($"\"$({expression})\"")[0].ToString()!;
        var id = Column("if ($piped.InstanceId) { $piped.InstanceId } elseif (-not $piped.Type -or $piped.Type -eq 'instance') { $piped.Id }");
        var cluster = Column("$piped.ClusterName");
        var isId = id.StartsWith("i-", StringComparison.Ordinal) || (id.Length > 0 && id.All(char.IsAsciiDigit));
        return piped with { Instance = isId ? $"'{id}'" : null, Cluster = cluster.Length > 0 ? cluster : null, Other = piped.Other & ~Kind.Report };
    }

    private static (string Text, string? Problem) Judge(Piped piped, string? instance, Changing command, Outcome outcome)
    {
        var about = command.Takes & (piped.Other | (instance is null ? Kind.None : Kind.Instance) | (piped.Cluster is null ? Kind.None : Kind.Cluster));
        if (about == Kind.None)
        {
            return outcome is { WhatIf.Count: 0, Output.Count: 0, Errors.Count: > 0 } && outcome.ErrorIds.All(IsRefusal)
                ? ("refused", null)
                : ("?", "is not refused");
        }

        // What a backend knows is looked up there first, and here is none.
        if (about is Kind.Agent or Kind.Termination)
        {
            return outcome is { WhatIf.Count: 0, ErrorIds: ["BackendTokenMissing"] } ? (command.Does, null) : ("?", "is not looked up at the backend");
        }

        // Text that is no id of an instance, or no name of a cluster, is one that does not exist; Vast.ai has no clusters to resize.
        var isMissing = piped.Name is "name of a cluster" && about == Kind.Instance || piped.Name is "id of an instance" && about == Kind.Cluster || piped.Cluster is "third" && about == Kind.Cluster;
        if (isMissing || (piped.Cluster == "auto" && command.Command is "Resize-SpotCluster" or "Set-SpotCluster"))
        {
            return outcome is { WhatIf.Count: 0, Errors.Count: > 0 } && outcome.ErrorIds.All(id => id is "InstanceIdInvalid" or "ClusterNotFound" or "InstanceNotChangeable")
                ? ($"`{outcome.ErrorIds[0]}`", null)
                : ("?", "is not an error of its own");
        }

        // What it names is there already, or is no name of a cluster.
        if (about == Kind.Row && outcome.ErrorIds is ["ClusterNameInUse" or "ClusterNameInvalid"])
        {
            return ($"`{outcome.ErrorIds[0]}`", null);
        }

        if (outcome.Errors.Count > 0 || outcome.WhatIf.Count != 1)
        {
            return ("?", "does not act on exactly one thing");
        }

        var isRight = about switch
        {
            Kind.Instance => outcome.WhatIf[0].Contains(instance!, StringComparison.Ordinal),
            Kind.Cluster => outcome.WhatIf[0].Contains($"cluster '{piped.Cluster}'", StringComparison.Ordinal),
            _ => true,
        };
        return isRight ? (command.Does, null) : ("?", "acts on something else");
    }

    private static bool IsRefusal(string id) => id is "ParameterInvalid" or "InputObjectNotBound" or "InputObjectMissingMandatory" or "ParameterArgumentValidationError";

    private static string Head() => $"""
        # What can be piped into what

        Every kind of object that the commands write, piped into every command that changes something. The table is written by a test, `PipelineMatrixTests`, on the simulated clouds, and that test fails when this page is not what it produced. To write it anew:

        ```sh
        {Command}
        ```

        *refused* means: an error (`ParameterInvalid`, or PowerShell's own where a property does not fit a parameter) before anything is looked at, and nothing is changed. Everything else happens to exactly the one instance or cluster that the object is about, also when it was in a file (CLIXML, CSV, JSON) in between; a row names the forms where they differ. An instance that is piped into a command for clusters stands for its cluster, once; its region never narrows what is removed. `Invoke-SpotNuke`, `Invoke-SpotCleanup` and `Start-SpotCleanupAgent` take nothing from the pipeline.

        Times are `DateTimeOffset` values in UTC. As text, in `Export-Csv` as in tables, they are `2026-01-02 03:04:05Z` in every culture; in JSON they are `2026-01-02T03:04:05+00:00`. Numbers in CSV have the decimal separator of the session, as `Export-Csv` writes them for every command, and are read in the same culture again.


        """.Replace("\r\n", "\n", StringComparison.Ordinal);
}
