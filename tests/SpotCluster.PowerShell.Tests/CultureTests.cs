using System.Globalization;
using System.Management.Automation;

namespace SpotCluster.PowerShell.Tests;

/// <summary>What is kept in a file reads the same in every culture, comes back, and is still a time to calculate with.</summary>
public sealed class CultureTests : IDisposable
{
    // A culture with a decimal comma and another order of days and months, where the system has no cultures of its own.
    private const string Comma = """
        $culture = [cultureinfo]::InvariantCulture.Clone()
        $culture.NumberFormat.NumberDecimalSeparator = ','
        $culture.NumberFormat.NumberGroupSeparator = '.'
        $culture.DateTimeFormat.ShortDatePattern = 'dd.MM.yyyy'
        [System.Threading.Thread]::CurrentThread.CurrentCulture = $culture

        """;

    private readonly ModuleSession _session = new();

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    [Fact]
    public void Every_time_of_every_output_type_is_ISO_8601_in_a_file()
    {
        var written = ModelSamples.Time.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
        var problems = new List<string>();
        foreach (var type in ModelSamples.Find("SpotCluster.Model.SpotInstance").Assembly.GetExportedTypes()
            .Where(type => type.Name.StartsWith("Spot", StringComparison.Ordinal) && type.GetConstructor([]) is not null))
        {
            foreach (var time in type.GetProperties().Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(DateTimeOffset)))
            {
                var sample = ModelSamples.Make(type);
                var row = _session.Must(Comma + "$sample | ConvertTo-Csv | ConvertFrom-Csv", sample)[0];
                if (!Equals(row.Properties[time.Name].Value, written))
                {
                    problems.Add($"{type.Name}.{time.Name}: {row.Properties[time.Name].Value}");
                }

                var hours = _session.Must($"($sample.{time.Name}.AddHours(2) - $sample.{time.Name}).TotalHours; $sample.{time.Name} -is [DateTimeOffset]; $sample.{time.Name}.ToString('yyyy'); $sample.{time.Name} -lt [DateTime]::MaxValue", sample);
                Assert.Equal(["2", "True", "2026", "True"], hours.Select(value => LanguagePrimitives.ConvertTo<string>(value)));
            }
        }

        Assert.True(problems.Count == 0, string.Join("\n", problems));
    }

    [Theory]
    [InlineData("Get-SpotInstance", "LaunchedAt")]
    [InlineData("Get-SpotInstance -Cost", "ExpiresAt")]
    [InlineData("Get-SpotInstance | Select-Object Id, LaunchedAt", "LaunchedAt")]
    [InlineData("Get-SpotCluster -Cost", "CreatedAt")]
    [InlineData("Get-SpotResource -Type instance", "CreatedAt")]
    [InlineData("Measure-SpotCost", "MeasuredAt")]
    [InlineData("Get-SpotPrice t3.micro -Region us-east-1", "At")]
    public void What_a_command_writes_is_so_too(string script, string property)
    {
        _session.Must("$null = New-SpotCluster demo -Region us-east-1 -ExpiresIn 8h");
        Assert.All(_session.Must($"{Comma}({script} | ConvertTo-Csv | ConvertFrom-Csv).{property}"), time => Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$", time.ToString()));
        Assert.All(_session.Must($"{script} | ConvertTo-Json -WarningAction Ignore"), json => Assert.Matches($"\"{property}\": \"[0-9]{{4}}-[0-9T:.+-]+\"", json.ToString()!.ReplaceLineEndings("")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(Comma)]
    public void A_row_comes_back_in(string culture)
    {
        _session.Must("$null = New-SpotCluster demo -Region us-east-1 -ExpiresIn 8h; $id = (Get-SpotInstance).Id");
        var outcome = _session.Run(culture + "Get-SpotInstance | ConvertTo-Csv | ConvertFrom-Csv | Remove-SpotInstance -WhatIf");
        Assert.Empty(outcome.Errors);
        Assert.Contains(_session.Must("$id")[0].ToString()!, Assert.Single(outcome.WhatIf), StringComparison.Ordinal);

        var price = _session.Must("$offer = Find-SpotOffer -Provider Vast -Limit 1; $offer.HourlyPrice")[0].BaseObject;
        var row = _session.Must(culture + "$offer | ConvertTo-Csv | ConvertFrom-Csv; $row = $offer | ConvertTo-Csv | ConvertFrom-Csv")[0];
        Assert.Equal(culture.Length > 0, row.Properties["HourlyPrice"].Value.ToString()!.Contains(',', StringComparison.Ordinal));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{price:0.####} USD per hour"), Assert.Single(_session.Run(culture + "$row | New-SpotInstance -WhatIf").WhatIf), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_of_an_object_has_its_times_too()
    {
        _session.Must("$null = New-SpotCluster demo -Region us-east-1 -ExpiresIn 8h");
        _session.Must(Comma + "$left = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-SpotInstance), 2))");
        Assert.Equal("2026-01-01 08:00:00Z", _session.Must("\"$($left.ExpiresAt)\"")[0].ToString());
    }

    [Fact]
    public void The_adapter_changes_no_property_but_times()
    {
        var outcome = _session.Must("""
            $i = (New-SpotCluster demo -Region us-east-1 | Get-SpotInstance)
            $i.Name = 'other'; $i.ExpiresAt = '2026-01-02 03:04:05Z'
            "$($i.Name) $($i.ExpiresAt.ToString())"
            ($i.psobject.Properties | Where-Object MemberType -eq Property).Name -join ','
            """);
        Assert.Equal("other 2026-01-02 03:04:05Z", outcome[0].ToString());
        Assert.Equal(string.Join(',', ModelSamples.Find("SpotCluster.Model.SpotInstance").GetProperties().Select(property => property.Name)), outcome[1].ToString());
    }
}
