using System.Management.Automation;

namespace SpotCluster.Common;

/// <summary>What every cmdlet of the module shares: stopping, messages from workers, errors and consent.</summary>
public abstract class SpotCmdlet : PSCmdlet, IDisposable
{
    // Longer than any host takes to show a line; only one whose display waits for the pipeline itself needs it.
    private static readonly TimeSpan StopReportLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _stopReported = new();
    private bool _yesToAll;
    private bool _noToAll;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the cmdlet holds. Called in every case, also where EndProcessing is not.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            // The pipeline has ended, and so may the process, as soon as this returns: what remains is reported before that.
            if (!_stop.IsCancellationRequested || _stopReported.Wait(StopReportLimit))
            {
                _stopReported.Dispose();
            }

            _stop.Dispose();
        }
    }

    /// <summary>Called on another thread when the user presses Ctrl+C: only cancels, and whoever waits ends.</summary>
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
            if ((AfterStop is { } after ? after() : PlansFirst || IsFinishedOnceBegun ? "Nothing was changed." : null) is { } words)
            {
                // A stopped pipeline has no streams any more, and what is billed on must be known at once.
                Host.UI.WriteWarningLine($"Interrupted. {words}");
            }
        }
        finally
        {
            _stopReported.Set();
        }
    }

    /// <summary>What to report after Ctrl+C, from the moment that something is billed or changed; null for nothing. Called on any thread.</summary>
    private protected Func<string?>? AfterStop { get; set; }

    /// <summary>True when nothing is changed before <see cref="AfterStop"/> is set, which Ctrl+C reports until then.</summary>
    private protected bool PlansFirst { get; init; }

    /// <summary>True when the work is done at several accounts: what dooms it at one is an error, and the others go on.</summary>
    private protected bool IsOneOfMany { get; set; }

    /// <summary>
    /// True when what was confirmed is done to its end, although a later command of the pipeline wants no more objects, as
    /// Select-Object -First does: nothing is removed or stopped by half because of what is shown. Only Ctrl+C and a later command
    /// that fails end it.
    /// </summary>
    private protected bool IsFinishedOnceBegun { get; init; }

    /// <summary>True when verbose messages are shown or kept.</summary>
    internal bool WantsVerbose => MyInvocation.BoundParameters.TryGetValue("Verbose", out var bound)
        ? LanguagePrimitives.IsTrue(bound)
        : GetVariableValue("VerbosePreference") is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore or "SilentlyContinue" or "Ignore");

    /// <summary>Writes a verbose message. With -Debug and without -Verbose, where PowerShell would ask about each, it is a debug message.</summary>
    public new void WriteVerbose(string? text)
    {
        if (MyInvocation.BoundParameters.TryGetValue("Debug", out var debug) && LanguagePrimitives.IsTrue(debug) && !MyInvocation.BoundParameters.ContainsKey("Verbose"))
        {
            WriteDebug(text!);
        }
        else
        {
            base.WriteVerbose(text!);
        }
    }

    /// <summary>True when a value comes from <c>$PSDefaultParameterValues</c>, and was not given for this command.</summary>
    private protected bool IsDefaulted(string parameter)
    {
        if (!MyInvocation.BoundParameters.TryGetValue(parameter, out var bound)
            || GetVariableValue("PSDefaultParameterValues") is not System.Collections.IDictionary defaults
            || (defaults.Contains("Disabled") && LanguagePrimitives.IsTrue(defaults["Disabled"])))
        {
            return false;
        }

        return defaults.Keys.OfType<string>().Any(key =>
            key.Split(':') is [{ } command, { } name]
            && string.Equals(name.Trim(), parameter, StringComparison.OrdinalIgnoreCase)
            && WildcardPattern.Get(command.Trim(), WildcardOptions.IgnoreCase).IsMatch(MyInvocation.MyCommand.Name)
            && LanguagePrimitives.Equals(LanguagePrimitives.ConvertTo<string>(defaults[key]), LanguagePrimitives.ConvertTo<string>(bound)));
    }

    /// <summary>USD per hour in words.</summary>
    internal static string PerHour(decimal? price) =>
        price is { } usd ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{usd:0.####} USD per hour") : "an unknown price per hour";

    /// <summary>
    /// Runs work that may speak from any thread. A failure becomes an error record: terminating when every other item would
    /// fail in the same way, else the pipeline goes on. Returns the errors that were written.
    /// </summary>
    /// <param name="item">What an error is about that names no target of its own.</param>
    /// <param name="work">The work; it gets the host to speak to and the token that ends it.</param>
    private protected IReadOnlyList<Model.SpotException> Run(object? item, Func<Pump, CancellationToken, Task> work)
    {
        using var pump = new Pump(this, item, _stop.Token);
        Exception? failure;
        try
        {
            failure = pump.Run(token => work(pump, token), IsFinishedOnceBegun && AfterStop is not null);
        }
        catch (Exception) when (!_stop.IsCancellationRequested)
        {
            if (!pump.IsDone)
            {
                SayWhatRemains();
            }

            throw;
        }

        if (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }

        if (pump.Ended is { } ended)
        {
            if (failure is not null and not OperationCanceledException)
            {
                pump.ShowError(failure);
            }

            if (failure is not null || pump.Errors.Count > 0)
            {
                SayWhatRemains();
            }

            ended.Throw();
        }

        if (failure is not null)
        {
            var record = ErrorRecords.From(failure, item);
            if (!IsOneOfMany && ErrorRecords.DoomsEverything(failure))
            {
                ThrowTerminatingError(record);
            }

            pump.Errors.Add((Model.SpotException)record.Exception);
            WriteError(record);
        }

        return pump.Errors;
    }

    // A pipeline that a later command ended takes no warning any more.
    private void SayWhatRemains()
    {
        if (AfterStop?.Invoke() is { } words)
        {
            Host.UI.WriteWarningLine($"The pipeline ended early. {words}");
        }
    }

    /// <summary>Objects that the format file has a view of its own for.</summary>
    /// <param name="source">The objects.</param>
    /// <param name="view">What comes after the <c>#</c> in the view's type name; null for the usual view.</param>
    private protected static async IAsyncEnumerable<Func<PSObject>> InView<T>(IAsyncEnumerable<T> source, string? view)
        where T : notnull
    {
        await foreach (var value in source.ConfigureAwait(false))
        {
            yield return () =>
            {
                var shown = PSObject.AsPSObject(value);
                if (view is not null)
                {
                    shown.TypeNames.Insert(0, $"{typeof(T).FullName}#{view}");
                }

                return shown;
            };
        }
    }

    /// <summary>Runs work that yields objects, and writes each as it comes.</summary>
    private protected IReadOnlyList<Model.SpotException> Stream<T>(
        object? item,
        Func<Pump, CancellationToken, IAsyncEnumerable<T>> source)
        where T : notnull =>
        Run(item, async (pump, token) =>
        {
            await foreach (var value in source(pump, token).ConfigureAwait(false))
            {
                pump.Write(value);
            }
        });

    /// <summary>
    /// True when the change may be made. -Force takes away the question and nothing else: -WhatIf, given or inherited,
    /// always wins, and a -Confirm that was given asks. A command of high impact asks as <see cref="ConsentsToLoss"/> does.
    /// </summary>
    private protected bool Consents(string target, string action, bool force) =>
        IsDestructive ? ConsentsToLoss(target, action, force) : ConsentsToChange(target, action, force);

    private bool IsDestructive => GetType().GetCustomAttributes(typeof(CmdletAttribute), inherit: false) is [CmdletAttribute { ConfirmImpact: ConfirmImpact.High }];

    private bool ConsentsToChange(string target, string action, bool force)
    {
        if (force && !MyInvocation.BoundParameters.ContainsKey("Confirm") && !IsWhatIf)
        {
            WriteVerbose($"Performing the operation \"{action}\" on target \"{target}\".");
            return true;
        }

        return Answer(target, () => ShouldProcess(target, action));
    }

    /// <summary>
    /// As <see cref="Consents"/>, for what destroys something: it is asked whatever the impact of the command, unless the confirmation
    /// was given, and Enter means no. The prompt of ShouldProcess, whose Enter means yes, cannot be told otherwise; the one of
    /// ShouldContinue can, by its security impact.
    /// </summary>
    private protected bool ConsentsToLoss(string target, string action, bool force) => IsWhatIf || ConsentsUnasked(force)
        ? ConsentsToChange(target, action, force)
        : Answer(target, () => ShouldContinue(
            $"Are you sure you want to perform this action?{Environment.NewLine}Performing the operation \"{action}\" on target \"{target}\".", "Confirm", hasSecurityImpact: true, ref _yesToAll, ref _noToAll));

    /// <summary>Asks whether something is to be destroyed, where Enter means no.</summary>
    /// <param name="question">What would be done.</param>
    /// <param name="caption">Why it is asked.</param>
    internal bool Agrees(string question, string caption) =>
        Host.UI.PromptForChoice(caption, question, [new("&Yes", "Do it."), new("&No", "Change nothing.")], defaultChoice: 1) == 0;

    /// <summary>Ends a command that takes no objects when it stands in a pipeline: what it does must never depend on what came, or on whether anything came.</summary>
    /// <param name="reason">Why it takes none.</param>
    /// <param name="advice">The command that is meant.</param>
    private protected void RefusePipeline(string reason, string advice)
    {
        if (MyInvocation.ExpectingInput)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new Model.SpotException(
                    Model.SpotErrorIds.ParameterInvalid,
                    Model.SpotErrorCategory.InvalidArgument,
                    $"{MyInvocation.MyCommand.Name} does not accept pipeline input: {reason} Nothing was changed.")
                {
                    RecommendedAction = advice,
                },
                MyInvocation.MyCommand.Name));
        }
    }

    /// <summary>True for what the hosts throw that have nobody to ask; the console reads an ended input as null.</summary>
    internal static bool IsUnanswerable(Exception error) =>
        error is InvalidOperationException or System.Management.Automation.Host.HostException or NotImplementedException or NotSupportedException or NullReferenceException
        && error is not PipelineStoppedException;

    // A prompt that nobody can answer is one error everywhere, whatever the host makes of it.
    private bool Answer(string target, Func<bool> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception error) when (IsUnanswerable(error))
        {
            throw NotConfirmed(ConsentMissing(target), target);
        }
    }

    /// <summary>
    /// The failure of a confirmation that was not given. It ends the script too, as <c>throw</c> does: a script that goes on after a
    /// removal that was refused, and ends with exit code 0, would say that something is gone.
    /// </summary>
    internal RuntimeException NotConfirmed(Model.SpotException error, object target)
    {
        var record = ErrorRecords.From(error, target, $",{GetType().FullName}");
        record.CategoryInfo.Activity = MyInvocation.MyCommand.Name;
        return new RuntimeException(error.Message, error, record) { WasThrownFromThrowStatement = true };
    }

    /// <summary>The error of a session that cannot ask.</summary>
    /// <param name="target">What would have been changed.</param>
    /// <param name="advice">How to give the confirmation.</param>
    internal static Model.SpotException ConsentMissing(
        string target, string advice = "Preview with -WhatIf, then run the command again with -Force or -Confirm:$false.") => new(
        Model.SpotErrorIds.ConsentMissing,
        Model.SpotErrorCategory.Refused,
        $"Confirmation is required for {target}, and this is a non-interactive session. Nothing was changed.")
        {
            Target = target,
            RecommendedAction = advice,
        };

    /// <summary>True when a change needs no question: -Force, or -Confirm:$false, or a preference that asks for nothing. A -Confirm that was given asks.</summary>
    internal bool ConsentsUnasked(bool force) =>
        !IsWhatIf
        && (MyInvocation.BoundParameters.TryGetValue("Confirm", out var bound)
            ? !LanguagePrimitives.IsTrue(bound)
            : force || GetVariableValue("ConfirmPreference") is ConfirmImpact.None or "None");

    /// <summary>True when nothing may be changed.</summary>
    internal bool IsPreview => IsWhatIf;

    /// <summary>The session's location in the file system.</summary>
    private protected string CurrentFolder => SessionState.Path.CurrentFileSystemLocation.ProviderPath;

    /// <summary>A path of the session as a full path of the system; null stays null.</summary>
    private protected string? FilePath(string? path) => path is null ? null : GetUnresolvedProviderPathFromPSPath(path);

    /// <summary>True when nothing may be changed: by -WhatIf, or by the caller's preference where -WhatIf was not given.</summary>
    private protected bool IsWhatIf =>
        MyInvocation.BoundParameters.TryGetValue("WhatIf", out var bound)
            ? LanguagePrimitives.IsTrue(bound)
            : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));
}
