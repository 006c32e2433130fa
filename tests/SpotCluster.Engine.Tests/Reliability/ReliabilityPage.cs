using System.Text;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>docs/reliability.md, from the cells of a run.</summary>
internal static class ReliabilityPage
{
    public const string Command = "SPOTCLUSTER_UPDATE_DOCS=1 dotnet test tests/SpotCluster.Engine.Tests --filter FaultMatrixTests";

    private const int Columns = 7;

    /// <summary>Cells that the books speak against, and what there is to say about it: a footnote each. None at present.</summary>
    public static IReadOnlyDictionary<(string Operation, string Fault), string> Exceptions { get; } = new Dictionary<(string, string), string>();

    /// <summary>Cells with runs that cannot meet the fault, and why: a line below the table each.</summary>
    public static IReadOnlyDictionary<(string Operation, string Fault), string> Unreached { get; } = new Dictionary<(string, string), string>
    {
        [("list", "disk full")] = "it writes nothing",
        [("log", "disk full")] = "it writes nothing",
        [("copy", "disk full")] = "it writes nothing",
        [("restart", "disk full")] = "it writes nothing",
        [("volumes", "disk full")] = "it writes nothing",
        [("adopt", "disk full")] = "it writes nothing",
        [("budget", "disk full")] = "a removal only deletes journal records",
        [("remove", "disk full")] = "a removal only deletes journal records",
        [("nuke", "disk full")] = "a removal only deletes journal records",
        [("destroy-all", "disk full")] = "a removal only deletes journal records",
        [("create", "disk full")] = "with the second cut the record of the launch is written before the disk is full",
        [("rent", "partial pages")] = "a rent reads no list with more than one item",
        [("log", "partial pages")] = "it reads no list",
        [("restart", "partial pages")] = "it reads no list",
        [("volumes", "partial pages")] = "the list of volumes has no pages",
        [("rent", "disk full")] = "with the second cut the record of the rent is written before the disk is full, and is only deleted then",
        [("job", "disk full")] = "with the second cut the record of the rent is written before the disk is full, and is only deleted then",
    };

    public static string Render(IReadOnlyList<MatrixCell> cells)
    {
        var page = new StringBuilder();
        var operations = cells.Select(cell => cell.Operation).Distinct().ToList();
        Line("# Reliability");
        Line();
        Line($"This page shows the result of each operation under each fault. A test, `FaultMatrixTests`, writes the table from {cells.Sum(cell => cell.Runs)} runs on the simulated clouds, and fails if this page differs from its result. To update the page:");
        Line();
        Line("```sh");
        Line(Command);
        Line("```");
        Line();
        Line("## The table");
        Line("✓ means that in every run of the cell, according to the records of the simulator and the calls that it received:");
        Line();
        Line("- **nothing was lost**: a list on another computer, without the journal, contains every running instance; the residual resources of a removal contain every resource that it did not remove, or its region is reported as unknown; an instance that is marked for termination is terminated and confirmed, or still pending at the backend, which never confirms an instance that still exists; success is reported only if the records agree;");
        Line("- **nothing was duplicated**: never more instances than requested, no second network, one outcome for each removed resource, one recorded termination for each marked instance;");
        Line("- **nothing remained**: after the operation, one repeat of it, and a removal if it creates resources, both providers are in their initial state, the removal is verified, and the journal is empty; after the passes of the agent every marked instance is terminated and confirmed, and the outbox is empty;");
        Line("- **nothing unmanaged was changed**: unmanaged instances and networks, one of which has the filter tag with another value, the second cluster if one is removed, and, for the agent, its primary, an unmarked instance and the instances of another agent still exist, and no changing call names them.");
        Line();
        Line("In every run the fault occurred, according to the same records; a run in which it does not occur is *not reached*. A dash means that the fault does not apply.");
        Line();
        Line("The mark is followed by the reported result: *success*, or the id of the error that ends or summarizes the command, and the result of one repeat without the fault. The number of runs is in brackets.");
        Line();
        foreach (var some in operations.Chunk(Columns))
        {
            Line($"| fault | {string.Join(" | ", some)} |");
            Line($"|---|{string.Concat(some.Select(_ => "---|"))}");
            foreach (var fault in MatrixFault.All)
            {
                Line($"| {fault.Name} | {string.Join(" | ", some.Select(operation => Text(cells.SingleOrDefault(cell => cell.Operation == operation && cell.Fault == fault.Name))))} |");
            }

            Line();
        }

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
        Line("Three regions are enabled, two of them in use. A round trip takes 40 ms, and EC2 shows new resources after half a second. Seeds are fixed. Random values are determined per region and call, so that parallel regions do not influence each other.");
        Line();
        Line("## The faults");
        Line("| fault | what is done |");
        Line("|---|---|");
        foreach (var fault in MatrixFault.All)
        {
            Line($"| {fault.Name} | {fault.Means} |");
        }

        Line();
        Line("## Limits of the table");
        Line("- A fault lasts for the whole first run and ends before the repeat, which starts a second later. A repeat within the second of a kill, while EC2 does not show a new VPC yet, can create a second, empty VPC. It costs nothing, and the removal removes it.");
        Line("- The work of an agent can take several passes: a claim that a pass did not settle is handed out again when its lease of 5 minutes expires, and a failed termination after a pause of 5 minutes. With passes a minute apart, as in `Start-SpotCleanupAgent`, this results in the numbers of the column.");
        Line("- The disk of *disk full* is a small file system without a free block if the test is allowed to mount one (as root, or with mount namespaces for users). Otherwise its folder is not writable, and the row is the same. `FullDiskTests` tests a disk that is full in the middle of each kind of file, and the reported errors. `InterruptedLaunchTests` tests every cut point of a launch, and `AgentCrashTests` those of an agent and its backend.");
        Line("- The simulated clouds are as strict as the real ones where their behaviour is known ([simulator.md](simulator.md)), but they are not the real ones.");
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
