using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// Asks a backend which machines must go, terminates them, sees them go, and reports. Whatever is killed at whatever moment, no decision
/// is lost and nothing is terminated that a fresh look does not find marked, ours and unprotected.
/// </summary>
public sealed class CleanupAgent : IDisposable
{
    private readonly AgentOptions _options;
    private readonly Func<string, IAgentCloud> _cloudOf;
    private readonly IHostMachine _machine;
    private readonly string? _defaultRegion;
    private readonly TimeProvider _clock;
    private readonly TimeProvider _time;
    private readonly BackendTransport _transport;
    private readonly AgentBackend _backend;
    private readonly AgentLogger _log;
    private HostIdentity? _identity;
    private string? _agentId;

    internal CleanupAgent(
        AgentOptions options, Func<string, IAgentCloud> cloudOf, IHostMachine machine, string? defaultRegion, TimeProvider clock, IAgentLog log, TimeProvider? time = null)
    {
        _options = options;
        _cloudOf = cloudOf;
        _machine = machine;
        _defaultRegion = defaultRegion;
        _clock = clock;
        _time = time ?? clock;
        _transport = new BackendTransport(options.ServerUrl, options.Token, options.BackendTransport, clock, options.CertificateAuthority);
        _backend = new AgentBackend(_transport);
        _log = new AgentLogger(log, clock);
        _agentId = options.AgentId;
        if (options.RequiredTag is { } tag)
        {
            _ = AgentGuards.SplitTag(tag);
        }

        _ = AgentGuards.SplitTag(options.CleanupTag);
    }

    /// <summary>Writes a line of the agent's log in the name of its host.</summary>
    public void Note(string eventName, string message) => _log.Info(eventName, message);

    /// <summary>The numbers since the agent was opened.</summary>
    public AgentMetrics Metrics { get; } = new();

    /// <summary>Whether the backend's address sends the token in clear text over a network.</summary>
    public bool IsTokenExposed => _options.ServerUrl is { IsLoopback: false } server && server.Scheme == Uri.UriSchemeHttp;

    internal AgentOptions Options => _options;

    internal IHostMachine Machine => _machine;

    internal AgentBackend Backend => _backend;

    internal AgentLogger Log => _log;

    internal string? AgentId => _agentId;

    /// <summary>Registers the instance that the agent runs on, when its id was not given: a look alone registers nothing.</summary>
    /// <exception cref="SpotException">The backend or the cloud cannot be worked with.</exception>
    public async Task EnsureKnownAsync(CancellationToken cancellationToken)
    {
        if (_agentId is null)
        {
            _agentId = await LearnIdAsync(await IdentifyAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// One pass: what earlier passes left is settled, the backend is asked, each machine is judged, terminated, watched and reported; then
    /// old images and snapshots go. The failure of one item goes to the host; a failure of the pass is thrown.
    /// </summary>
    /// <param name="scope">What to do.</param>
    /// <param name="onRemoval">Told of each outcome as soon as it is known.</param>
    /// <param name="host">Told of failures of single items.</param>
    /// <param name="cancellationToken">Stops it between two calls; the next pass goes on from there.</param>
    /// <exception cref="SpotException">The backend or the cloud cannot be worked with.</exception>
    public async Task<AgentPass> RunPassAsync(
        PassScope scope, Action<SpotRemoval>? onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            return await WorkAsync(scope, onRemoval, host, cancellationToken).ConfigureAwait(false);
        }
        catch (BackendPauseException pause)
        {
            throw pause.Error;
        }
    }

    /// <summary>The same; a poll that failed is thrown with what the backend asks to wait.</summary>
    internal async Task<AgentPass> WorkAsync(
        PassScope scope, Action<SpotRemoval>? onRemoval, IOperationHost host, CancellationToken cancellationToken)
    {
        var identity = await IdentifyAsync(cancellationToken).ConfigureAwait(false);
        var agentId = _agentId ??= scope.WhatIf
            ? await FindIdAsync(cancellationToken).ConfigureAwait(false)
            : await LearnIdAsync(identity, cancellationToken).ConfigureAwait(false);
        var region = _options.Region ?? identity?.Region ?? _defaultRegion ?? throw NoRegion();
        var cloud = _cloudOf(region);
        using var state = AgentState.Open(_options.StateDirectory, _backend.Server, agentId, _clock, scope.WhatIf);
        var account = await cloud.GetAccountIdAsync(cancellationToken).ConfigureAwait(false);
        RequireAccount(account, _options.AccountId);
        var work = new PassWork
        {
            Options = _options,
            Backend = _backend,
            Cloud = cloud,
            State = state,
            AgentId = agentId,
            AccountId = account,
            OwnId = _options.InstanceId ?? identity?.InstanceId,
            Scope = scope,
            Host = host,
            Log = _log,
            Metrics = Metrics,
            Clock = _clock,
            Time = _time,
            OnRemoval = onRemoval,
        };
        try
        {
            return await new TerminationPass(work).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Metrics.Pending(state.Outbox.Count);
            Metrics.Passed(_clock.GetUtcNow());
        }
    }

    /// <summary>Works until it is stopped: passes, and the look for interruption notices.</summary>
    /// <param name="onPass">Told of every pass that came to its end.</param>
    /// <param name="host">Told of failures of single items.</param>
    /// <param name="cancellationToken">Stops it; that is how it ends, and no failure.</param>
    /// <exception cref="SpotException">It could not begin.</exception>
    public async Task RunAsync(Action<AgentPass>? onPass, IOperationHost host, CancellationToken cancellationToken)
    {
        if (IsTokenExposed)
        {
            _log.Warning("token_exposed", $"The token is sent to {_options.ServerUrl} in clear text. Use https or a tunnel.");
        }

        _log.Info("started", FormattableString.Invariant(
            $"Cleanup: The agent {_agentId ?? _options.LogicalAgentId} asks {_options.ServerUrl} every {_options.PollInterval.TotalSeconds:0} s"));
        try
        {
            await new AgentLoop(this, _clock, onPass, host).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        Metrics.Dispose();
    }

    /// <summary>Reports the backend which machine the agent runs on, when that is known; and that it is alive.</summary>
    internal async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var identity = await IdentifyAsync(cancellationToken).ConfigureAwait(false);
        if (identity is not null && _options.LogicalAgentId is not null)
        {
            _agentId = await LearnIdAsync(identity, cancellationToken).ConfigureAwait(false);
        }
    }

    internal async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        if (_agentId is { } id)
        {
            await _backend.HeartbeatAsync(
                id,
                new AgentHeartbeat
                {
                    // Type and zone are the registration's to say: the original takes those of a machine that was replaced, too.
                    Status = "online",
                    InstanceId = _options.InstanceId ?? _identity?.InstanceId,
                    AgentVersion = BackendTransport.ProtocolVersion,
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<HostIdentity?> IdentifyAsync(CancellationToken cancellationToken)
    {
        // Asked anew until it is known: the first question after boot may come before the network.
        return _identity ??= await _machine.GetIdentityAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> FindIdAsync(CancellationToken cancellationToken)
    {
        if (_options.LogicalAgentId is { } name)
        {
            return await _backend.FindAgentAsync(name, cancellationToken).ConfigureAwait(false) ?? throw new SpotException(
                SpotErrorIds.AgentNotFound, SpotErrorCategory.NotFound,
                $"The backend at {_backend.Server} has no agent '{name}' for this token, and --what-if registers none.")
            {
                Target = name,
                RecommendedAction = "Run the agent once without --what-if, or set AGENT_ID.",
            };
        }

        throw NoId();
    }

    private static SpotException NoId() => new(
        SpotErrorIds.AgentIdMissing, SpotErrorCategory.InvalidArgument,
        "The agent id is required: the agent does not run on an EC2 instance that it could register.")
    {
        RecommendedAction = "Set AGENT_ID in agent.conf or specify it as a parameter; Register-SpotAgent returns it.",
    };

    private async Task<string> LearnIdAsync(HostIdentity? identity, CancellationToken cancellationToken)
    {
        if (_options.LogicalAgentId is not { } name || (_options.InstanceId ?? identity?.InstanceId) is not { } instanceId)
        {
            throw NoId();
        }

        // Whatever is registered replaces what the backend has: EC2 is asked, and nothing is made up.
        var region = _options.Region ?? identity?.Region ?? _defaultRegion ?? throw NoRegion();
        var machines = await _cloudOf(region).FindMachinesAsync([instanceId], cancellationToken).ConfigureAwait(false);
        if (!machines.TryGetValue(instanceId, out var machine) || machine.InstanceType is null || machine.Zone is null)
        {
            throw new SpotException(
                SpotErrorIds.AgentScopeMismatch, SpotErrorCategory.NotFound,
                $"Cannot register agent '{name}': EC2 does not list its instance {instanceId} in {region}.")
            {
                Target = instanceId,
                RecommendedAction = "Set AWS_REGION and INSTANCE_ID to those of the agent's instance, and use credentials of the account that owns it.",
            };
        }

        var reply = await _backend.RegisterAsync(
            new AgentRegistration
            {
                LogicalAgentId = name,
                InstanceId = instanceId,
                InstanceType = machine.InstanceType,
                Region = region,
                Az = machine.Zone,
                AccountId = machine.AccountId,
                Hostname = machine.HostName,
                AmiId = machine.ImageId,
                Mode = machine.IsSpot ? "spot" : "ondemand",
                AgentVersion = BackendTransport.ProtocolVersion,
                PrivateIp = machine.PrivateIp,
                PublicIp = machine.PublicIp,
            },
            _options.Token,
            cancellationToken).ConfigureAwait(false);
        _log.Info("registered", $"Registered agent {reply.AgentId} on {instanceId}{(reply.Message is { } note ? $": {note}" : "")}", ("instance_id", instanceId));
        return reply.AgentId;
    }

    internal static void RequireAccount(string actual, string? wanted)
    {
        if (wanted is { } account && account != actual)
        {
            throw new SpotException(
                SpotErrorIds.AccountNotAllowed, SpotErrorCategory.PermissionDenied,
                $"The credentials are of account {actual}, and the agent works in {account}: nothing is terminated.")
            {
                Target = actual,
                RecommendedAction = "Use credentials of the agent's account, or enroll the agent for this account.",
            };
        }
    }

    private static SpotException NoRegion() => new(
        SpotErrorIds.RegionMissing, SpotErrorCategory.InvalidArgument, "The region of the agent is required.")
    {
        RecommendedAction = "Set AWS_REGION in agent.conf, or specify it as a parameter.",
    };
}
