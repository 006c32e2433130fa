using System.Globalization;
using System.Text;
using Spectre.Console;
using SpotCluster.Model;

namespace SpotCluster.Cli.Consoles;

#pragma warning disable RS0030 // The one place that touches System.Console: everything else goes through IConsole.

/// <summary>The console of this process. A reader that has gone away (EPIPE) is not an error: the runtime drops the rest.</summary>
internal sealed class SystemConsole : IConsole
{
    // No wrapping where no person reads: a message or a row stays one line.
    private const int UnlimitedWidth = 4000;

    private readonly bool _isBuildServer = IsSet("CI") || IsSet("TF_BUILD") || IsSet("TEAMCITY_VERSION");
    private readonly bool _isErrorTerminal = !Console.IsErrorRedirected && !IsDumb();

    public SystemConsole()
    {
        IsOutTerminal = !Console.IsOutputRedirected && !IsDumb();
        if (Console.IsOutputRedirected)
        {
            // Files and pipes get plain UTF-8, without a byte order mark, on every system.
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        OutWriter = new OutputWriter(Console.Out);
        Out = Create(OutWriter, IsOutTerminal);
        Error = Create(Console.Error, _isErrorTerminal);
    }

    public IAnsiConsole Out { get; }

    public IAnsiConsole Error { get; }

    public TextWriter OutWriter { get; }

    public TextWriter ErrorWriter => Console.Error;

    public bool IsOutTerminal { get; }

    public bool CanAsk => !Console.IsInputRedirected && _isErrorTerminal && !_isBuildServer;

    public bool ShowsProgress => _isErrorTerminal && !_isBuildServer;

    public void WriteDocument(string document)
    {
        OutWriter.WriteLine(document);
        OutWriter.Flush();
    }

    public Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        Task.Run(Console.In.ReadLine, cancellationToken).WaitAsync(cancellationToken);

    public Task<string?> ReadSecretAsync(CancellationToken cancellationToken) =>
        Console.IsInputRedirected ? ReadLineAsync(cancellationToken) : Task.Run(ReadUnseen, cancellationToken).WaitAsync(cancellationToken);

    private static string? ReadUnseen()
    {
        var text = new System.Text.StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                Console.Error.WriteLine();
                return text.ToString();
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }
    }

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (!isTerminal)
        {
            console.Profile.Width = UnlimitedWidth;
        }

        return console;
    }

    /// <summary>Turns a failure of stdout, such as a full disk, into an error that names it.</summary>
    private sealed class OutputWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => Try(() => inner.Write(value));

        public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

        public override void Write(string? value) => Try(() => inner.Write(value));

        public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

        public override void Flush() => Try(inner.Flush);

        private static void Try(Action write)
        {
            try
            {
                write();
            }
            catch (IOException failure)
            {
                throw new SpotException(
                    SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot write to standard output: {failure.Message}", failure)
                {
                    Target = "stdout",
                    RecommendedAction = "Free disk space, or redirect the output to another file.",
                };
            }
        }
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static bool IsDumb() => Environment.GetEnvironmentVariable("TERM") == "dumb";
}
