using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Xml.Linq;

namespace SpotCluster.PowerShell.Tests;

/// <summary>What comes out can be kept: in files as in tables, no value is the name of a type, and nothing is lost without a sign.</summary>
public sealed class OutputTests
{
    // What a narrow console may leave out: the rest of a row that is still about the right thing.
    private static readonly Dictionary<string, string[]> MayBeLeftOut = new(StringComparer.Ordinal)
    {
        ["SpotInstanceTable"] = ["Health", "PublicIp"],
        ["SpotInstanceCostTable"] = ["Region", "Health", "PublicIp"],
        ["SpotClusterTable"] = ["Regions"],
        ["SpotClusterCostTable"] = ["Regions"],
        ["SpotResourceTable"] = ["Region", "State", "Name"],
        ["SpotRemovalTable"] = ["Region", "Provider", "Cluster"],
        ["SpotCostTable"] = ["Compute", "Disks", "PublicIp"],
        ["SpotAccountTable"] = ["Stopped USD/h"],
        ["SpotAgentTable"] = ["Region"],
        ["SpotTerminationTable"] = ["Region", "Reason"],
        ["SpotChangeTable"] = ["Cluster", "Region"],
        ["SpotReportTable"] = ["Unknown"],
    };

    [Fact]
    public void No_value_of_an_output_type_is_the_name_of_a_type_in_a_file()
    {
        using var session = new ModuleSession();
        var problems = new List<string>();
        foreach (var name in OutputTypes(session))
        {
            var sample = ModelSamples.Make(ModelSamples.Find(name));
            Check("Export-Csv", "$input | ConvertTo-Csv", sample);
            Check("ConvertTo-Json", "$input | ConvertTo-Json -WarningAction Ignore", sample);
            foreach (var value in Values(session.Must("[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($sample, 2))", sample)[0]))
            {
                if (IsTypeName(value))
                {
                    problems.Add($"{name} in Export-Clixml: {value}");
                }
            }

            void Check(string command, string script, object item)
            {
                var text = string.Join("\n", session.Must(script.Replace("$input", "$sample", StringComparison.Ordinal), item).Select(line => line.ToString()));
                if (IsTypeName(text))
                {
                    problems.Add($"{name} in {command}: {text}");
                }
            }
        }

        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    [Fact]
    public void Every_output_type_has_a_table_and_a_list()
    {
        using var session = new ModuleSession();
        var views = Views().ToLookup(view => view.Type, view => view.IsTable);
        Assert.Equal([], OutputTypes(session).Where(name => views[name].Distinct().Count() < 2));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Every_table_shows_what_matters_whole(int width)
    {
        using var session = new ModuleSession(width);
        var problems = new List<string>();
        foreach (var (view, type, columns, _) in Views().Where(view => view.IsTable))
        {
            var sample = PSObject.AsPSObject(ModelSamples.Make(ModelSamples.Find(type.Split('#')[0])));
            sample.TypeNames.Insert(0, type);
            if (type.EndsWith("SpotInstance#Vast", StringComparison.Ordinal))
            {
                sample.Properties["Id"].Value = "285586581";
            }

            // A terminal has the last column for its cursor.
            var text = session.Must($"$sample | Format-Table -View {view} | Out-String -Width {width - 1}", sample)[0].ToString()!;
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).Where(line => line.Length > 0).ToList();
            var left = width >= 120 ? [] : MayBeLeftOut.GetValueOrDefault(view, []);
            var missing = columns.Except(left).Where(column => !lines[0].Contains(column, StringComparison.Ordinal)).ToList();
            if (missing.Count > 0 || lines.Exists(line => line.Length > width) || text.Contains('…', StringComparison.Ordinal) || IsTypeName(text))
            {
                problems.Add($"{view} lacks {string.Join(", ", missing)} or is cut:\n{text}");
            }

            var broken = Wholes(sample).Where(value => lines.Exists(line => line.Contains(value[..(value.Length / 2)], StringComparison.Ordinal)) && !text.Contains(value, StringComparison.Ordinal)).ToList();
            if (broken.Count > 0)
            {
                problems.Add($"{view} breaks {string.Join(", ", broken)}:\n{text}");
            }

            if (Bad(text) is { } time)
            {
                problems.Add($"{view}: {time} is no time of ISO 8601 in UTC:\n{text}");
            }
        }

        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void Every_list_shows_every_value_whole(int width)
    {
        using var session = new ModuleSession(width);
        var problems = new List<string>();
        foreach (var (view, type, properties, _) in Views().Where(view => !view.IsTable))
        {
            var sample = ModelSamples.Make(ModelSamples.Find(type));
            var text = session.Must($"$sample | Format-List -View {view} | Out-String -Width {width}", sample)[0].ToString()!;
            var missing = properties.Where(property => !text.Contains(property + " ", StringComparison.Ordinal)).ToList();
            if (missing.Count > 0 || text.Contains('…', StringComparison.Ordinal) || IsTypeName(text) || Bad(text) is not null)
            {
                problems.Add($"{view} lacks {string.Join(", ", missing)} or is cut:\n{text}");
            }
        }

        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    [Theory]
    [InlineData("Remove-SpotCluster demo -Force", "SpotRemoval")]
    [InlineData("Remove-SpotCluster demo -Force -Summary", "SpotProof")]
    [InlineData("Invoke-SpotNuke -Force", "SpotRemoval")]
    [InlineData("Invoke-SpotNuke -Force -Summary", "SpotProof")]
    [InlineData("Measure-SpotCost", "SpotCost")]
    [InlineData("Measure-SpotCost -Provider Vast", "SpotCost")]
    [InlineData("Measure-SpotCost -Scope Account", "SpotAccount")]
    public void A_command_writes_objects_of_one_type(string script, string type)
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1");
        Assert.Equal([type], session.Must(script).Select(item => item.BaseObject.GetType().Name).Distinct());
    }

    [Fact]
    public void A_removal_says_what_was_verified_and_keeps_the_proof_where_it_is_wanted()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1; $removed = Remove-SpotCluster demo -Force -ProofVariable proof");
        Assert.Contains("Verified empty: cluster 'demo' at AWS in all 17 enabled regions of account 123456789012.", session.Shown, StringComparison.Ordinal);
        Assert.Equal("True demo 123456789012", session.Must("\"$($proof.Proven) $($proof.ClusterName) $($proof.AccountId)\"")[0].ToString());
        Assert.Equal("demo 123456789012 Aws", session.Must("$removed | ForEach-Object { \"$($_.ClusterName) $($_.AccountId) $($_.Provider)\" } | Sort-Object -Unique")[0].ToString());

        session.Must("$null = New-SpotCluster demo -Region us-east-1");
        session.Must("$null = Remove-SpotCluster demo -Region us-west-2 -Force -ErrorAction SilentlyContinue; Remove-SpotCluster demo -Region us-east-1 -Force -Summary");
        Assert.Equal("cluster 'demo' at AWS in us-east-1 only of account 123456789012", session.Must("(Invoke-SpotNuke -Region us-east-1 -Summary).Scope -replace 'every managed resource', \"cluster 'demo'\"")[0].ToString());
    }

    [Fact]
    public void A_preview_of_the_removal_of_everything_names_provider_and_account()
    {
        using var session = new ModuleSession();
        session.Must("$null = New-SpotCluster demo -Region us-east-1; $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue");
        Assert.Empty(session.Must("Invoke-SpotNuke -WhatIf"));
        Assert.Matches(@"What if: everything managed .* at AWS, account 123456789012 in 17 regions: ", session.Shown);
        Assert.Matches(@"What if: .* at Vast\.ai, account \d+: 1 instance ", session.Shown);
        Assert.Equal("AWS 123456789012 demo", session.Must("Remove-SpotCluster demo -Force | ForEach-Object { \"AWS $($_.AccountId) $($_.ClusterName)\" } | Sort-Object -Unique")[0].ToString());
    }

    private static IEnumerable<string> OutputTypes(ModuleSession session) => session
        .Must("(Get-Command -Module SpotCluster).OutputType.Name | Where-Object { $_ -like 'SpotCluster.Model.*' } | Sort-Object -Unique").Select(name => name.ToString()!);

    private static IEnumerable<(string Name, string Type, string[] Columns, bool IsTable)> Views() =>
        XDocument.Load(Path.Combine(Repository.Root, "module", "SpotCluster.Format.ps1xml")).Descendants("View").Select(view => (
            view.Element("Name")!.Value,
            view.Element("ViewSelectedBy")!.Element("TypeName")!.Value,
            view.Element("TableControl") is { } table
                ? table.Descendants("Label").Select(label => label.Value).ToArray()
                : view.Descendants("ListItem").Select(item => (item.Element("Label") ?? item.Element("PropertyName"))!.Value).ToArray(),
            view.Element("TableControl") is not null));

    private static bool IsTypeName(string text) =>
        text.Contains("System.Collections", StringComparison.Ordinal) || text.Contains("System.String[]", StringComparison.Ordinal)
        || text.Contains("System.Object[]", StringComparison.Ordinal) || text.Contains("ValueList", StringComparison.Ordinal)
        || text.Replace("#TYPE SpotCluster.Model.", "", StringComparison.Ordinal).Contains("SpotCluster.Model.", StringComparison.Ordinal);

    // What is of no use in two lines: ids, places, words of the product and prices; free text may be wrapped.
    private static IEnumerable<string> Wholes(PSObject sample) => sample.Properties
        .Where(property => property.Value is Enum || property.Name is "Id" or "InstanceId" or "NodeId" or "Region" or "InstanceType" or "Type" || property.Name.Contains("Price", StringComparison.Ordinal))
        .Select(property => LanguagePrimitives.ConvertTo<string>(property.Value) is { Length: > 3 } text ? text : "").Where(text => text.Length > 0);

    // A time of another form, or of another zone.
    private static string? Bad(string text)
    {
        var written = ModelSamples.Time.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
        return text.Replace(written, "", StringComparison.Ordinal).Contains("2026-", StringComparison.Ordinal) || text.Contains("01/02/2026", StringComparison.Ordinal) ? text : null;
    }

    // Every value of an object, and of those in it, as text.
    private static IEnumerable<string> Values(object? value) => value switch
    {
        null => [],
        PSObject { BaseObject: PSCustomObject } item => item.Properties.SelectMany(property => Values(property.Value)),
        PSObject item => Values(item.BaseObject),
        string text => [text],
        IDictionary table => table.Values.Cast<object?>().SelectMany(Values),
        IEnumerable items => items.Cast<object?>().SelectMany(Values),
        _ => [Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""],
    };
}
