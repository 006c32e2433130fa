using Xunit;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// docs/reliability.md is what this run produced, and no cell has anything against it but what the page says.
/// <c>SPOTCLUSTER_FAULTS=wrong kind,restart</c> runs this row and this column alone.
/// </summary>
public sealed class FaultMatrixTests
{
    [Fact]
    public async Task Every_operation_survives_every_fault_as_the_page_says()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The journal of a killed process is copied with cp.");
        string[] faults = (Environment.GetEnvironmentVariable("SPOTCLUSTER_FAULTS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        var cells = await FaultMatrix.RunAsync(faults);
        var path = Path.Combine(Root(), "docs", "reliability.md");
        var produced = ReliabilityPage.Render(cells);
        if (Environment.GetEnvironmentVariable("SPOTCLUSTER_UPDATE_DOCS") == "1" && faults.Length == 0)
        {
            await File.WriteAllTextAsync(path, produced);
        }

        var unexpected = cells
            .Where(cell => cell.Problems.Count > 0 != ReliabilityPage.Exceptions.ContainsKey((cell.Operation, cell.Fault)))
            .Select(cell => $"{cell.Operation}, {cell.Fault}: {(cell.Problems.Count > 0 ? string.Join("; ", cell.Problems) : "the footnote has no reason any more")}");
        Assert.True(!unexpected.Any(), string.Join("\n", unexpected));

        // A fault that did not happen proves nothing: every run has met its own, but where the page says why it cannot.
        Assert.Equal(
            string.Join("\n", ReliabilityPage.Unreached.Keys.Where(cell => cells.Any(one => (one.Operation, one.Fault) == cell)).Order()),
            string.Join("\n", cells.Where(cell => cell.Unmet > 0).Select(cell => (cell.Operation, cell.Fault)).Order()));

        if (faults.Length > 0)
        {
            // The page is about all of them.
            return;
        }

        var written = File.Exists(path) ? (await File.ReadAllTextAsync(path)).Replace("\r\n", "\n", StringComparison.Ordinal) : "";
        var changed = produced.Split('\n').Except(written.Split('\n')).ToList();
        Assert.True(produced == written, $"docs/reliability.md is not what this run produced; {ReliabilityPage.Command} writes it. Lines that it lacks:\n{string.Join("\n", changed)}");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SpotCluster.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
