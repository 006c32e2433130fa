using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>What an account that is not ready meets at its first launch, and the remedy that it is given, on every path.</summary>
public sealed class HintTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("AuthFailure.ServiceLinkedRoleCreationNotPermitted", "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.", "create-service-linked-role")]
    [InlineData("OptInRequired", "In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit https://aws.amazon.com/marketplace/pp?sku=abc123", "Marketplace")]
    [InlineData("PendingVerification", "Your request for accessing resources in this region is being validated.", "AWS is still verifying the account")]
    [InlineData("Blocked", "This account is currently blocked.", "AWS Support")]
    [InlineData("InvalidKMSKey.InvalidState", "The KMS key is disabled.", "KMS key")]
    [InlineData("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded", "Service Quotas")]
    public async Task A_fleet_error_has_the_remedy_of_its_code(string code, string message, string remedy)
    {
        _lab.Cloud.Faults.Add(new FaultRule { Action = FaultAction.Capacity, Code = code, Message = message });
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));
        Assert.Equal(code, error.ServiceCode);
        Assert.Contains(remedy, error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(_lab.Machines());
    }

    [Fact]
    public async Task A_default_subnet_without_a_route_out_is_named_before_the_launch_and_one_with_a_route_is_not()
    {
        var region = _lab.Cloud.Region("us-east-1");
        using var engine = _lab.Open();
        await engine.Clusters.PlanAsync(ClusterLab.Request(1, "us-east-1") with { UseDefaultVpc = true }, _lab.Host, default);
        Assert.DoesNotContain(_lab.Host.Warnings, warning => warning.Contains("no route out", StringComparison.Ordinal));

        var subnets = region.Call("DescribeSubnets").Descendants("subnetId").Select(id => id.Value).ToList();
        var own = region.Call("CreateRouteTable", ("VpcId", region.Call("DescribeVpcs").Descendants("vpcId").First().Value)).Descendants("routeTableId").First().Value;
        region.Call("AssociateRouteTable", ("RouteTableId", own), ("SubnetId", subnets[0]));
        await engine.Clusters.PlanAsync(ClusterLab.Request(1, "us-east-1") with { UseDefaultVpc = true }, _lab.Host, default);
        var warning = Assert.Single(_lab.Host.Warnings, warning => warning.Contains("no route out", StringComparison.Ordinal));
        Assert.Contains(subnets[0], warning, StringComparison.Ordinal);
        Assert.Contains($"--route-table-id {own}", warning, StringComparison.Ordinal);
        Assert.All(subnets.Skip(1), subnet => Assert.DoesNotContain(subnet, warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_image_that_is_not_shared_is_named_and_the_network_of_the_launch_is_removed()
    {
        _lab.Cloud.Faults.Add(new FaultRule { Operation = "CreateFleet", Code = "AuthFailure", Status = 403, Message = "Not authorized for images: [ami-0123456789abcdef0]" });
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));
        Assert.Contains("share it with this account", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(_lab.Cloud.AllLive());
        Assert.Empty(_lab.Journaled);
    }
}
