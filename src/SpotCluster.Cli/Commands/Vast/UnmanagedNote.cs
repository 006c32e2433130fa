using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;

namespace SpotCluster.Cli.Commands.Vast;

/// <summary>The line about what is billed on the account and not managed here.</summary>
internal static class UnmanagedNote
{
    public static void Write(CommandRun run, UnmanagedInstances others)
    {
        run.Report.Add("unmanaged", others);
        Messages.WriteNote(run.Console, $"{others}: --include-foreign");
    }
}
