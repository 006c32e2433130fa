using System.Text;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>The idle limit at AWS: in the tags, in every list, in the user data; the script itself is tested in a real shell.</summary>
public sealed class MaxIdleTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task It_is_kept_in_tags_and_user_data_and_every_list_shows_it()
    {
        await _lab.CreateAsync(ClusterLab.Request(2, "us-east-1") with { MaxIdle = TimeSpan.FromMinutes(30) });
        using var engine = _lab.Open();
        var instances = await engine.Clusters.GetInstancesAsync(new InstanceQuery(), _lab.Host, default).ToListAsync();
        Assert.Equal(2, instances.Count);
        Assert.All(instances, instance => Assert.Equal(TimeSpan.FromMinutes(30), instance.MaxIdle));
        Assert.All(_lab.Machines(), machine => Assert.Equal("1800", machine.Tags[TagKeys.MaxIdle]));
        var template = Assert.Single(_lab.Cloud.Calls.Of("CreateLaunchTemplate"), call => !call.DryRun);
        var data = Encoding.UTF8.GetString(Convert.FromBase64String(template.Parameters["LaunchTemplateData.UserData"]));
        Assert.Contains("spotcluster-idle", data, StringComparison.Ordinal);
        Assert.Contains("1800", data, StringComparison.Ordinal);
        Assert.Equal("terminate", template.Parameters["LaunchTemplateData.InstanceInitiatedShutdownBehavior"]);
    }

    [Theory]
    [InlineData(4, false, SpotErrorIds.ExpiryInvalid)]
    [InlineData(366 * 24 * 60 + 1, false, SpotErrorIds.ExpiryInvalid)]
    [InlineData(30, true, SpotErrorIds.ParameterInvalid)]
    public async Task A_limit_that_cannot_be_kept_is_refused_before_any_call(int minutes, bool maintain, string errorId)
    {
        var request = ClusterLab.Request(1, "us-east-1") with { MaxIdle = TimeSpan.FromMinutes(minutes), Maintain = maintain };
        Assert.Equal(errorId, (await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(request))).ErrorId);
        Assert.Empty(_lab.Cloud.Calls.Calls);
    }
}
