using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

/// <summary>A host with a person at it, who gives the same answer to every question.</summary>
public sealed class AnsweringHost : PSHost
{
    private readonly AnsweringUserInterface _ui;

    public AnsweringHost(string answer) { _ui = new AnsweringUserInterface(answer); }

    public IList<string> Questions { get { return _ui.Questions; } }

    /// <summary>Called before each answer is given.</summary>
    public Action Thinking { get { return _ui.Thinking; } set { _ui.Thinking = value; } }

    /// <summary>Answers yes where there is a choice; otherwise a choice is a failure.</summary>
    public bool Agrees { get { return _ui.Agrees; } set { _ui.Agrees = value; } }

    public override PSHostUserInterface UI { get { return _ui; } }

    public override string Name { get { return "AnsweringHost"; } }

    public override Version Version { get { return new Version(1, 0); } }

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override CultureInfo CurrentCulture { get { return CultureInfo.InvariantCulture; } }

    public override CultureInfo CurrentUICulture { get { return CultureInfo.InvariantCulture; } }

    public override void EnterNestedPrompt() { throw new NotSupportedException(); }

    public override void ExitNestedPrompt() { throw new NotSupportedException(); }

    public override void NotifyBeginApplication() { }

    public override void NotifyEndApplication() { }

    public override void SetShouldExit(int exitCode) { }
}

internal sealed class AnsweringUserInterface : PSHostUserInterface
{
    private readonly string _answer;

    public AnsweringUserInterface(string answer) { _answer = answer; }

    public List<string> Questions { get; } = new List<string>();

    public Action Thinking { get; set; }

    public bool Agrees { get; set; }

    public override PSHostRawUserInterface RawUI { get { return null; } }

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        Questions.Add(caption + "\n" + message);
        if (Thinking != null) { Thinking(); }
        var answers = new Dictionary<string, PSObject>();
        foreach (var description in descriptions) { answers.Add(description.Name, _answer); }
        return answers;
    }

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        Questions.Add(caption + "\n" + message);
        if (Agrees) { return 0; } // Yes comes first.
        for (var index = 0; index < choices.Count && (_answer == "y" || _answer == "n"); index++)
        {
            if (choices[index].Label.Replace("&", "").StartsWith(_answer, StringComparison.OrdinalIgnoreCase)) { return index; }
        }

        throw new InvalidOperationException("Nobody expected a choice: " + message);
    }

    public override string ReadLine() { return _answer; }

    public override SecureString ReadLineAsSecureString() { throw new NotSupportedException(); }

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) { throw new NotSupportedException(); }

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options)
    {
        throw new NotSupportedException();
    }

    public override void Write(string value) { }

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) { }

    public override void WriteLine(string value) { }

    public override void WriteErrorLine(string value) { }

    public override void WriteDebugLine(string message) { }

    public override void WriteProgress(long sourceId, ProgressRecord record) { }

    public override void WriteVerboseLine(string message) { }

    public override void WriteWarningLine(string message) { }
}
