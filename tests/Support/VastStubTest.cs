using SpotCluster.Cli.Running;
using SpotCluster.Engine.Vast;
using SpotCluster.Simulator;

namespace SpotCluster.Tests;

/// <summary>Tests against a stub of Vast.ai: its clock, its journal, and the program and the service that work with it.</summary>
public abstract class VastStubTest : IDisposable
{
    private protected VastStubTest() => Stub = new VastStub(Clock);

    private protected SimulatedClock Clock { get; } = new();

    private protected VastStub Stub { get; }

    /// <summary>The folder of the journals.</summary>
    private protected string Journal { get; } = Directory.CreateTempSubdirectory("spotcluster-vast-").FullName;

    public virtual void Dispose()
    {
        Stub.Dispose();
        Clock.Dispose();
        Directory.Delete(Journal, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected Task<CliResult> RunAsync(string commandLine, TestConsole? console = null) => CliRunner.RunAsync(
        commandLine,
        options => new EngineSession(options with { Transport = Stub, Clock = Clock, JournalDirectory = Journal }),
        console);

    private protected VastService Open(TimeSpan? answerLimit = null, Func<VastServiceOptions, VastServiceOptions>? change = null)
    {
        var options = new VastServiceOptions
        {
            Keys = new VastKeyStore(_ => null),
            JournalFolder = Journal,
            Client = new VastClientOptions
            {
                BaseAddress = new Uri("https://console.vast.ai"),
                Key = () => new VastKey("simulated", "test"),
                Transport = Stub,
                Clock = Clock,
                AnswerLimit = answerLimit,
            },
        };
        return new VastService(change is null ? options : change(options));
    }
}
