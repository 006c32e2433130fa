using System.Text;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>docs/reliability.md, from the cells of a run.</summary>
internal static class ReliabilityPage
{
    public const string Command = "SPOTCLUSTER_UPDATE_DOCS=1 dotnet test tests/SpotCluster.Engine.Tests --filter FaultMatrixTests";

    /// <summary>Cells that the books speak against, and what there is to say about it: a footnote each. None at present.</summary>
    public static IReadOnlyDictionary<(string Operation, string Fault), string> Exceptions { get; } = new Dictionary<(string, string), string>();

    /// <summary>Cells with runs that cannot meet the fault, and why: a line below the table each.</summary>
    public static IReadOnlyDictionary<(string Operation, string Fault), string> Unreached { get; } = new Dictionary<(string, string), string>
    {
        [("list", "disk full")] = "a list writes nothing",
        [("remove", "disk full")] = "a removal only deletes journal records",
        [("nuke", "disk full")] = "a removal only deletes journal records",
        [("destroy-all", "disk full")] = "a removal only deletes journal records",
        [("create", "disk full")] = "with the second cut the record of the launch is written before the disk is full",
        [("rent", "partial pages")] = "a rent reads no list with more than one item",
        [("rent", "disk full")] = "with the second cut the record of the rent is written before the disk is full, and is only deleted then",
    };

    public static string Render(IReadOnlyList<MatrixCell> cells)
    {
        var page = new StringBuilder();
        var operations = cells.Select(cell => cell.Operation).Distinct().ToList();
        Line("# Reliability");
        Line();
        Line($"What becomes of each operation when something goes wrong on its way. The table is written by a test, `FaultMatrixTests`, from {cells.Sum(cell => cell.Runs)} runs on the simulated clouds, and that test fails when this page is not what it produced. To write it anew:");
        Line();
        Line("```sh");
        Line(Command);
        Line("```");
        Line();
        Line("## The table");
        Line("✓ means that in every run of the cell, by the simulator's own books and by the calls that it received:");
        Line();
        Line("- **nothing was lost**: whatever runs is named by a list on another computer, without the journal; what a removal did not remove is in its residue, or its region is named as not known; a machine that is marked for termination is gone and known to be, or still owed by the backend, which never believes one gone that is not; success is told only when the books say the same;");
        Line("- **nothing was doubled**: never more machines than were wanted, no second network, one outcome for each thing that was removed, one end put down for each machine that was marked;");
        Line("- **nothing was left**: after the operation and one repeat of it, then a removal where it creates, both clouds are as they were at the start, the removal is proven, and the journal is empty; after the agent's passes every marked machine is terminated and confirmed, and the outbox is empty;");
        Line("- **nothing foreign was touched**: machines and networks of other people, one of which carries our tag with another value, the second cluster where one is removed, and where an agent works its primary, a machine that nobody marked and the machines of another agent, live on, and no changing call names them.");
        Line();
        Line("In every run the fault happened, by the same books; a run that does not meet it is named *not reached*. A dash stands where there is no such fault.");
        Line();
        Line("After it stands what the user is told: *success*, or the id of the error that ends or sums up the command, and what one repeat without the fault tells. In brackets: the number of runs.");
        Line();
        Line($"| fault | {string.Join(" | ", operations)} |");
        Line($"|---|{string.Concat(operations.Select(_ => "---|"))}");
        foreach (var fault in MatrixFault.All)
        {
            Line($"| {fault.Name} | {string.Join(" | ", operations.Select(operation => Text(cells.SingleOrDefault(cell => cell.Operation == operation && cell.Fault == fault.Name))))} |");
        }

        Line();
        foreach (var group in Unreached.GroupBy(cell => (cell.Key.Fault, cell.Value), cell => cell.Key.Operation))
        {
            Line($"Not reached: {string.Join(", ", group)} under *{group.Key.Fault}*: {group.Key.Value}.");
            Line();
        }

        foreach (var note in Exceptions.Values.Distinct())
        {
            Line($"[^{Number(note)}]: {note}");
            Line();
        }

        Line("## The operations");
        Line("| operation | what is run |");
        Line("|---|---|");
        foreach (var operation in FaultMatrix.Operations)
        {
            Line($"| {operation.Name} | {operation.Means} |");
        }

        Line();
        Line("Three regions are enabled, two of them in use. A round trip takes 40 ms, and EC2 shows what is new half a second late. Seeds are fixed; chance is drawn per region and call, so that regions that work at the same time do not change each other's luck.");
        Line();
        Line("## The faults");
        Line("| fault | what is done |");
        Line("|---|---|");
        foreach (var fault in MatrixFault.All)
        {
            Line($"| {fault.Name} | {fault.Means} |");
        }

        Line();
        Line("## What the table does not say");
        Line("- A fault lasts for the whole of the first run and is over before the repeat, which comes a second later. A repeat within the very second of a kill, while EC2 does not show a new VPC yet, can make a second, empty one; it costs nothing, and the removal takes it.");
        Line("- An agent's work is not over after one pass: a claim that a pass took and did not settle is handed out again when its lease of 5 minutes is over, and a termination that failed after a pause of 5 minutes. With passes a minute apart, which is what `Start-SpotCleanupAgent` does, that makes the numbers of the column.");
        Line("- The disk of *disk full* is a small file system without a free block, where the test may mount one (as root, or where users may have mount namespaces); elsewhere its folder cannot be written at all, and the row is the same. What a full disk does in the middle of each kind of file, and what is told, is tried in `FullDiskTests`; every single cut point of a launch in `InterruptedLaunchTests`, of an agent and of its backend in `AgentCrashTests`.");
        Line("- Simulated clouds are strict where the real ones are known to be ([simulator.md](simulator.md)); they are not the real ones.");
        return page.ToString();

        void Line(string text = "") => page.Append(text).Append('\n');
    }

    private static string Text(MatrixCell? cell)
    {
        if (cell is null)
        {
            return "–";
        }

        var unmet = cell.Unmet == 0 ? "" : FormattableString.Invariant($", {cell.Unmet} not reached");
        if (cell.Unmet == cell.Runs)
        {
            return FormattableString.Invariant($"not reached ({cell.Runs})");
        }

        var mark = cell.Problems.Count == 0 ? "✓" : $"✗ {string.Join(", ", cell.Problems.Select(problem => problem.Split(':')[0]).Distinct())}[^{Number(Exceptions.GetValueOrDefault((cell.Operation, cell.Fault), ""))}]";
        var errors = string.Join(" or ", cell.Errors.Select(Code));
        var told = (cell.Succeeded, errors.Length > 0) switch
        {
            (true, false) => "success",
            (true, true) => $"success, or {errors}",
            (false, true) => errors,
            _ => "(killed)",
        };
        var repeats = cell.Repeats.Count > 0 ? $", then {string.Join(" or ", cell.Repeats.Select(Code))}" : "";
        var passes = cell.Passes > 0 ? FormattableString.Invariant($", settled by pass {cell.Passes}") : "";
        return $"{mark} {told}{repeats}{passes} ({cell.Runs}{unmet})";
    }

    private static string Code(string name) => name == "success" ? name : $"`{name}`";

    private static int Number(string note) => 1 + Exceptions.Values.Distinct().ToList().IndexOf(note);
}
