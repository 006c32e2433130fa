using Spectre.Console;
using SpotCluster.Bench;

IReadOnlyDictionary<string, Func<IAsyncEnumerable<Measurement>>> parts = new Dictionary<string, Func<IAsyncEnumerable<Measurement>>>(StringComparer.Ordinal)
{
    ["lifecycle"] = LifecycleBenchmark.RunAsync,
    ["nuke"] = NukeBenchmark.RunAsync,
    ["listing"] = ListingBenchmark.RunAsync,
    ["backend"] = BackendBenchmark.RunAsync,
    ["agent"] = AgentBenchmark.RunAsync,
    ["import"] = ImportBenchmark.RunAsync,
};
var chosen = args.Length == 0 ? [.. parts.Keys] : args;
if (chosen.FirstOrDefault(name => !parts.ContainsKey(name)) is { } unknown)
{
    AnsiConsole.WriteLine($"There is no benchmark '{unknown}': choose from {string.Join(", ", parts.Keys)}, or name none for all.");
    return 2;
}

var table = new Table { Border = TableBorder.Rounded };
table.AddColumns("What", "Setting", "Measured", "Reference", "Ratio", "Budget", "Verdict");
foreach (var column in table.Columns.Skip(2).Take(4))
{
    column.RightAligned();
}

var isOver = false;
foreach (var name in chosen)
{
    await foreach (var measurement in parts[name]().ConfigureAwait(false))
    {
        isOver |= measurement.IsOver;
        table.AddRow(measurement.ToCells());
    }
}

AnsiConsole.Write(table);
return isOver ? 1 : 0;
