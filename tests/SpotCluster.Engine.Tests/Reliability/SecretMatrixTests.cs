using System.CommandLine;
using SpotCluster.Cli;
using SpotCluster.Cli.Running;
using Xunit;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>
/// Every command of the console program under every row of the fault matrix that the providers bring about, with secrets in
/// every source: none is in its text, its JSON, its log of calls or a file that it leaves. The commands are found by
/// reflection. The matrix itself requires the same of its operations, also for a killed process and a full disk.
/// </summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class SecretMatrixTests : IDisposable
{
    /// <summary>What serves until it is stopped, or has a cloud of its own.</summary>
    private static readonly string[] Serving = ["backend", "simulator", "agent", "rehearse"];

    /// <summary>Options with which a command does its work, in the order of a life.</summary>
    private static readonly (string Command, string Options)[] Known =
    [
        ("create", "--name demo --count 2 --region us-east-1 --instance-type t3.medium --orchestrator nats://orchestrator.example.com:4222"),
        ("rent", "--offer-id 1 --image ubuntu --disk 10 --force"),
        ("auto", "--max-hourly-price 9 --name gpu --image ubuntu --disk 10 --force"),
        ("destroy", "--name demo --force"),
        ("nuke", "--force"),
        ("destroy-all", "--force"),
        ("set", "--name demo --expires-in 2h"),
        ("resize", "--name demo --count 3"),
        ("wait", "--name demo --timeout 1m"),
        ("stop", "--name demo"),
        ("start", "--name demo"),
        ("user-data", "--name demo"),
        ("offers", "--provider aws --region us-east-1 --instance-type t3.medium"),
        ("prices", "--region us-east-1 --instance-type t3.medium"),
    ];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private const string Password = "MATRIX/PROXY+PASSWORD-0010";

    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal)
    {
        ["VAST_API_KEY"] = "MATRIX-VAST-KEY-0003",
        ["SPOTCLUSTER_ORCHESTRATOR_TOKEN"] = "MATRIX-JOIN-TOKEN-0004",
        ["BACALHAU_API_KEY"] = "MATRIX-API-KEY-0005",
        ["SPOTCLUSTER_ADMIN_TOKEN"] = "MATRIX-ADMIN-TOKEN-0006-0006-0006-0006",
        ["SPOT_OPTIMIZER_CLIENT_TOKEN"] = "MATRIX-AGENT-TOKEN-0007",
        ["AWS_SECRET_ACCESS_KEY"] = "MATRIX-ENVIRONMENT-KEY-0008",
        ["AWS_SESSION_TOKEN"] = "MATRIX-ENVIRONMENT-TOKEN-0009",
        ["HTTPS_PROXY"] = Password,
    };

    private readonly EnvironmentGuard _environment = new();

    public static TheoryData<string> Rows => [.. MatrixFault.All.Select(fault => fault.Name).Except(["disk full", "kill -9", "launch meanwhile"])];

    public void Dispose() => _environment.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task No_command_shows_a_secret_under_this_fault(string row)
    {
        await using var world = new ReliabilityWorld(seed: 1, secrets: Sources.Values);
        foreach (var (name, value) in Sources)
        {
            EnvironmentGuard.Set(name, name == "HTTPS_PROXY" ? $"http://matrix:{Uri.EscapeDataString(value)}@192.0.2.1:3128/" : value);
        }

        EnvironmentGuard.Set("AWS_ACCESS_KEY_ID", "AKIAMATRIX");
        EnvironmentGuard.Set("XDG_STATE_HOME", world.Journal);
        world.Cloud.Vast.AddKey(Sources["VAST_API_KEY"]);
        Assert.Equal(0, (await RunAsync(world, $"create {Options("create")}")).ExitCode);

        var fault = MatrixFault.All.Single(fault => fault.Name == row);
        foreach (MatrixOperation operation in new MatrixOperation[] { new NukeOperation(), new DestroyAllOperation() })
        {
            (fault.Trials(operation, new CallCounts(new Dictionary<string, int> { ["ec2"] = 4, ["vast"] = 4 }, 4, 8)) is [var trial, ..] ? trial : null)?.Arm(world);
        }

        var commands = new List<string>();
        Collect(CliApplication.Root, "", commands);
        Assert.All(Known, known => Assert.Contains(known.Command, commands));
        var failed = 0;
        foreach (var name in commands.Where(name => !Serving.Contains(name.Split(' ')[0])).OrderBy(name => Array.FindIndex(Known, known => known.Command == name) is >= 3 and <= 5 ? 1 : 0))
        {
            // What would wait for the end of the fault is stopped: what it shows then counts too.
            using var stop = new CancellationTokenSource(Patience);
            var result = await RunAsync(world, $"{name} {Options(name)}", stop.Token);
            Assert.NotEqual("", result.Out + result.Error);
            failed += result.ExitCode == 0 ? 0 : 1;
        }

        // A fault that nothing met would prove nothing.
        Assert.True(failed > 5);
        Assert.True(row == "Date header" || world.Cloud.Calls.Calls.Any(call => call.Fault is not null), "no call met the fault");
        Assert.Empty(world.Leaks());
    }

    private static string Options(string name) => Known.FirstOrDefault(known => known.Command == name).Options ?? "";

    private static async Task<CliResult> RunAsync(ReliabilityWorld world, string line, CancellationToken cancellationToken = default)
    {
        var result = await CliRunner.RunAsync(
            $"{line} --verbose",
            options => new EngineSession(options with { Transport = world.Cloud.CreateHandler(), Clock = world.Cloud.Clock, Keys = ReliabilityWorld.Keys, JournalDirectory = world.Journal }),
            cancellationToken: cancellationToken);
        world.Show(line, result.Out + result.Error);
        return result;
    }

    private static void Collect(Command command, string words, List<string> leaves)
    {
        if (command.Subcommands.Count == 0)
        {
            leaves.Add(words);
        }

        foreach (var child in command.Subcommands)
        {
            Collect(child, $"{words} {child.Name}".Trim(), leaves);
        }
    }
}
