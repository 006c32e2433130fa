using System.Globalization;
using SpotCluster.Cli.Hosting;
using SpotCluster.Engine.Clusters;
using SpotCluster.Simulator;
using static System.FormattableString;

namespace SpotCluster.Bench;

/// <summary>
/// The AWS CLI and boto3 (<c>bench/rivals</c>) and AWS's own .NET client beside the console program and the engine, on one
/// simulated cloud over HTTP. Three jobs: list the machines of all enabled regions; terminate machines of several regions and
/// see them terminated; launch machines in the default VPCs of several regions.
/// </summary>
internal sealed class AwsCliBenchmark
{
    private const string What = "beside the AWS CLI";
    private const int Repetitions = 3;
    private const int MachinesEach = 5;
    private const int TerminatedRegions = 8;
    private const string LaunchedType = "t3.micro";

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(100);

    // As in the other parts: what the cloud takes by itself.
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan InterfaceLinger = TimeSpan.FromSeconds(3);

    private static readonly string Spotcluster = Path.Combine(AppContext.BaseDirectory, "spotcluster");
    private static readonly string Rivals = Path.Combine(Repository.Folder, "bench", "rivals");

    private readonly BenchCloud _cloud;
    private readonly Uri _address;
    private readonly Dictionary<string, string> _environment;
    private readonly bool _hasBoto3;
    private int _launches;

    private AwsCliBenchmark(BenchCloud cloud, Uri address, bool hasBoto3)
    {
        _cloud = cloud;
        _address = address;
        _hasBoto3 = hasBoto3;
        _environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL"] = address.GetLeftPart(UriPartial.Authority),
            ["AWS_ACCESS_KEY_ID"] = "simulator",
            ["AWS_SECRET_ACCESS_KEY"] = "simulator",
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["NO_PROXY"] = address.Host,
        };
    }

    public static async IAsyncEnumerable<Measurement> RunAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            yield return Measurement.Skipped(What, "what is measured is a shell script");
            yield break;
        }

        if (await OtherProgram.AnswerOfAsync("aws", "--version").ConfigureAwait(false) is not { } version)
        {
            yield return Measurement.Skipped(What, "aws is not on PATH");
            yield break;
        }

        var hasBoto3 = await OtherProgram.AnswerOfAsync("python3", "-c", "import boto3").ConfigureAwait(false) is not null;
        using var cloud = new BenchCloud(new SimulatorOptions { Latency = Latency, ShutdownTime = ShutdownTime, InterfaceLinger = InterfaceLinger });
        await using var host = await SimulatorHost.StartAsync(cloud.Cloud, 0, CancellationToken.None).ConfigureAwait(false);
        var benchmark = new AwsCliBenchmark(cloud, host.Address, hasBoto3);

        var all = benchmark.AddMachines(cloud.Regions);
        string[] some = [.. cloud.Regions.Take(TerminatedRegions)];
        await foreach (var row in benchmark.CompareAsync("start", version.Split(' ')[0], [.. benchmark.Starts()], () => []).ConfigureAwait(false))
        {
            yield return row;
        }

        await foreach (var row in benchmark.CompareAsync("list", Setting(cloud.Regions.Count), [.. benchmark.Ways("list")], () => all).ConfigureAwait(false))
        {
            yield return row;
        }

        await foreach (var row in benchmark.CompareAsync("terminate", Setting(some.Length), [.. benchmark.Ways("terminate")], () => benchmark.AddMachines(some)).ConfigureAwait(false))
        {
            yield return row;
        }

        await foreach (var row in benchmark.CompareAsync("launch", Setting(some.Length), [.. benchmark.Ways("launch")], () => benchmark.Clear(some)).ConfigureAwait(false))
        {
            yield return row;
        }

        if (!hasBoto3)
        {
            yield return Measurement.Skipped("beside boto3", "python3 with boto3 is not on PATH");
        }
    }

    private static string Setting(int regions) => Invariant($"{regions} regions × {MachinesEach}, {Latency.TotalMilliseconds:0} ms");

    private List<Share> AddMachines(IEnumerable<string> regions) =>
        [.. regions.Select(region => new Share(region, _cloud.AddMachines(region, MachinesEach)))];

    // What the last launch made goes, so that each one finds the same quota; networks of earlier ones do not matter to a later one.
    private List<Share> Clear(IEnumerable<string> regions)
    {
        var shares = regions.Select(region => new Share(region, [])).ToList();
        foreach (var region in shares.Select(share => _cloud.Cloud.Region(share.Region)))
        {
            if (region.LiveInstances.Select((machine, place) => ($"InstanceId.{place + 1}", machine.Id)).ToArray() is { Length: > 0 } ids)
            {
                region.Call("TerminateInstances", ids);
            }
        }

        return shares;
    }

    /// <summary>What each program takes before it does anything.</summary>
    private IEnumerable<Way> Starts()
    {
        yield return new Way("spotcluster --version", null, _ => ByProcessAsync(Spotcluster, ["--version"]));
        yield return new Way("aws --version", "spotcluster --version", _ => ByProcessAsync("aws", ["--version"]));
        if (_hasBoto3)
        {
            yield return new Way("python3, import boto3", "spotcluster --version", _ => ByProcessAsync("python3", ["-c", "import boto3"]));
        }
    }

    /// <summary>The ways to do a job. A process is compared with a process, and work without one with work without one.</summary>
    private IEnumerable<Way> Ways(string job)
    {
        var script = Path.Combine(Rivals, "aws-cli.sh");
        var python = Path.Combine(Rivals, "boto3_threads.py");
        yield return new Way("spotcluster", null, shares => ByProcessAsync(Spotcluster, Arguments(job, shares)));
        yield return new Way("aws in a loop", "spotcluster", shares => ByProcessAsync(script, [job, "1"], shares));
        yield return new Way("aws, regions at once", "spotcluster", shares => ByProcessAsync(script, [job, Invariant($"{_cloud.Regions.Count}")], shares));
        if (_hasBoto3)
        {
            yield return new Way("boto3 in threads", "spotcluster", shares => ByProcessAsync("python3", [python, job], shares));
        }

        yield return new Way("engine, no process", null, shares => ByEngineAsync(job, shares));
        yield return new Way("AWS SDK for .NET, no process", "engine, no process", shares => BySdkAsync(job, shares));
        if (_hasBoto3)
        {
            yield return new Way("boto3 without its start", "engine, no process", async shares =>
            {
                var answer = await ByProcessAsync("python3", [python, job], shares).ConfigureAwait(false);
                return answer with { OwnTime = TimeSpan.FromSeconds(double.Parse(answer.Errors, CultureInfo.InvariantCulture)) };
            });
        }
    }

    private string[] Arguments(string job, IReadOnlyList<Share> shares) => job switch
    {
        "list" => ["list", "--provider", "aws", "--json"],
        "launch" =>
        [
            "create", "--name", NextName(), "--region", string.Join(',', shares.Select(share => share.Region)), "--count", Invariant($"{shares.Count * MachinesEach}"),
            "--instance-type", LaunchedType, "--use-default-vpc", "--force", "--json",
        ],
        _ => ["destroy", "--instance-id", string.Join(',', shares.SelectMany(share => share.Ids)), "--force", "--json"],
    };

    private string NextName() => Invariant($"bench-{++_launches}");

    /// <summary>Each way in turns, so that whatever else the machine does meets all alike; the first turn warms up.</summary>
    private async IAsyncEnumerable<Measurement> CompareAsync(string job, string setting, Way[] ways, Func<IReadOnlyList<Share>> prepare)
    {
        var runs = ways.ToDictionary(way => way.Name, _ => new List<JobRun>(), StringComparer.Ordinal);
        for (var turn = 0; turn <= Repetitions; turn++)
        {
            foreach (var way in ways)
            {
                var shares = prepare();
                Answer? answer = null;
                var run = await _cloud.RunAsync(async () => answer = await way.DoAsync(shares).ConfigureAwait(false)).ConfigureAwait(false);
                Require(job, way, shares, answer!.Output);
                if (turn > 0)
                {
                    runs[way.Name].Add(run with { Time = answer.OwnTime ?? run.Time });
                }
            }
        }

        var typical = runs.ToDictionary(pair => pair.Key, pair => JobRun.Typical(pair.Value), StringComparer.Ordinal);
        foreach (var way in ways)
        {
            yield return Measurement.Of($"{job}: {way.Name}", setting, typical[way.Name], way.Against is null ? null : typical[way.Against].Time, null);
        }
    }

    private void Require(string job, Way way, IReadOnlyList<Share> shares, string output)
    {
        var isDone = job switch
        {
            "launch" => shares.All(share => _cloud.Cloud.Region(share.Region).LiveInstances.Count(machine => machine.State is "pending" or "running") >= MachinesEach),
            "terminate" => shares.All(share => !_cloud.Cloud.Region(share.Region).LiveInstances.Any(machine => share.Ids.Contains(machine.Id))),
            _ => shares.SelectMany(share => share.Ids).All(id => output.Contains(id, StringComparison.Ordinal)),
        };
        if (!isDone)
        {
            throw new InvalidOperationException($"The measurement is void: {way.Name} did not {job} every machine.");
        }
    }

    private async Task<Answer> ByProcessAsync(string file, string[] arguments, IReadOnlyList<Share>? shares = null)
    {
        var input = string.Concat((shares ?? []).Select(share => $"{share.Region} {(share.Ids.Count == 0 ? Invariant($"{MachinesEach}") : string.Join(' ', share.Ids))}\n"));
        var (output, errors) = await OtherProgram.RunAsync(file, arguments, input, _environment).ConfigureAwait(false);
        return new Answer(output, errors);
    }

    private async Task<Answer> ByEngineAsync(string job, IReadOnlyList<Share> shares)
    {
        using var connections = new SocketsHttpHandler { UseProxy = false };
        using var engine = _cloud.OpenEngine(connections, _address);
        if (job == "list")
        {
            var machines = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), SilentHost.Instance, CancellationToken.None).ToListAsync().ConfigureAwait(false);
            return new Answer(string.Join('\n', machines.Select(machine => machine.Id)), "");
        }

        if (job == "launch")
        {
            var request = new ClusterRequest
            {
                Name = NextName(),
                Regions = [.. shares.Select(share => share.Region)],
                Count = shares.Count * MachinesEach,
                InstanceTypes = [LaunchedType],
                UseDefaultVpc = true,
            };
            var plan = await engine.Clusters.PlanAsync(request, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            await engine.Clusters.LaunchAsync(plan, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
            return new Answer("", "");
        }

        InstanceKey[] keys = [.. shares.SelectMany(share => share.Ids.Select(id => new InstanceKey(id, share.Region)))];
        await engine.Removal.RemoveInstancesAsync(keys, _ => { }, SilentHost.Instance, CancellationToken.None).ConfigureAwait(false);
        return new Answer("", "");
    }

    private async Task<Answer> BySdkAsync(string job, IReadOnlyList<Share> shares)
    {
        var sdk = new NaiveSdk(_address);
        switch (job)
        {
            case "list":
                return new Answer(string.Join('\n', await sdk.ListAsync().ConfigureAwait(false)), "");
            case "launch":
                await sdk.LaunchAsync(shares.Select(share => share.Region), MachinesEach).ConfigureAwait(false);
                return new Answer("", "");
            default:
                await sdk.TerminateAsync(shares.ToDictionary(share => share.Region, share => share.Ids, StringComparer.Ordinal)).ConfigureAwait(false);
                return new Answer("", "");
        }
    }

    /// <summary>One way to do a job.</summary>
    /// <param name="Name">As the table calls it.</param>
    /// <param name="Against">Name of the way that it is compared with; null for none.</param>
    /// <param name="DoAsync">Does it.</param>
    private sealed record Way(string Name, string? Against, Func<IReadOnlyList<Share>, Task<Answer>> DoAsync);

    /// <summary>The machines of one region.</summary>
    private sealed record Share(string Region, IReadOnlyList<string> Ids);

    /// <summary>What came out.</summary>
    private sealed record Answer(string Output, string Errors)
    {
        /// <summary>How long the work took by its own account; null for all of it.</summary>
        public TimeSpan? OwnTime { get; init; }
    }
}
