
namespace SpotCluster.Simulator.Tests;

/// <summary>A simulated EC2 with a clock of its own, and a client that knows nothing of the engine.</summary>
public abstract class SimulatorTests : IDisposable
{
    /// <param name="autoAdvance">True for a clock that moves on by itself when everybody waits; else only the test moves it.</param>
    protected SimulatorTests(bool autoAdvance = false)
    {
        Clock = new SimulatedClock { AutoAdvance = autoAdvance };
        Cloud = new SimulatedCloud(new SimulatorOptions { Clock = Clock });
        Ec2 = new Ec2Client(Cloud);
    }

    private protected SimulatedClock Clock { get; }

    private protected SimulatedCloud Cloud { get; }

    private protected Ec2Client Ec2 { get; }

    public void Dispose()
    {
        Ec2.Dispose();
        Cloud.Dispose();
        Clock.Dispose();
        GC.SuppressFinalize(this);
    }
}
