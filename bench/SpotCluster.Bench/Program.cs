using Spectre.Console;
using SpotCluster.Bench;
using static System.FormattableString;

// Where the output goes to a file there is no terminal to tell how wide it is.
const int WidthOfFile = 140;

if (!AnsiConsole.Profile.Out.IsTerminal)
{
    AnsiConsole.Profile.Width = WidthOfFile;
}

if (args is ["--compare", { } reference])
{
    return await Comparison.RunAsync(reference).ConfigureAwait(false);
}

IReadOnlyDictionary<string, Func<IAsyncEnumerable<Measurement>>> parts = new Dictionary<string, Func<IAsyncEnumerable<Measurement>>>(StringComparer.Ordinal)
{
    ["lifecycle"] = LifecycleBenchmark.RunAsync,
    ["nuke"] = NukeBenchmark.RunAsync,
    ["scale"] = ScaleBenchmark.RunAsync,
    ["listing"] = ListingBenchmark.RunAsync,
    ["backend"] = BackendBenchmark.RunAsync,
    ["agent"] = AgentBenchmark.RunAsync,
    ["aws-cli"] = AwsCliBenchmark.RunAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["import"] = ImportBenchmark.RunAsync,
};
var chosen = args.Length == 0 ? [.. parts.Keys] : args;
if (chosen.FirstOrDefault(name => !parts.ContainsKey(name)) is { } unknown)
{
    AnsiConsole.WriteLine($"There is no benchmark '{unknown}': choose from {string.Join(", ", parts.Keys)}, or name none for all.");
    return 2;
}

var table = new Table { Border = TableBorder.Rounded };
table.AddColumns(Measurement.Columns);
foreach (var column in table.Columns.Skip(2).SkipLast(1))
{
    column.RightAligned().NoWrap();
}

var isOver = false;
var loadBefore = Load();
foreach (var name in chosen)
{
    await foreach (var measurement in parts[name]().ConfigureAwait(false))
    {
        isOver |= measurement.IsOver;
        table.AddRow(measurement.ToCells());
    }

    table.AddEmptyRow();
}

AnsiConsole.Write(table);

// A ratio of a machine that is busy with other work says little.
AnsiConsole.WriteLine(Invariant(
    $"One run of {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {Environment.ProcessorCount} processors, load {loadBefore} before and {Load()} after it."));
return isOver ? 1 : 0;

static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
