using System.Text;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator.Bacalhau;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>A join token that nodes read themselves: no launch template has it.</summary>
public sealed class TokenSourceTests : IDisposable
{
    private const string Source = "resolve:ssm:/bacalhau/join-token";

    private readonly NodeLab _lab = new(new SimulatedOrchestratorOptions
    {
        Token = NodeLab.Token,
        TokenSources = new Dictionary<string, string> { [Source] = NodeLab.Token },
    });

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Nodes_join_with_a_token_that_no_launch_template_and_no_user_data_has()
    {
        _lab.Settings = _lab.Settings with { OrchestratorTokenSource = Source, InstanceProfile = "node" };

        await _lab.CreateAsync(ClusterLab.Request(2, "us-east-1", "eu-west-1"));

        Assert.Equal(2, (await _lab.WaitAsync(WaitCondition.Healthy)).Count);
        var templates = _lab.Cloud.Calls.Of("CreateLaunchTemplate");
        Assert.Equal(2, templates.Count);
        Assert.All(templates, call =>
        {
            Assert.Equal("node", call.Parameters["LaunchTemplateData.IamInstanceProfile.Name"]);
            var document = new CloudDocument(Encoding.UTF8.GetString(Convert.FromBase64String(call.Parameters["LaunchTemplateData.UserData"])));
            Assert.Equal(Source + "\n", document.ReadFile("/etc/spotcluster/token-source"));
            Assert.All(document.Files, path => Assert.DoesNotContain(NodeLab.Token, document.ReadFile(path), StringComparison.Ordinal));
            Assert.DoesNotContain(NodeLab.Token, document.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Without_an_instance_profile_nothing_is_asked_and_the_error_names_the_permission()
    {
        _lab.Settings = _lab.Settings with { OrchestratorTokenSource = Source };

        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));

        Assert.Equal((SpotErrorIds.ParameterInvalid, Source), (refused.ErrorId, refused.Target));
        Assert.Contains("ssm:GetParameter", refused.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("--instance-profile", refused.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(_lab.Cloud.Calls.Calls);
    }

    [Fact]
    public async Task A_profile_that_the_account_does_not_have_ends_the_launch_with_advice_and_leaves_nothing()
    {
        _lab.Settings = _lab.Settings with { OrchestratorTokenSource = Source, InstanceProfile = "arn:aws:iam::123456789012:instance-profile/gone" };
        _lab.Cloud.Faults.Add(new FaultRule
        {
            Operation = "CreateFleet",
            Code = "InvalidParameterValue",
            Message = "Value (gone) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        });

        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));

        Assert.Contains("iamInstanceProfile", refused.Message, StringComparison.Ordinal);
        Assert.Contains("aws iam list-instance-profiles", refused.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(_lab.Cloud.AllLive());
        Assert.Equal("arn:aws:iam::123456789012:instance-profile/gone", Assert.Single(_lab.Cloud.Calls.Of("CreateLaunchTemplate")).Parameters["LaunchTemplateData.IamInstanceProfile.Arn"]);
    }

    [Fact]
    public async Task A_profile_that_EC2_refuses_in_the_check_is_an_error_before_any_change()
    {
        _lab.Settings = _lab.Settings with { InstanceProfile = "gone" };
        _lab.Cloud.Faults.Add(new FaultRule
        {
            Operation = "RunInstances",
            DryRun = true,
            Code = "InvalidParameterValue",
            Message = "Value (gone) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        });

        var refused = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));

        Assert.Contains("aws iam list-instance-profiles", refused.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);
    }

    [Fact]
    public void A_token_on_the_command_wins_over_a_source_of_the_settings_and_contradicts_one_of_the_command()
    {
        var settings = new SpotSettings { OrchestratorTokenSource = Source, InstanceProfile = "node" };
        var request = new NodeRequest { Orchestrators = ["a.example"], Token = "given" };
        var setup = NodeInput.Read(request, "demo", [], null, settings);
        Assert.Equal(("given", null), (setup.Token, setup.TokenSource));

        var refused = Assert.Throws<SpotException>(() => NodeInput.Read(request with { TokenSource = Source }, "demo", [], null, settings));
        Assert.Equal(SpotErrorIds.ParameterInvalid, refused.ErrorId);
        Assert.Null(NodeInput.Read(new NodeRequest(), "demo", [], null, settings with { InstanceProfile = null }).TokenSource);
    }

    [Theory]
    [InlineData("/bacalhau/join-token")]
    [InlineData("resolve:ssm:")]
    [InlineData("resolve:ssm:two words")]
    [InlineData("resolve:ssm:a\nb")]
    [InlineData("resolve:kms:key")]
    [InlineData("resolve:ssm:arn:aws:secretsmanager:us-east-1:123456789012:secret:a")]
    public void A_source_that_no_node_could_read_is_refused(string source)
    {
        Assert.NotNull(NodeRules.CheckTokenSource(source));
        Assert.Null(NodeRules.CheckTokenSource("resolve:ssm:arn:aws:ssm:us-east-1:123456789012:parameter/bacalhau/join-token"));
        Assert.Null(NodeRules.CheckTokenSource("resolve:secretsmanager:bacalhau/join-token"));
    }
}
