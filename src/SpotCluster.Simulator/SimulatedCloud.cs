namespace SpotCluster.Simulator;

/// <summary>The clouds in memory: one account with its regions. All members are safe to use from several threads.</summary>
public sealed class SimulatedCloud : IDisposable
{
    /// <summary>Makes an empty account: default VPCs, images and a market, and nothing of ours.</summary>
    public SimulatedCloud(SimulatorOptions options)
    {
        Options = options;
    }

    /// <summary>What it was made with.</summary>
    public SimulatorOptions Options { get; }

    /// <summary>The clock that it lives on; give the same to the engine.</summary>
    public TimeProvider Clock => throw new NotSupportedException();

    /// <summary>Enabled regions of the account.</summary>
    public IReadOnlyList<string> Regions => throw new NotSupportedException();

    /// <summary>A handler for the engine's HTTP clients; any number may be made.</summary>
    public HttpMessageHandler CreateHandler() => throw new NotSupportedException();

    /// <summary>Answers one request as the cloud that it is addressed to would.</summary>
    public Task<HttpResponseMessage> HandleAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Takes a spot machine back: a notice first, and two minutes later it is gone.</summary>
    public void Interrupt(string instanceId) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
