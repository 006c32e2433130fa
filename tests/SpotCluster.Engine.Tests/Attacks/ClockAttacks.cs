using SpotCluster.Cli.Running;
using SpotCluster.Engine.Tests.Reliability;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Attacks;

/// <summary>With a local clock that is two days fast, every age, expiry and time of a proof is the service's, in each command at both clouds.</summary>
public sealed class ClockAttacks : IDisposable
{
    private static readonly TimeSpan Fast = TimeSpan.FromDays(2);

    private readonly SimulatedClock _clock = new();
    private readonly SimulatedCloud _cloud;
    private readonly string _journal = Directory.CreateTempSubdirectory("spotcluster-clock-").FullName;

    public ClockAttacks() => _cloud = new SimulatedCloud(new SimulatorOptions { Clock = _clock, Vast = new SimulatedVastOptions { TakenShare = 0, Volatility = 0 } })
    {
        SendsDate = true,
    };

    public void Dispose()
    {
        _cloud.Dispose();
        _clock.Dispose();
        Directory.Delete(_journal, recursive: true);
    }

    [Fact]
    public async Task At_AWS_no_age_is_that_of_the_local_clock()
    {
        await MustAsync("create --name demo --region us-east-1 --count 2 --expires-in 2h");
        await WalkAsync("aws");

        // It has not expired, as the local clock has it.
        await MustAsync("resize --name demo --count 3");
        Assert.Equal(3, _cloud.Region("us-east-1").LiveInstances.Count);
        await RemoveAsync("aws", 3);
    }

    [Fact]
    public async Task At_Vast_no_age_is_that_of_the_local_clock()
    {
        await MustAsync("auto --name demo --max-hourly-price 5 --count 2 --expires-in 2h --required-hours 0 --force");
        await WalkAsync("vast");
        await RemoveAsync("vast", 2);
    }

    // What shows ages and costs, an hour after the launch.
    private async Task WalkAsync(string provider)
    {
        _clock.Advance(TimeSpan.FromHours(1));
        var list = await MustAsync($"list --provider {provider}");
        Assert.DoesNotMatch(@"\b2d\b", list.Out);
        Assert.True(provider == "vast" || list.Out.Contains("1h", StringComparison.Ordinal), list.Out);
        var total = (await MustAsync($"cost --provider {provider} --json")).Json.GetProperty("total");
        Assert.InRange(total.GetProperty("costToDate").GetDecimal(), 0.0001m, 3 * total.GetProperty("hourlyCost").GetDecimal());
        Assert.InRange(total.GetProperty("measuredAt").GetDateTimeOffset(), _clock.GetUtcNow() - TimeSpan.FromMinutes(5), _clock.GetUtcNow() + TimeSpan.FromMinutes(5));
    }

    private async Task RemoveAsync(string provider, int count)
    {
        // An hour is left of the two.
        await MustAsync($"nuke --provider {provider} --expired --force");
        Assert.Equal(count, await CountAsync(provider));
        var refused = await RunAsync($"nuke --provider {provider} --older-than 24h --force --json");
        Assert.Equal([SpotErrorIds.ClockSkewed], refused.ErrorIds);
        Assert.Equal(count, await CountAsync(provider));

        if (provider == "vast")
        {
            _clock.Advance(TimeSpan.FromHours(1.5));
        }

        var removed = await MustAsync($"nuke --provider {provider} {(provider == "vast" ? "--expired" : "")} --force --json");
        Assert.Equal(0, await CountAsync(provider));
        var proof = Assert.Single(removed.Json.GetProperty("proofs").EnumerateArray().ToArray());
        Assert.All(
            new[] { "firstEmptyAt", "lastEmptyAt" },
            name => Assert.InRange(proof.GetProperty(name).GetDateTimeOffset(), _clock.GetUtcNow() - TimeSpan.FromMinutes(10), _clock.GetUtcNow() + TimeSpan.FromSeconds(1)));
        Assert.Contains("48 h", removed.Error + removed.Out, StringComparison.Ordinal);
    }

    private async Task<int> CountAsync(string provider) =>
        (await MustAsync($"list --provider {provider} --json")).Json.GetProperty("instances").GetArrayLength();

    private async Task<CliResult> MustAsync(string line)
    {
        var result = await RunAsync(line);
        Assert.True(result.ExitCode == 0, $"{line}: {result.ExitCode}\n{result.Error}\n{result.Out}");
        return result;
    }

    private Task<CliResult> RunAsync(string line) => CliRunner.RunAsync(line, options => new EngineSession(options with
    {
        Transport = _cloud.CreateHandler(),
        Clock = new WrongClock(_clock, Fast),
        JournalDirectory = _journal,
        ProfileName = null,
        EndpointUrl = null,
        ConfigurationPath = null,
    }));
}
