using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>EFS file systems: free once their mount targets are gone.</summary>
internal sealed class FileSystemKind(ServiceClient client) : EfsKind(client)
{
    public override string Type => ResourceTypes.FileSystem;

    protected override string DeletePath => "file-systems";

    protected override string DeleteOperation => "DeleteFileSystem";

    protected override async Task<ResourceNode?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var found = FindItem(await Client.RestAsync(
            "DescribeFileSystems", "GET", $"/2015-02-01/file-systems?FileSystemId={id}", cancellationToken).ConfigureAwait(false), "FileSystems");
        if (found is null)
        {
            return null;
        }

        var answer = await Client.RestAsync(
            "DescribeMountTargets", "GET", $"/2015-02-01/mount-targets?FileSystemId={id}", cancellationToken).ConfigureAwait(false);
        var targets = Keys(ResourceTypes.MountTarget, (answer["MountTargets"] as JArray ?? []).Select(target => (string?)target["MountTargetId"])).ToList();
        var state = (string?)found["LifeCycleState"];
        return new ResourceNode
        {
            Resource = Resource(id, [], state, name: (string?)found["Name"]),
            Live = state != "deleted",
            After = targets,
            Leads = targets,
        };
    }
}

/// <summary>Mount targets of EFS, which hold a subnet and its VPC through an interface of the service.</summary>
internal sealed class MountTargetKind(ServiceClient client) : EfsKind(client)
{
    public override string Type => ResourceTypes.MountTarget;

    protected override string DeletePath => "mount-targets";

    protected override string DeleteOperation => "DeleteMountTarget";

    protected override async Task<ResourceNode?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var found = FindItem(await Client.RestAsync(
            "DescribeMountTargets", "GET", $"/2015-02-01/mount-targets?MountTargetId={id}", cancellationToken).ConfigureAwait(false), "MountTargets");
        var state = (string?)found?["LifeCycleState"];
        return found is null ? null : new ResourceNode
        {
            Resource = Resource(id, [], state, vpcId: (string?)found["VpcId"]),
            Live = state != "deleted",
            Holds = [.. Keys(ResourceTypes.Subnet, [(string?)found["SubnetId"]]), .. Keys(ResourceTypes.FileSystem, [(string?)found["FileSystemId"]])],
            Takes = Keys(ResourceTypes.NetworkInterface, [(string?)found["NetworkInterfaceId"]]).ToList(),
        };
    }
}

/// <summary>What file systems and mount targets have in common: one call per id, and deletes that take a while.</summary>
internal abstract class EfsKind(ServiceClient client) : ServiceResourceKind(client.Region)
{
    public override bool DeletesAtOnce => false;

    protected ServiceClient Client { get; } = client;

    protected abstract string DeletePath { get; }

    protected abstract string DeleteOperation { get; }

    public override async Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(ids.Select(async id =>
        {
            try
            {
                return await FindAsync(id, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error) when (AwsRefusals.Classify(error) == RefusalKind.NotFound)
            {
                return null;
            }
        })).ConfigureAwait(false);
        return found.OfType<ResourceNode>().ToList();
    }

    protected abstract Task<ResourceNode?> FindAsync(string id, CancellationToken cancellationToken);

    protected override Task DeleteOneAsync(ResourceNode node, CancellationToken cancellationToken) =>
        Client.RestAsync(DeleteOperation, "DELETE", $"/2015-02-01/{DeletePath}/{node.Key.Id}", cancellationToken);

    protected JToken? FindItem(JObject answer, string list) => (answer[list] as JArray ?? throw new SpotException(
        SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"The answer of EFS in {Region} has no {list}.")).FirstOrDefault();
}
