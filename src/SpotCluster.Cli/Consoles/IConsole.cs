using Spectre.Console;

namespace SpotCluster.Cli.Consoles;

/// <summary>The terminal, or whatever stands in its place. Data goes to Out; messages, questions and progress go to Error.</summary>
internal interface IConsole
{
    /// <summary>Data, for people.</summary>
    IAnsiConsole Out { get; }

    /// <summary>Messages, questions and progress.</summary>
    IAnsiConsole Error { get; }

    /// <summary>Out without any rendering.</summary>
    TextWriter OutWriter { get; }

    /// <summary>Error without any rendering.</summary>
    TextWriter ErrorWriter { get; }

    /// <summary>True when Out is a terminal that a person looks at.</summary>
    bool IsOutTerminal { get; }

    /// <summary>True when somebody is there to be asked.</summary>
    bool CanAsk { get; }

    /// <summary>True when moving progress makes sense: a terminal, and not a build server.</summary>
    bool ShowsProgress { get; }

    /// <summary>Writes a whole document to Out as it is, with a line end.</summary>
    void WriteDocument(string document);

    /// <summary>Reads a line; null at the end of input.</summary>
    Task<string?> ReadLineAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadLineAsync"/>, without showing what is typed.</summary>
    Task<string?> ReadSecretAsync(CancellationToken cancellationToken) => ReadLineAsync(cancellationToken);
}
