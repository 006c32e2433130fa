using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using SpotCluster.Engine;
using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;

namespace SpotCluster.Common;

/// <summary>What an engine is chosen by. Equal keys in one session share the engine, and with it the cached regions and identity.</summary>
/// <param name="ProfileName">The profile; null for the default chain.</param>
/// <param name="EndpointUrl">The address; null for AWS's own.</param>
/// <param name="Configuration">Where the configuration lies.</param>
/// <param name="Stamp">
/// Its state, and that of what credentials are found by: after a change of a file or of a variable the next command works
/// with an engine that has read it.
/// </param>
internal sealed record EngineKey(string? ProfileName, Uri? EndpointUrl, ConfigurationPlace Configuration, string Stamp)
{
    /// <summary>Keys in place of a profile; null for none.</summary>
    public AwsKeys? Keys { get; init; }

    /// <summary>True when the command is to say in full why something was denied.</summary>
    public bool DecodesDenials { get; init; }

    /// <summary>The key for these parameters as the file system is now.</summary>
    /// <param name="profileName">The profile; null for the default chain.</param>
    /// <param name="endpointUrl">The address; null for AWS's own.</param>
    /// <param name="configurationPath">Full path of the configuration; null for the default place.</param>
    /// <param name="folder">The session's location in the file system, which is not the working folder of the process.</param>
    public static EngineKey Of(string? profileName, Uri? endpointUrl, string? configurationPath, string? folder)
    {
        var place = ConfigurationPlace.Find(configurationPath, folder);
        return new EngineKey(profileName, endpointUrl, place, $"{place.Stamp()}\n{CredentialStamp.Now()}");
    }
}

/// <summary>
/// What the module remembers, per runspace: two runspaces of one process (a job host runs several) share nothing.
/// </summary>
internal sealed class SpotSession : IDisposable
{
    private static readonly ConditionalWeakTable<Runspace, SpotSession> Sessions = new();

    private readonly object _lock = new();
    private readonly Dictionary<EngineKey, SpotEngine> _engines = [];

    /// <summary>The session of the runspace that the calling thread works for.</summary>
    public static SpotSession Current => Sessions.GetValue(Runspace.DefaultRunspace, _ => new SpotSession());

    /// <summary>The cloud in memory; null when none was started.</summary>
    public SimulatedCloud? Simulator { get; private set; }

    /// <summary>Answers of earlier completions.</summary>
    public Completion.CompletionCache Completions { get; } = new();

    /// <summary>Forgets the session of this runspace, if there is one.</summary>
    public static void CloseCurrent()
    {
        if (Runspace.DefaultRunspace is { } runspace && Sessions.TryGetValue(runspace, out var session))
        {
            Sessions.Remove(runspace);
            session.Dispose();
        }
    }

    /// <summary>The engine for that key, opened at its first use. Opening makes no call.</summary>
    public SpotEngine Open(EngineKey key)
    {
        lock (_lock)
        {
            if (!_engines.TryGetValue(key, out var engine))
            {
                engine = new SpotEngine(OptionsFor(key));
                _engines.Add(key, engine);
            }

            return engine;
        }
    }

    /// <summary>Puts every later command of this session onto the simulator. False when one runs already.</summary>
    public bool TryStart(SimulatorOptions options)
    {
        lock (_lock)
        {
            if (Simulator is not null)
            {
                return false;
            }

            Simulator = new SimulatedCloud(options);
            CloseEngines();
            return true;
        }
    }

    /// <summary>Ends the simulator, and everything in it is gone. False when none runs.</summary>
    public bool TryStop()
    {
        lock (_lock)
        {
            if (Simulator is not { } simulator)
            {
                return false;
            }

            Simulator = null;
            CloseEngines();
            simulator.Dispose();
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TryStop();
        lock (_lock)
        {
            CloseEngines();
        }
    }

    private EngineOptions OptionsFor(EngineKey key)
    {
        var options = new EngineOptions
        {
            ProfileName = key.ProfileName,
            Keys = key.Keys,
            EndpointUrl = key.EndpointUrl,
            Configuration = key.Configuration,
            DecodesDenials = key.DecodesDenials,
            CallObserver = new CallNarrator(Simulator?.Clock ?? TimeProvider.System, isRemote: Simulator is null),
        };
        return Simulator is null ? options : options with { Transport = Simulator.CreateHandler(), Clock = Simulator.Clock };
    }

    private void CloseEngines()
    {
        Completions.Clear();
        foreach (var engine in _engines.Values)
        {
            engine.Dispose();
        }

        _engines.Clear();
    }
}
