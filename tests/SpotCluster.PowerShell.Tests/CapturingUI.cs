using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using System.Text;

namespace SpotCluster.PowerShell.Tests;

/// <summary>The user interface of <see cref="CapturingHost"/>.</summary>
internal sealed class CapturingUI(int width, IEnumerable<string>? answers) : PSHostUserInterface
{
    private readonly Queue<string>? _answers = answers is null ? null : new Queue<string>(answers);

    private readonly StringBuilder _text = new();

    /// <summary>What was written so far; a stop writes on a thread of its own.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public void Clear()
    {
        lock (_text)
        {
            _text.Clear();
        }
    }

    public override PSHostRawUserInterface RawUI { get; } = new CapturingRawUI(width);

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        Add($"{caption}\n{message}\n");
        return descriptions.ToDictionary(field => field.Name, _ => PSObject.AsPSObject(Answer()));
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        Add($"{caption}\n{message}\n");
        var answer = Answer();
        return answer.Length == 0 ? defaultChoice : choices.ToList().FindIndex(choice => choice.Label.Replace("&", "", StringComparison.Ordinal).StartsWith(answer, StringComparison.OrdinalIgnoreCase));
    }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw new NotSupportedException();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        throw new NotSupportedException();

    public override string ReadLine() => Answer();

    public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

    public override void Write(string value) => Add(value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Add(value);

    public override void WriteDebugLine(string message) => Add($"DEBUG: {message}\n");

    public override void WriteErrorLine(string value) => Add(value + "\n");

    public override void WriteLine(string value) => Add(value + "\n");

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
    }

    public override void WriteVerboseLine(string message) => Add($"VERBOSE: {message}\n");

    /// <summary>How long this display takes to show a warning.</summary>
    public TimeSpan WarningDelay { get; set; }

    public override void WriteWarningLine(string message)
    {
        _ = SpinWait.SpinUntil(() => false, WarningDelay);
        Add($"WARNING: {message}\n");
    }

    private void Add(string text)
    {
        lock (_text)
        {
            _text.Append(text);
        }
    }

    private string Answer() => _answers is null
        ? throw new PSInvalidOperationException("This session cannot ask.")
        : _answers.Count > 0 ? _answers.Dequeue() : "";
}

/// <summary>A console of a fixed width.</summary>
internal sealed class CapturingRawUI(int width) : PSHostRawUserInterface
{
    public override ConsoleColor BackgroundColor { get; set; }

    public override Size BufferSize { get; set; } = new(width, 1000);

    public override Coordinates CursorPosition { get; set; }

    public override int CursorSize { get; set; } = 1;

    public override ConsoleColor ForegroundColor { get; set; }

    public override bool KeyAvailable => false;

    public override Size MaxPhysicalWindowSize => BufferSize;

    public override Size MaxWindowSize => BufferSize;

    public override Coordinates WindowPosition { get; set; }

    public override Size WindowSize { get; set; } = new(width, 50);

    public override string WindowTitle { get; set; } = "";

    public override void FlushInputBuffer()
    {
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new NotSupportedException();

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw new NotSupportedException();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill)
    {
    }

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents)
    {
    }

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
    }
}
