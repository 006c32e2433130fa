using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>What a command wrote on a machine, each line after the id of the machine; its standard error goes to ours.</summary>
internal static class CommandOutput
{
    public static void Write(IConsole console, SpotCommandResult result)
    {
        WriteLines(console.OutWriter, result.NodeId, result.Output);
        WriteLines(console.ErrorWriter, result.NodeId, result.Error);
    }

    private static void WriteLines(TextWriter writer, string id, string text)
    {
        foreach (var line in text.TrimEnd('\r', '\n').Split('\n').Where(_ => text.Length > 0))
        {
            // Columns keep their tabs; whatever else steers a terminal is taken out.
            writer.WriteLine($"{id}: {string.Join('\t', line.TrimEnd('\r').Split('\t').Select(Cells.Clean))}");
        }

        writer.Flush();
    }
}
