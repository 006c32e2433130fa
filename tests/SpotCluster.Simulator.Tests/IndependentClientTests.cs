using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using SpotCluster.Cli.Hosting;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Simulator.Tests;

/// <summary>The AWS CLI and boto3 against the simulator: clients that nobody here wrote judge its answers.</summary>
public sealed class IndependentClientTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_aws_cli_lists_pages_runs_and_terminates()
    {
        await SkipUnlessRunsAsync("aws", "--version");
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = TimeProvider.System, PendingTime = TimeSpan.Zero, ShutdownTime = TimeSpan.Zero, InterfaceLinger = TimeSpan.Zero });
        await using var host = await SimulatorHost.StartAsync(cloud, 0, CancellationToken.None);
        var regions = await AwsAsync("ec2", "describe-regions", "--query", "Regions[].RegionName", "--output", "text");
        Assert.Equal(cloud.Regions, regions.Split((char[])['\t', '\n', ' '], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        cloud.Region("us-east-1").AddInstances(23);
        var ids = await AwsAsync("ec2", "describe-instances", "--page-size", "5", "--query", "Reservations[].Instances[].InstanceId", "--output", "text");
        Assert.Equal(23, ids.Split((char[])['\t', '\n', ' '], StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        Assert.Equal(5, cloud.Calls.Of("DescribeInstances").Count);

        var vpc = (await AwsAsync("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16", "--tag-specifications", "ResourceType=vpc,Tags=[{Key=cluster,Value=demo}]", "--query", "Vpc.VpcId", "--output", "text")).Trim();
        Assert.Equal("demo", cloud.Region("us-east-1").Find(vpc)!.Tags["cluster"]);
        var run = (await AwsAsync(
            "ec2", "run-instances", "--image-id", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", "--instance-type", "t3.micro",
            "--instance-market-options", "MarketType=spot", "--user-data", "#!/bin/sh", "--query", "Instances[0].InstanceId", "--output", "text")).Trim();
        Assert.Equal("running", cloud.Region("us-east-1").Instances.Single(machine => machine.Id == run).State);
        await AwsAsync("ec2", "terminate-instances", "--instance-ids", run);
        Assert.Equal("terminated", cloud.Region("us-east-1").Instances.Single(machine => machine.Id == run).State);
        await AwsAsync("ec2", "delete-vpc", "--vpc-id", vpc);
        var account = await AwsAsync("sts", "get-caller-identity", "--query", "Account", "--output", "text");
        Assert.Equal("123456789012", account.Trim());
        var quota = await AwsAsync("service-quotas", "get-service-quota", "--service-code", "ec2", "--quota-code", "L-34B43A08", "--query", "Quota.Value", "--output", "text");
        Assert.Equal("640.0", quota.Trim());
        var listed = await AwsAsync(
            "pricing", "get-products", "--service-code", "AmazonEC2", "--page-size", "2", "--query", "length(PriceList)", "--output", "text",
            "--filters", "Type=TERM_MATCH,Field=instanceType,Value=t3.medium", "Type=TERM_MATCH,Field=regionCode,Value=eu-central-1");
        Assert.Equal(5, listed.Split((char[])['\t', '\n', ' '], StringSplitOptions.RemoveEmptyEntries).Sum(page => int.Parse(page, CultureInfo.InvariantCulture)));

        async Task<string> AwsAsync(params string[] arguments)
        {
            var (code, text, errors) = await RunAsync("aws", ["--endpoint-url", host.Address.ToString(), "--region", "us-east-1", "--no-cli-pager", .. arguments], "");
            if (code != 0 && errors.Contains("--no-cli-pager", StringComparison.Ordinal))
            {
                (code, text, errors) = await RunAsync("aws", ["--endpoint-url", host.Address.ToString(), "--region", "us-east-1", .. arguments], "");
            }

            Assert.True(code == 0, $"aws {string.Join(' ', arguments)}: {errors}");
            return text;
        }
    }

    [Fact]
    public async Task Boto3_reads_every_answer_and_every_refusal()
    {
        await SkipUnlessRunsAsync("python3", "-c", "import boto3");
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = TimeProvider.System, PendingTime = TimeSpan.FromMilliseconds(200), ShutdownTime = TimeSpan.FromMilliseconds(200), InterfaceLinger = TimeSpan.FromMilliseconds(200), AsyncResourceTime = TimeSpan.FromMilliseconds(100) });
        await using var host = await SimulatorHost.StartAsync(cloud, 0, CancellationToken.None);
        cloud.Region("us-west-2").AddInstances(12, tags: ("cluster", "foreign"));
        cloud.Faults.Add(new FaultRule { Operation = "DescribeInternetGateways", Action = FaultAction.ResetBefore, Nth = [1] });
        cloud.Faults.Add(new FaultRule { Operation = "DescribeKeyPairs", Action = FaultAction.Http, Status = 503, Body = FaultBody.Html, Nth = [1] });
        cloud.Faults.Add(new FaultRule { Operation = "DescribeImages", Action = FaultAction.Throttle, Nth = [1] });

        var script = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "boto3_client.py"));
        var (code, text, errors) = await RunAsync("python3", ["-", host.Address.ToString()], script);
        output.WriteLine(text);
        Assert.True(code == 0, errors);
        Assert.Contains("ALL GOOD", text, StringComparison.Ordinal);
        Assert.Equal(12, cloud.AllLive("cluster", "foreign").Count(item => item.Kind == "instance"));
        Assert.Empty(cloud.AllLive("cluster", "demo"));
    }

    private static async Task SkipUnlessRunsAsync(string program, params string[] arguments)
    {
        try
        {
            var (code, _, errors) = await RunAsync(program, arguments, "");
            Assert.SkipWhen(code != 0, $"{program} does not work here: {errors}");
        }
        catch (Win32Exception)
        {
            Assert.SkipWhen(true, $"{program} is not on the PATH");
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, IReadOnlyList<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Credentials that exist nowhere, and none of the user's own configuration.
        start.Environment["AWS_ACCESS_KEY_ID"] = "AKIASIMULATEDKEY0001";
        start.Environment["AWS_SECRET_ACCESS_KEY"] = "simulated";
        start.Environment["AWS_CONFIG_FILE"] = Path.Combine(Path.GetTempPath(), "no-such-config");
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(Path.GetTempPath(), "no-such-credentials");
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach (var name in new[] { "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "HTTP_PROXY", "http_proxy" })
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
