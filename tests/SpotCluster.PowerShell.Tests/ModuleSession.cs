using System.Globalization;
using System.Linq.Expressions;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace SpotCluster.PowerShell.Tests;

/// <summary>What a script did: what it wrote, how it failed, what <c>-WhatIf</c> named, and how many calls changed something.</summary>
internal sealed record Outcome(IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, IReadOnlyList<string> WhatIf, IReadOnlyList<string> Changes)
{
    /// <summary>The ids of the errors.</summary>
    public IReadOnlyList<string> ErrorIds => [.. Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0])];

    /// <summary>The output as text.</summary>
    public IReadOnlyList<string> Texts => [.. Output.Select(item => LanguagePrimitives.ConvertTo<string>(item))];
}

/// <summary>A PowerShell in this process with the built module in it, on a simulated cloud of its own.</summary>
internal sealed class ModuleSession : IDisposable
{
    private readonly CapturingHost _host;
    private readonly Runspace _runspace;

    /// <param name="width">Columns of the console.</param>
    /// <param name="answers">What a person types, in order; null for a session that cannot ask.</param>
    public ModuleSession(int width = 120, IEnumerable<string>? answers = null)
    {
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(IsManaged).ToList())
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        _host = new CapturingHost(width, answers);
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule(Repository.Module);
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.Open();
        Run("Import-Module '" + Repository.Module + "'; $null = Start-SpotSimulator");
    }

    /// <summary>What was shown to a person.</summary>
    public string Shown => _host.Text;

    /// <summary>Lets the display take a while to show each warning.</summary>
    public void DelayWarnings(TimeSpan delay) => _host.DelayWarnings(delay);

    /// <summary>Runs a script. An error that ends it is among the errors.</summary>
    /// <param name="script">The script.</param>
    /// <param name="sample">What it gets as <c>$sample</c>.</param>
    public Outcome Run(string script, object? sample = null)
    {
        _runspace.SessionStateProxy.SetVariable("sample", sample);
        using var shell = System.Management.Automation.PowerShell.Create(_runspace);
        _host.Clear();
        var before = Calls().Count;
        shell.AddScript(script);
        var errors = new List<ErrorRecord>();
        var output = new PSDataCollection<PSObject>();
        try
        {
            shell.Invoke(null, output, null);
        }
        catch (RuntimeException failure)
        {
            errors.Add(failure.ErrorRecord);
        }

        errors.AddRange(shell.Streams.Error);
        return new Outcome([.. output], errors, _host.WhatIf, [.. Calls().Skip(before).Where(call => call.Changes).Select(call => $"{call.Operation}")]);
    }

    /// <summary>Runs a script that must not fail.</summary>
    public IReadOnlyList<PSObject> Must(string script, object? sample = null)
    {
        var outcome = Run(script, sample);
        Assert.True(outcome.Errors.Count == 0, $"{script}\n{string.Join("\n", outcome.Errors.Select(error => $"{error.FullyQualifiedErrorId}: {error}"))}");
        return outcome.Output;
    }

    /// <summary>
    /// Runs a script whose calls of one operation are answered late, and stops it as Ctrl+C does when the first of them was made,
    /// or the one of a number.
    /// Returns what was shown to the person meanwhile.
    /// </summary>
    public string Interrupt(string setup, string script, string operation, int nth = 1)
    {
        Must(setup);
        dynamic cloud = Assert.Single(Must("""
            $session = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $session.GetProperty('Simulator').GetValue($session.GetProperty('Current').GetValue($null))
            """)).BaseObject;
        cloud.Faults.AddJson("{\"rules\": [{\"operation\": \"" + operation + "\", \"action\": \"Delay\", \"seconds\": 86400, \"from\": " + nth + "}]}");
        var seen = 0;
        using var reached = new ManualResetEventSlim();
        OnReceiving((object)cloud, (Action<dynamic>)(call =>
        {
            if (call.Operation == operation && !call.DryRun && Interlocked.Increment(ref seen) >= nth)
            {
                // Time stands still, so that the answer does not come.
                cloud.Clock.AutoAdvance = false;
                reached.Set();
            }
        }));
        // What cleans up after itself may wait.
        return Interrupt(script, () => reached.IsSet, () => cloud.Clock.Advance(TimeSpan.FromMinutes(10)));
    }

    /// <summary>Runs a script and stops it as Ctrl+C does as soon as something is true. Returns what was shown to the person meanwhile.</summary>
    public string Interrupt(string script, Func<bool> isReached, Action? whileStopping = null)
    {
        _host.Clear();
        using var shell = System.Management.Automation.PowerShell.Create(_runspace);
        shell.AddScript(script);
        var running = shell.BeginInvoke();
        while (!isReached())
        {
            Assert.False(running.AsyncWaitHandle.WaitOne(20), $"It ended before it could be stopped: {string.Join("; ", shell.Streams.Error.ReadAll())}");
        }

        // Time goes on only once the command knows of the stop: else the work might end before.
        var stopping = shell.BeginStop(null, null);
        for (var waits = 0; !stopping.AsyncWaitHandle.WaitOne(5); waits++)
        {
            if (waits > 2000 || Shown.Contains("Interrupted. ", StringComparison.Ordinal))
            {
                whileStopping?.Invoke();
            }
        }

        shell.EndStop(stopping);
        return Shown;
    }

    // The types of the simulator are those of the module, and not of this assembly.
    private static void OnReceiving(object cloud, Action<dynamic> handler)
    {
        var receiving = cloud.GetType().GetEvent("Receiving")!;
        var call = Expression.Parameter(receiving.EventHandlerType!.GetGenericArguments()[0]);
        var body = Expression.Invoke(Expression.Constant((Action<object>)(received => handler(received))), Expression.Convert(call, typeof(object)));
        receiving.AddEventHandler(cloud, Expression.Lambda(receiving.EventHandlerType, body, call).Compile());
    }

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();

    private static bool IsManaged(string name) =>
        name.StartsWith("AWS_", StringComparison.Ordinal) || name.StartsWith("SPOTCLUSTER_", StringComparison.Ordinal) && name != "SPOTCLUSTER_UPDATE_DOCS"
        || name.StartsWith("VAST_", StringComparison.Ordinal);

    // By the simulator's own books; its types are those of the module.
    private IReadOnlyList<dynamic> Calls()
    {
        var session = AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(assembly => assembly.GetName().Name == "SpotCluster")?.GetType("SpotCluster.Common.SpotSession");
        var before = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = _runspace;
        try
        {
            var current = session?.GetProperty("Current")!.GetValue(null);
            dynamic? cloud = session?.GetProperty("Simulator")!.GetValue(current);
            return cloud is null ? [] : (IReadOnlyList<dynamic>)cloud.Calls.Calls;
        }
        finally
        {
            Runspace.DefaultRunspace = before;
        }
    }
}

/// <summary>A host that shows nothing, keeps what it was given, and answers with what was written down before.</summary>
internal sealed class CapturingHost(int width, IEnumerable<string>? answers) : PSHost
{
    private readonly CapturingUI _ui = new(width, answers);

    public string Text => _ui.Text;

    public IReadOnlyList<string> WhatIf => [.. _ui.Text.Split('\n').Where(line => line.StartsWith("What if: ", StringComparison.Ordinal))];

    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "Test";

    public override PSHostUserInterface UI => _ui;

    public override Version Version { get; } = new(1, 0);

    public void Clear() => _ui.Clear();

    public void DelayWarnings(TimeSpan delay) => _ui.WarningDelay = delay;

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }

    public override void SetShouldExit(int exitCode)
    {
    }
}
