using System.Text.Json;
using Xunit;

namespace SpotCluster.Tests;

/// <summary>The console program against an EC2 that we did not write; what it did is looked up by a client that we did not write.</summary>
public abstract class MotoServerTest : IAsyncLifetime
{
    private protected static readonly string[] Regions = ["us-east-1", "us-west-2", "eu-west-1"];

    /// <summary>What a cluster consists of beside its instances.</summary>
    private protected static readonly string[] BesideInstances =
        ["Vpcs", "LaunchTemplates", "KeyPairs", "SpotInstanceRequests", "Volumes", "SecurityGroups"];

    private protected MotoServer Moto { get; } = new();

    public ValueTask InitializeAsync() => Moto.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Moto.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected void Demand()
    {
        Assert.SkipWhen(Moto.Missing is not null, Moto.Missing ?? "It is there");
        Assert.SkipUnless(Tool.IsOnPath("aws"), "the AWS CLI (aws) is not on PATH");
    }

    private protected async Task CreateAsync(string name, string regions, int count)
    {
        var create = await SpotClusterAsync("create", "--name", name, "--region", regions, "--count", $"{count}", "--instance-type", "t3.micro");
        Assert.True(create.ExitCode == 0, create.ToString());
    }

    private protected Task<ToolResult> SpotClusterAsync(params string[] args) =>
        Tool.SpotClusterAsync(Moto.Environment, [.. args, "--json"]);

    /// <summary>What is in the regions, by boto3: kind of resource, region and id.</summary>
    private protected async Task<ILookup<string, (string Id, string Region)>> ResourcesAsync()
    {
        var look = await Tool.RunAsync("python3", Moto.Environment, [Path.Combine(AppContext.BaseDirectory, "Independent", "resources.py"), .. Regions]);
        Assert.True(look.ExitCode == 0, look.ToString());
        return JsonDocument.Parse(look.Out).RootElement.EnumerateArray()
            .ToLookup(item => item[0].GetString()!, item => (item[2].GetString()!, item[1].GetString()!));
    }

    private protected async Task<List<(string Id, string Region)>> RunningAsync() => [.. (await ResourcesAsync())["Instances"]];
}
