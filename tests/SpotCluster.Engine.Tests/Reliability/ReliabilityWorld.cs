using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// An account with other people's things in it, at AWS and at Vast.ai; engines on it, and the books of the simulator, which
/// are read past every fault.
/// </summary>
internal sealed class ReliabilityWorld : IAsyncDisposable
{
    /// <summary>Where clusters are made. One more region is enabled, and empty.</summary>
    public static readonly IReadOnlyList<string> Regions = ["us-east-1", "us-west-2"];

    private const string SecretKey = "MATRIX/SECRET+KEY-0001";
    private const string SessionToken = "MATRIX/SESSION+TOKEN-0002";

    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-reliability-").FullName;
    private readonly HashSet<string> _foreign;
    private readonly IReadOnlyList<SimulatedVastInstance> _foreignMachines;
    private readonly SmallDisk? _smallDisk;
    private MatrixBackend? _backend;
    private readonly ConcurrentQueue<string> _leaks = new();
    private int _disks;

    /// <param name="seed">Seed of the cloud.</param>
    /// <param name="secrets">What no text may show, and every refusal quotes; null for the keys of AWS.</param>
    /// <param name="fillsDisk">Whether its disk is to be full at some time: it is a small one then, where one can be mounted.</param>
    public ReliabilityWorld(int seed, bool fillsDisk = false, IEnumerable<string>? secrets = null)
    {
        Secrets = [SecretKey, SessionToken, .. secrets ?? []];
        _smallDisk = fillsDisk ? SmallDisk.TryMount(256 * SmallDisk.PageSize) : null;
        Cloud = new SimulatedCloud(new SimulatorOptions
        {
            Seed = seed,
            Latency = TimeSpan.FromMilliseconds(40),
            ConsistencyWindow = TimeSpan.FromMilliseconds(500),
            Vast = new SimulatedVastOptions { TakenShare = 0 },
        });
        foreach (var region in Cloud.Regions.Except([.. Regions, "eu-west-1"]))
        {
            Cloud.EnableRegion(region, enabled: false);
        }

        foreach (var region in Regions.Select(Cloud.Region))
        {
            region.Call("CreateVpc", ("CidrBlock", "10.99.0.0/16"));
            region.AddInstances(1, tags: ("owner", "somebody"));
            region.AddInstances(1, tags: (Settings.FilterTagName, "another-tool"));
        }

        Cloud.Vast.AddMachine("somebody");
        _foreign = [.. Cloud.AllLive().Select(resource => resource.Id)];
        _foreignMachines = Cloud.Vast.Machines;
        Disk = Path.Combine(_smallDisk?.Folder ?? _folder, "disk");
    }

    /// <summary>What no text and no file may hold.</summary>
    public IReadOnlyList<string> Secrets { get; }

    /// <summary>What a service says that quotes all it was sent, as it is and as addresses escape it.</summary>
    public string Quote => string.Join(' ', Secrets.Select(secret => $"{secret} {Uri.EscapeDataString(secret)}"));

    /// <summary>The keys of the account; the simulator takes any.</summary>
    public static AwsKeys Keys { get; } = new("AKIAMATRIX", SecretKey, SessionToken, "the matrix");

    public static SpotSettings Settings { get; } = new();

    public SimulatedCloud Cloud { get; }

    /// <summary>The termination backend, once it was started.</summary>
    public MatrixBackend Backend => _backend ?? throw new InvalidOperationException("There is no backend in this world.");

    /// <summary>Folder of all that a process keeps; that of the next process after a kill.</summary>
    public string Disk { get; private set; }

    /// <summary>Folder of the journal.</summary>
    public string Journal => Path.Combine(Disk, "journal");

    /// <summary>Folder of what agents keep.</summary>
    public string AgentState => Path.Combine(Disk, "agent");

    /// <summary>How often an operation was run, its preparation left out.</summary>
    public int Runs { get; set; }

    /// <summary>Everything at AWS that was not there at the start.</summary>
    public IReadOnlyList<SimulatedResource> Managed => [.. Cloud.AllLive().Where(resource => !_foreign.Contains(resource.Id))];

    /// <summary>The machines among it.</summary>
    public IReadOnlyList<SimulatedInstance> Machines =>
        [.. Regions.SelectMany(region => Cloud.Region(region).LiveInstances).Where(machine => !_foreign.Contains(machine.Id) && machine.State != "shutting-down")];

    /// <summary>Machines at Vast.ai that were not there at the start.</summary>
    public IReadOnlyList<SimulatedVastInstance> Rented => [.. Cloud.Vast.Machines.Where(machine => _foreignMachines.All(foreign => foreign.Id != machine.Id))];

    /// <summary>The tags of a managed instance, for one more of its kind.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Keeps the tags of a managed instance.</summary>
    public void NoteTags() => Tags = Machines[^1].Tags.Where(tag => !tag.Key.StartsWith("aws:", StringComparison.Ordinal)).ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);

    /// <summary>Times of a proof that are not those of the cloud.</summary>
    public IEnumerable<string> WrongTimes(SpotProof proof) =>
        new[] { proof.FirstEmptyAt, proof.LastEmptyAt }.OfType<DateTimeOffset>()
            .Where(time => Cloud.SendsDate && (Cloud.Clock.GetUtcNow() - time).Duration() > TimeSpan.FromMinutes(5))
            .Select(time => $"lost: the proof says {time:u}, and at the cloud it is {Cloud.Clock.GetUtcNow():u}");

    /// <summary>Takes what is there now for somebody else's: it must stay as it is.</summary>
    public void Protect() => _foreign.UnionWith(Cloud.AllLive().Select(resource => resource.Id));

    /// <summary>An engine as a process of its own would open it: nothing but the journal and the cloud in common.</summary>
    public SpotEngine Open(HttpMessageHandler? transport = null, TimeProvider? clock = null) => new(new EngineOptions
    {
        Transport = transport ?? Cloud.CreateHandler(),
        Clock = clock ?? Cloud.Clock,
        Keys = Keys,
        Settings = Settings,
        JournalDirectory = Journal,
    });

    /// <summary>An engine on another computer: nothing but the cloud in common.</summary>
    public SpotEngine OpenElsewhere() => new(new EngineOptions
    {
        Transport = Cloud.CreateHandler(),
        Clock = Cloud.Clock,
        Keys = Keys,
        Settings = Settings,
        JournalDirectory = Path.Combine(_folder, "elsewhere"),
    });

    /// <summary>Starts the backend. It is on another computer: nothing that befalls this one's disk reaches its database.</summary>
    public async Task<MatrixBackend> StartBackendAsync()
    {
        _backend = await MatrixBackend.StartAsync(_folder, Cloud.Clock).ConfigureAwait(false);
        Cloud.Register(_backend);
        return _backend;
    }

    /// <summary>
    /// What a disk holds when its process is killed: a copy as it is now, without the locks, which die with the process. The
    /// next engine works on the copy, the dead one cannot reach it any more.
    /// </summary>
    public void LeaveDiskOfTheDead()
    {
        var copy = Path.Combine(_folder, FormattableString.Invariant($"disk-{++_disks}"));
        if (Directory.Exists(Disk))
        {
            // A copy by another program does not ask for the locks that the runtime holds.
            using var copying = Process.Start(new ProcessStartInfo("cp", ["-R", Disk, copy]))!;
            copying.WaitForExit();
            if (copying.ExitCode != 0)
            {
                throw new IOException($"The disk could not be copied: {copying.ExitCode}.");
            }
        }

        Disk = copy;
    }

    /// <summary>From now on nothing can be written: no byte is free or, where no small disk can be mounted, in place of the folder lies a file.</summary>
    public void FillDisk()
    {
        if (_smallDisk is not null)
        {
            _smallDisk.Fill();
            return;
        }

        if (Directory.Exists(Disk))
        {
            Directory.Move(Disk, Disk + ".aside");
        }

        File.WriteAllText(Disk, "");
    }

    /// <summary>Gives the room back, or the folder as it was.</summary>
    public void FreeDisk()
    {
        _smallDisk?.Free();
        if (!File.Exists(Disk))
        {
            return;
        }

        File.Delete(Disk);
        if (Directory.Exists(Disk + ".aside"))
        {
            Directory.Move(Disk + ".aside", Disk);
        }
    }

    /// <summary>Lets a moment pass: no next command comes in the same instant.</summary>
    public void Wait() => Wait(TimeSpan.FromSeconds(1));

    /// <summary>Lets time pass.</summary>
    public void Wait(TimeSpan time) => ((SimulatedClock)Cloud.Clock).Advance(time);

    /// <summary>Records of runs that have not ended.</summary>
    public int Journaled => Count(Journal, "*.json");

    /// <summary>Terminations that are not settled with the backend.</summary>
    public int OutboxEntries => Count(AgentState, "*.outbox.json");

    /// <summary>Takes what a run has shown.</summary>
    public void Show(string what, string text)
    {
        foreach (var secret in Secrets.Where(secret => text.Contains(secret, StringComparison.Ordinal) || text.Contains(Uri.EscapeDataString(secret), StringComparison.Ordinal)))
        {
            _leaks.Enqueue($"{what} shows {secret}: {text.Substring(Math.Max(0, text.IndexOf(secret, StringComparison.Ordinal) - 200))}");
        }
    }

    /// <summary>Secrets that a run has shown, or left in a file.</summary>
    public IEnumerable<string> Leaks()
    {
        foreach (var path in Directory.Exists(Disk) ? Directory.EnumerateFiles(Disk, "*", SearchOption.AllDirectories) : [])
        {
            Show(path, File.ReadAllText(path));
        }

        return _leaks;
    }

    /// <summary>What was done to other people's things.</summary>
    public IEnumerable<string> Trespasses()
    {
        var live = Cloud.AllLive().Select(resource => resource.Id).ToHashSet();
        foreach (var id in _foreign.Where(id => !live.Contains(id)).Order(StringComparer.Ordinal))
        {
            yield return $"{id} of somebody else is gone";
        }

        foreach (var call in Cloud.Calls.Calls.Where(call => call.Changes && call.Parameters.Values.Any(_foreign.Contains)))
        {
            yield return $"{call.Operation} named something of somebody else";
        }

        var rented = Cloud.Vast.Machines.ToDictionary(machine => machine.Id, machine => machine.Label);
        foreach (var machine in _foreignMachines.Where(machine => !rented.TryGetValue(machine.Id, out var label) || label != machine.Label))
        {
            yield return $"machine {machine.Id} of somebody else is gone or changed";
        }

        var ids = _foreignMachines.Select(machine => machine.Id.ToString(CultureInfo.InvariantCulture)).ToHashSet();
        foreach (var call in Cloud.Calls.Calls.Where(call => call is { Service: "vast", Changes: true } && call.Parameters.TryGetValue("id", out var id) && ids.Contains(id)))
        {
            yield return $"{call.Operation} named a machine of somebody else";
        }
    }

    /// <summary>Every machine that a list on another computer names, without any fault and without the journal.</summary>
    public async Task<IReadOnlyList<string>> ListAsync()
    {
        using var engine = new SpotEngine(new EngineOptions
        {
            Transport = Cloud.CreateHandler(),
            Clock = Cloud.Clock,
            Settings = Settings,
            JournalDirectory = Path.Combine(_folder, "elsewhere"),
        });
        var ids = new List<string>();
        await foreach (var instance in engine.Clusters.GetInstancesAsync(
            new InstanceQuery { Providers = [SpotProvider.Aws, SpotProvider.Vast] }, new RecordingHost(), CancellationToken.None))
        {
            ids.Add(instance.Id);
        }

        return ids;
    }

    public async ValueTask DisposeAsync()
    {
        Cloud.Dispose();
        if (_backend is not null)
        {
            await _backend.DisposeAsync().ConfigureAwait(false);
        }

        _smallDisk?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int Count(string folder, string pattern) => Directory.Exists(folder) ? Directory.GetFiles(folder, pattern, SearchOption.AllDirectories).Length : 0;
}
