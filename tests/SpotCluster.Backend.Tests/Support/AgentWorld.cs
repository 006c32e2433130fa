using SpotCluster.Engine;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Model.Agent;
using SpotCluster.Simulator;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>The real backend, the simulated EC2 and real agents between them, all on one clock.</summary>
public sealed class AgentWorld : IAsyncDisposable
{
    public const string Account = "111111111111";
    public const string Region = "us-east-1";

    public static readonly (string Key, string Value) Tag = ("ManagedBy", "SpotOptimizer");

    private static readonly SocketsHttpHandler Direct = new();

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("spotcluster-agent-");
    private readonly SharedClock _clock;

    public AgentWorld(TestBackend backend)
    {
        Backend = backend;
        _clock = new SharedClock(backend.Clock);
        Cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, AccountId = Account, Throttling = false });
        backend.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    public TestBackend Backend { get; }

    public SimulatedCloud Cloud { get; }

    public RecordingLog Log { get; } = new();

    public List<SpotException> Errors { get; } = [];

    /// <summary>How often a call that terminates was made for a machine, whatever came of it.</summary>
    public int Terminations(string id) => Cloud.Calls.Calls.Count(call =>
        call.Service == "ec2" && call.Operation == "TerminateInstances" && call.Parameters.Values.Contains(id));

    /// <summary>A running machine. Time moves on first, so that it is older than whatever marks it.</summary>
    public string AddMachine(bool tagged = true, string region = Region, params (string Key, string Value)[] tags) =>
        Cloud.Region(region).AddInstances(1, tags: tagged ? [Tag, .. tags] : tags).Single();

    public string StateOf(string id, string region = Region) => Cloud.Region(region).Instances.SingleOrDefault(machine => machine.Id == id)?.State ?? "unknown";

    public string FolderOf(TestAgent agent) => Path.Combine(_state.FullName, agent.Id);

    /// <summary>One pass of the agent's process: opened, run, ended.</summary>
    public async Task<AgentPass> PassAsync(
        TestAgent agent, Func<AgentOptions, AgentOptions>? with = null, ICallObserver? observer = null, PassScope? scope = null)
    {
        using var engine = NewEngine(observer);
        var options = new AgentOptions
        {
            ServerUrl = new Uri(Backend.Url),
            Token = new AgentToken(agent.Token),

            // A backend in this process needs no limit, which the clock would jump over.
            BackendTransport = Direct,
            AgentId = agent.Id,
            Region = agent.Region,
            StateDirectory = FolderOf(agent),
            CleanupEnabled = false,
            Jitter = () => 0,
        };
        using var cleaner = engine.OpenAgent(with?.Invoke(options) ?? options, Log);
        return await cleaner.RunPassAsync(scope ?? new PassScope(), null, new ErrorList(Errors), CancellationToken.None);
    }

    public SpotEngine NewEngine(ICallObserver? observer = null) => new(new EngineOptions
    {
        Transport = Cloud.CreateHandler(),
        Clock = _clock,
        Settings = new SpotSettings(),
        CallObserver = observer,
    });

    public Task<string> BackendStateAsync(string instanceId) =>
        Backend.QueryAsync<string>("SELECT state FROM sc_instances WHERE instance_id = @instanceId", new { instanceId });

    public async ValueTask DisposeAsync()
    {
        Cloud.Dispose();
        await Backend.DisposeAsync();
        _state.Delete(recursive: true);
    }

    public sealed class RecordingLog : IAgentLog
    {
        private readonly List<AgentLogEntry> _entries = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_entries)
                {
                    return [.. _entries.Select(entry => entry.Message)];
                }
            }
        }

        public void Write(AgentLogEntry entry)
        {
            lock (_entries)
            {
                _entries.Add(entry);
            }
        }
    }

    private sealed class ErrorList(List<SpotException> errors) : IOperationHost
    {
        public void Verbose(string message)
        {
        }

        public void Debug(string message)
        {
        }

        public void Warning(string message)
        {
        }

        public void Error(SpotException error) => errors.Add(error);

        public void Progress(OperationProgress progress)
        {
        }
    }
}
