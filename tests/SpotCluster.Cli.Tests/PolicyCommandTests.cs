using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Newtonsoft.Json.Linq;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Aws.Policy;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary>The least policy: no call of a command beyond it, and nothing in it that no call needs.</summary>
public sealed class PolicyCommandTests : IDisposable
{
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions());
    private readonly List<CallRecord> _calls = [];
    private readonly DirectoryInfo _journal = Directory.CreateTempSubdirectory("spotcluster-test-");

    public void Dispose()
    {
        _cloud.Dispose();
        _journal.Delete(recursive: true);
    }

    /// <summary>Each command with what it needs beforehand, which is done without a policy.</summary>
    public static TheoryData<SpotTask, string> Commands => new()
    {
        { SpotTask.List, "identity" },
        { SpotTask.List, "list --provider aws --cost" },
        { SpotTask.List, "status --provider aws" },
        { SpotTask.List, "resources --provider aws" },
        { SpotTask.List, "cost --provider aws" },
        { SpotTask.List, "prices --region us-east-1 --instance-type t3.medium" },
        { SpotTask.List, "offers --provider aws --region us-east-1 --instance-type t3.medium" },
        { SpotTask.List, "offers --provider aws --region us-east-1 --instance-requirement vcpu=2" },
        { SpotTask.List, "quota --region us-east-1" },
        { SpotTask.List, "report --path REPORT --since 1d --force" },
        { SpotTask.List, "wait --instance-id ID --timeout 1m" },
        { SpotTask.Launch, "create --name other --region us-east-1 --count 2 --wait --public-key-path KEY" },
        { SpotTask.Launch, "create --name other --region us-east-1 --count 2 --use-default-vpc" },
        { SpotTask.Launch, "create --name other --region us-east-1 --count 2 --maintain" },
        { SpotTask.Launch, "create --name other --region us-east-1 --count 2 --instance-requirement vcpu=2-4,memory=8- --max-idle 30m" },
        { SpotTask.Launch, "create --name other --region us-east-1 --count 2 --fallback on-demand --expires-in 1h" },
        { SpotTask.Launch, "resize --name demo --count 4" },
        { SpotTask.Launch, "resize --name demo --count 1 --force" },
        { SpotTask.Change, "set --name demo --expires-in 2h" },
        { SpotTask.Change, "stop --instance-id ID --force" },
        { SpotTask.Change, "start --instance-id ID --force" },
        { SpotTask.Remove, "destroy --instance-id ID --force" },
        { SpotTask.Remove, "destroy --name demo --force" },
        { SpotTask.Remove, "destroy --name demo --unprotect --force" },
        { SpotTask.Remove, "nuke --provider aws --force --include-attached" },
        { SpotTask.Remove, "nuke --provider aws --what-if" },
        { SpotTask.Remove, "nuke --provider aws --type instance --force" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_needs_nothing_beyond_the_policy_for_it(SpotTask task, string line)
    {
        await SetUpAsync(line);
        var free = await TryAsync(line);
        Assert.True(free.ExitCode != 2, free.Error);
        await SetUpAsync(line);
        _cloud.AllowedActions = await PolicyAsync(task);
        _calls.Clear();

        var bound = await TryAsync(line);

        Assert.True(Denied().Count == 0, string.Join(", ", Denied().Distinct()));
        Assert.True(bound.ExitCode == free.ExitCode, bound.Error);
    }

    [Fact]
    public async Task A_launch_that_fails_removes_what_it_made_under_the_policy_for_launches()
    {
        _cloud.AllowedActions = await PolicyAsync(SpotTask.Launch);
        _cloud.Faults.Add(new FaultRule { Operation = "CreateFleet", Code = "UnauthorizedOperation" });

        var result = await RunAsync("create --name demo --region us-east-1 --count 2 --public-key-path KEY");

        Assert.NotEqual(0, result.ExitCode);
        Assert.All(Denied(), call => Assert.StartsWith("CreateFleet", call, StringComparison.Ordinal));
        Assert.Empty(_cloud.AllLive());
    }

    [Theory]
    [InlineData("ec2:CreateVpc,ec2:CreateFleet,ec2:CreateRoute", "")]
    [InlineData("ec2:RunInstances,ec2:CreateInternetGateway", "")]
    [InlineData("ec2:CreateTags", "")]
    [InlineData("ec2:ImportKeyPair,ec2:CreateLaunchTemplate,ec2:CreateSubnet,ec2:AttachInternetGateway,ec2:CreateSecurityGroup,ec2:AuthorizeSecurityGroupIngress", "")]
    [InlineData("ec2:RunInstances,ec2:CreateSecurityGroup", " --use-default-vpc")]
    public async Task What_a_launch_lacks_is_named_at_once_with_the_statement_that_adds_it_and_nothing_is_made(string lacking, string options)
    {
        var all = await PolicyAsync(SpotTask.Launch);
        _cloud.AllowedActions = [.. all.Except(lacking.Split(','))];
        _calls.Clear();

        var line = "create --name demo --region us-east-1,us-west-2 --count 2 --public-key-path KEY" + options;
        var refused = await RunAsync(line);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(SpotErrorIds.PermissionMissing, refused.ErrorIds);
        Assert.All(lacking.Split(','), action => Assert.Contains(action, refused.Out, StringComparison.Ordinal));
        Assert.DoesNotContain(_cloud.Calls.Calls, call => call is { Changes: true, ErrorCode: null, Service: "ec2" });
        Assert.Empty(_cloud.AllLive());

        var statement = JObject.Parse(System.Text.RegularExpressions.Regex.Match(
            JObject.Parse(refused.Out)["errors"]!.Select(error => (string?)error["recommendedAction"]).First(advice => advice?.Contains("statement", StringComparison.Ordinal) == true)!, "{.*}").Value);
        _cloud.AllowedActions = [.. _cloud.AllowedActions!, .. statement["Action"]!.Select(action => (string)action!)];
        var allowed = await RunAsync(line);
        Assert.True(allowed.ExitCode == 0, allowed.Error);
    }

    [Fact]
    public async Task What_a_policy_may_yet_allow_for_a_network_with_the_tags_is_a_warning()
    {
        _cloud.AllowedActions = [.. (await PolicyAsync(SpotTask.Launch)).Where(action => action != "ec2:CreateSubnet")];
        var result = await RunAsync("create --name demo --region us-east-1 --count 2 --what-if");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("may be missing: ec2:CreateSubnet", result.Out + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_the_policy_for_lists_nothing_is_changed()
    {
        _cloud.AllowedActions = await PolicyAsync(SpotTask.List);
        Assert.All(_cloud.AllowedActions, action => Assert.Matches("^[a-z0-9]+:(Describe|Get|List|Decode)", action));
        Assert.NotEqual(0, (await RunAsync("create --name demo --region us-east-1 --count 1")).ExitCode);
        Assert.Empty(_cloud.AllLive());
    }

    /// <summary>The table is what the engine can send: each class of an EC2 request that its code names, and no other.</summary>
    [Fact]
    public void The_table_has_every_request_that_the_engine_names()
    {
        using var file = new PEReader(File.OpenRead(typeof(SpotEngine).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var named = metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Where(type => metadata.GetString(type.Namespace) == "Amazon.EC2.Model")
            .Select(type => metadata.GetString(type.Name))
            .Where(name => name.EndsWith("Request", StringComparison.Ordinal) && typeof(Amazon.EC2.AmazonEC2Request).Assembly.GetType("Amazon.EC2.Model." + name)!.IsSubclassOf(typeof(Amazon.EC2.AmazonEC2Request)))
            .Select(name => "ec2:" + name[..^"Request".Length]);
        var table = AwsActions.All.Where(action => action.Name.StartsWith("ec2:", StringComparison.Ordinal)).Select(action => action.Name);

        Assert.Equal(named.Order(StringComparer.Ordinal), table.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_policy_fits_into_a_managed_policy_of_IAM_and_follows_the_configuration()
    {
        var settings = new SpotSettings { FilterTagName = "team", FilterTagValue = "blue", Regions = ["us-*"], InstanceProfile = "arn:aws:iam::123456789012:instance-profile/team/node" };
        var text = SpotEngine.GetPolicy(settings, SpotTask.All, [], includeForeign: false);
        Assert.InRange(text.Count(character => !char.IsWhiteSpace(character)), 1000, 6144);

        var statements = (JArray)JObject.Parse(text)["Statement"]!;
        Assert.Equal(AwsActions.All.Count, statements.Sum(statement => ((JArray)statement["Action"]!).Count));
        Assert.Equal("arn:*:iam::*:role/node", (string?)statements.Single(statement => (string?)statement["Sid"] == "NodeRole")["Resource"]);
        Assert.DoesNotContain("iam:PassRole", SpotEngine.GetPolicy(new SpotSettings(), SpotTask.All, [], includeForeign: false), StringComparison.Ordinal);
        Assert.Equal("blue", statements.Single(statement => (string?)statement["Sid"] == "ManagedInstances")["Condition"]!["StringEquals"]!["aws:ResourceTag/team"]!.ToString());
        Assert.All(statements.Where(statement => (string?)statement["Sid"] is "Look" or "Work"), statement =>
            Assert.Equal("us-*", (string?)statement["Condition"]!["StringLike"]!["aws:RequestedRegion"]![0]));
        Assert.DoesNotContain("aws:ResourceTag", SpotEngine.GetPolicy(settings, SpotTask.Remove, ["eu-west-1"], includeForeign: true), StringComparison.Ordinal);

        var bad = await RunAsync("policy --task rule-the-world");
        Assert.Equal(2, bad.ExitCode);
        Assert.Equal([SpotErrorIds.ParameterInvalid], bad.ErrorIds);
    }

    private async Task SetUpAsync(string line)
    {
        _cloud.AllowedActions = null;
        await RunAsync("nuke --provider aws --force --unprotect");
        if (!line.StartsWith("create", StringComparison.Ordinal))
        {
            await RunAsync("create --name demo --region us-east-1 --count 2 --wait --fallback on-demand --public-key-path KEY");
        }

        if (line.StartsWith("start", StringComparison.Ordinal))
        {
            await TryAsync("stop --instance-id ID --force");
        }
    }

    private async Task<CliResult> TryAsync(string line) => await RunAsync(line.Contains(" ID", StringComparison.Ordinal) ? line.Replace(" ID", " " + FirstInstance(), StringComparison.Ordinal) : line);

    private string FirstInstance() => _cloud.AllLive().First(resource => resource.Id.StartsWith("i-", StringComparison.Ordinal)).Id;

    private async Task<HashSet<string>> PolicyAsync(SpotTask task)
    {
        var result = await RunAsync("policy --task " + task.ToString().ToLowerInvariant());
        return [.. JObject.Parse(result.Out)["policy"]!["Statement"]!.SelectMany(statement => statement["Action"]!.Select(action => (string)action!))];
    }

    private List<string> Denied() => [.. _calls.Where(call => call.ErrorCode is "UnauthorizedOperation" or "AccessDeniedException" or "AccessDenied").Select(call => $"{call.Operation} of {call.Service}").Distinct()];

    private Task<CliResult> RunAsync(string commandLine)
    {
        var key = Path.Combine(_journal.FullName, "key.pub");
        File.WriteAllText(key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqzOzYbpCpaJ0bQfpIlQyOr6JbE8yLq5m5bWq5Vb1Vd me\n");
        return CliRunner.RunAsync(
            commandLine.Replace("KEY", key, StringComparison.Ordinal).Replace("REPORT", Path.Combine(_journal.FullName, "report.html"), StringComparison.Ordinal) + " --json",
            options => new EngineSession(options with
            {
                Transport = _cloud.CreateHandler(),
                Clock = _cloud.Clock,
                Settings = new SpotSettings { Regions = ["us-east-1", "us-west-2"] },
                JournalDirectory = _journal.FullName,
                CallObserver = new CallList(_calls, options.CallObserver!),
            }));
    }
}
