using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Cli.Rendering;

/// <summary>What one pass of an agent did, a line per machine, image and snapshot.</summary>
internal static class AgentPassTable
{
    public static void Write(IConsole console, AgentPass pass)
    {
        if (pass.Removals.Length > 0)
        {
            var table = new ReportTable(console, "Kind", "Id", "Outcome", "~Why");
            foreach (var removal in pass.Removals)
            {
                table.Add(
                    Cells.Of(removal.Type),
                    Cells.Strong(removal.Id),
                    Cells.Colored(Word(removal), Color(removal.Outcome)),
                    Cells.Of(removal.Reason ?? ""));
            }

            table.Write();
        }

        console.Out.Write(Cells.Of(pass.Idle ?? $"{Cells.Count(pass.Found, "instance")} handed out to agent {pass.AgentId} in account {pass.AccountId}, {pass.Region}."));
        console.Out.WriteLine();
    }

    private static string Word(SpotRemoval removal) => removal.Outcome == SpotRemovalOutcome.Unknown ? "Pending" : removal.Outcome.ToString();

    private static Color Color(SpotRemovalOutcome outcome) => outcome switch
    {
        SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone => Spectre.Console.Color.Green,
        SpotRemovalOutcome.Failed or SpotRemovalOutcome.Blocked => Spectre.Console.Color.Red,
        _ => Spectre.Console.Color.Yellow,
    };
}
