using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;

namespace SpotCluster.Cli.Rehearsal;

/// <summary>Reports the rehearsal to a person; silent when stdout belongs to JSON.</summary>
internal sealed class Story(CommandRun run)
{
    private const int RuleWidth = 100;

    /// <summary>Begins a step.</summary>
    public void Heading(int number, string title) => Report(console =>
    {
        console.Out.WriteLine();
        var line = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{number}. {title} ");
        console.Out.Write(Cells.Strong(line));
        console.Out.Write(Cells.Quiet(new string('-', Math.Max(0, Math.Min(console.Out.Profile.Width, RuleWidth) - line.Length))));
        console.Out.WriteLine();
    });

    /// <summary>A sentence.</summary>
    public void Say(string sentence) => Report(console =>
    {
        console.Out.Write(Cells.Of(sentence));
        console.Out.WriteLine();
    });

    /// <summary>Ends a step.</summary>
    public void Footnote(string sentence) => Report(console =>
    {
        console.Out.Write(Cells.Quiet(sentence));
        console.Out.WriteLine();
    });

    /// <summary>A table or anything else.</summary>
    public void Report(Action<IConsole> write)
    {
        if (!run.IsJson)
        {
            write(run.Console);
        }
    }
}
