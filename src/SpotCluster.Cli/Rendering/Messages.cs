using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Lines on stderr.</summary>
internal static class Messages
{
    public static void WriteError(IConsole console, SpotException error)
    {
        var code = error.ServiceCode is { } service && !error.Message.Contains(service, StringComparison.Ordinal) ? $"{error.ErrorId}, {service}" : error.ErrorId;
        Write(console, "error: ", Color.Red, $"{error.Message} ({code})");
        if (error.RecommendedAction is { } action)
        {
            Write(console, "  hint: ", Color.Yellow, action);
        }
    }

    public static void WriteWarning(IConsole console, string message) => Write(console, "warning: ", Color.Yellow, message);

    public static void WriteDetail(IConsole console, string message) => Write(console, "", Color.Default, message, Decoration.Dim);

    public static void WriteNote(IConsole console, string message) => Write(console, "", Color.Default, message);

    private static void Write(IConsole console, string label, Color color, string message, Decoration decoration = Decoration.None)
    {
        var line = new Paragraph();
        line.Append(label, new Style(color));
        line.Append(Cells.Clean(SecretText.Redact(message)!), new Style(decoration: decoration));
        console.Error.Write(line);
        console.Error.WriteLine();
    }
}
