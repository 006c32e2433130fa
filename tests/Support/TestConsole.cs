using Spectre.Console;
using SpotCluster.Cli.Consoles;

namespace SpotCluster.Tests;

#pragma warning disable CA1001 // A StringWriter holds nothing that needs disposal.

/// <summary>A console that remembers, and answers what the test says.</summary>
internal sealed class TestConsole : IConsole
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public TestConsole()
    {
        Out = Create(_out);
        Error = Create(_error);
    }

    public IAnsiConsole Out { get; }

    public IAnsiConsole Error { get; }

    public TextWriter OutWriter => _out;

    public TextWriter ErrorWriter => _error;

    public bool IsOutTerminal => false;

    public bool CanAsk { get; init; }

    public bool ShowsProgress { get; init; }

    /// <summary>What a person types when asked; null for the end of input.</summary>
    public string? Answer { get; init; }

    /// <summary>What a person types at one question after the other; <see cref="Answer"/> follows.</summary>
    public Queue<string> Answers { get; init; } = new();

    public int Questions { get; private set; }

    public string OutText => _out.ToString();

    public string ErrorText => _error.ToString();

    public void WriteDocument(string document) => _out.WriteLine(document);

    public Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        Questions++;
        return Task.FromResult(Answers.Count > 0 ? Answers.Dequeue() : Answer);
    }

    private static IAnsiConsole Create(TextWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Width = 4000;
        return console;
    }
}
