using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Engine.Tests.Vast;

/// <summary>The engine on a simulated AWS and a simulated Vast.ai where nobody else has rented anything.</summary>
public abstract class TwoCloudsTests : IDisposable
{
    /// <param name="credit">Credit at Vast.ai in USD; null for the usual.</param>
    protected TwoCloudsTests(decimal? credit = null)
    {
        var vast = new SimulatedVastOptions { TakenShare = 0 };
        Clock = new SimulatedClock();
        Cloud = new SimulatedCloud(new SimulatorOptions { Clock = Clock, Vast = credit is { } usd ? vast with { Credit = usd } : vast });
        Engine = new SpotEngine(new EngineOptions { Transport = Cloud.CreateHandler(), Clock = Clock, Settings = new() });
    }

    private protected SimulatedClock Clock { get; }

    private protected SimulatedCloud Cloud { get; }

    private protected SpotEngine Engine { get; }

    private protected RecordingHost Host { get; } = new();

    public void Dispose()
    {
        Engine.Dispose();
        Cloud.Dispose();
        Clock.Dispose();
        GC.SuppressFinalize(this);
    }
}
