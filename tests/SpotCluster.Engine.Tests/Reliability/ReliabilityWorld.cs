using System.Diagnostics;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// An account with other people's things in it, at AWS and at Vast.ai; engines on it, and the books of the simulator, which
/// are read past every fault.
/// </summary>
internal sealed class ReliabilityWorld : IDisposable
{
    /// <summary>Where clusters are made. One more region is enabled, and empty.</summary>
    public static readonly IReadOnlyList<string> Regions = ["us-east-1", "us-west-2"];

    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-reliability-").FullName;
    private readonly HashSet<string> _foreign;
    private readonly HashSet<long> _foreignMachines;
    private int _journals;

    public ReliabilityWorld(int seed)
    {
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
        _foreignMachines = [.. Cloud.Vast.Machines.Select(machine => machine.Id)];
        Journal = Path.Combine(_folder, "journal");
    }

    public static SpotSettings Settings { get; } = new();

    public SimulatedCloud Cloud { get; }

    /// <summary>Folder of the journal; that of the next process after a kill.</summary>
    public string Journal { get; private set; }

    /// <summary>Everything at AWS that was not there at the start.</summary>
    public IReadOnlyList<SimulatedResource> Ours => [.. Cloud.AllLive().Where(resource => !_foreign.Contains(resource.Id))];

    /// <summary>The machines among it.</summary>
    public IReadOnlyList<SimulatedInstance> Machines =>
        [.. Regions.SelectMany(region => Cloud.Region(region).LiveInstances).Where(machine => !_foreign.Contains(machine.Id) && machine.State != "shutting-down")];

    /// <summary>Machines at Vast.ai that were not there at the start.</summary>
    public IReadOnlyList<SimulatedVastMachine> Rented => [.. Cloud.Vast.Machines.Where(machine => !_foreignMachines.Contains(machine.Id))];

    /// <summary>Takes what is there now for somebody else's: it must stay as it is.</summary>
    public void Protect() => _foreign.UnionWith(Cloud.AllLive().Select(resource => resource.Id));

    /// <summary>An engine as a process of its own would open it: nothing but the journal and the cloud in common.</summary>
    public SpotEngine Open(HttpMessageHandler? transport = null, TimeProvider? clock = null) => new(new EngineOptions
    {
        Transport = transport ?? Cloud.CreateHandler(),
        Clock = clock ?? Cloud.Clock,
        Settings = Settings,
        JournalDirectory = Journal,
    });

    /// <summary>
    /// What a disk holds when its process is killed: a copy of the journal as it is now, without the locks, which die with
    /// the process. The next engine works on the copy, the dead one cannot reach it any more.
    /// </summary>
    public void LeaveJournalOfTheDead()
    {
        var copy = Path.Combine(_folder, FormattableString.Invariant($"journal-{++_journals}"));
        if (Directory.Exists(Journal))
        {
            // A copy by another program does not ask for the locks that the runtime holds.
            using var copying = Process.Start(new ProcessStartInfo("cp", ["-R", Journal, copy]))!;
            copying.WaitForExit();
            if (copying.ExitCode != 0)
            {
                throw new IOException($"The journal could not be copied: {copying.ExitCode}.");
            }
        }

        Journal = copy;
    }

    /// <summary>From now on the journal cannot be written: in place of its folder lies a file.</summary>
    public void FillDisk()
    {
        if (Directory.Exists(Journal))
        {
            Directory.Move(Journal, Journal + ".aside");
        }

        File.WriteAllText(Journal, "");
    }

    /// <summary>Gives the folder back, as it was.</summary>
    public void FreeDisk()
    {
        if (!File.Exists(Journal))
        {
            return;
        }

        File.Delete(Journal);
        if (Directory.Exists(Journal + ".aside"))
        {
            Directory.Move(Journal + ".aside", Journal);
        }
    }

    /// <summary>Lets a moment pass: no next command comes in the same instant.</summary>
    public void Wait() => ((SimulatedClock)Cloud.Clock).Advance(TimeSpan.FromSeconds(1));

    /// <summary>Records of runs that have not ended.</summary>
    public int Journaled => Directory.Exists(Journal) ? Directory.GetFiles(Journal, "*.json", SearchOption.AllDirectories).Length : 0;

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

        var rented = Cloud.Vast.Machines.Select(machine => machine.Id).ToHashSet();
        foreach (var id in _foreignMachines.Where(id => !rented.Contains(id)))
        {
            yield return $"machine {id} of somebody else is gone";
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

    public void Dispose()
    {
        Cloud.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
