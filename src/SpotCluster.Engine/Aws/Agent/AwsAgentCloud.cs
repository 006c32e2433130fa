using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Agent;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Agent;

/// <summary>EC2 of one region, for the agent. <see cref="Actions"/> is all that it calls.</summary>
internal sealed class AwsAgentCloud(IAwsSession aws, string region) : IAgentCloud
{
    private const int MostIds = 200;

    private readonly IEc2Client _ec2 = aws.Ec2(region);

    /// <summary>Every EC2 action of the agent: those that list, and those that change something with the tag of what they may change.</summary>
    public static IReadOnlyList<AgentAction> Actions { get; } =
    [
        new("DescribeInstances", null),
        new("DescribeInstanceAttribute", null),
        new("DescribeImages", null),
        new("DescribeSnapshots", null),
        new("DescribeLaunchTemplates", null),
        new("DescribeLaunchTemplateVersions", null),
        new("DescribeSpotInstanceRequests", null),
        new("TerminateInstances", ResourceWords.Instance),
        new("RunInstances", LaunchOfReplica),
        new("DeregisterImage", ResourceWords.Image),
        new("DeleteSnapshot", ResourceWords.Snapshot),
    ];

    /// <summary>What an action changes that launches a replica.</summary>
    public const string LaunchOfReplica = "replica";

    public string Region => region;

    public async Task<string> GetAccountIdAsync(CancellationToken cancellationToken) =>
        (await aws.RefreshIdentityAsync(cancellationToken).ConfigureAwait(false)).AccountId;

    public async Task<IReadOnlyDictionary<string, AgentMachine>> FindMachinesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, AgentMachine>(StringComparer.Ordinal);
        foreach (var batch in ids.Distinct(StringComparer.Ordinal).Chunk(MostIds))
        {
            // By filter and not by name: one id that EC2 does not know would make it refuse all the others.
            var request = new DescribeInstancesRequest { Filters = [new Filter { Name = "instance-id", Values = [.. batch] }] };
            await foreach (var reservation in _ec2.DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
            {
                foreach (var instance in reservation.Instances)
                {
                    found[instance.InstanceId] = new AgentMachine(
                        instance.InstanceId,
                        instance.State?.Name ?? "unknown",
                        reservation.OwnerId,
                        instance.LaunchTime,
                        instance.Tags.ToDictionary(tag => tag.Key ?? "", tag => tag.Value ?? "", StringComparer.Ordinal))
                    {
                        InstanceType = instance.InstanceType,
                        Zone = instance.Placement?.AvailabilityZone,
                        IsSpot = instance.InstanceLifecycle == "spot",
                        ImageId = instance.ImageId,
                        HostName = instance.PrivateDnsName is { Length: > 0 } name ? name : null,
                        PrivateIp = instance.PrivateIpAddress,
                        PublicIp = instance.PublicIpAddress,
                    };
                }
            }
        }

        return found;
    }

    public async Task<bool?> IsProtectedAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _ec2.DescribeInstanceAttributeAsync(
                new DescribeInstanceAttributeRequest { InstanceId = id, Attribute = "disableApiTermination" }, cancellationToken).ConfigureAwait(false);
            return answer.InstanceAttribute.DisableApiTermination == true;
        }
        catch (SpotException error) when (error.Category == SpotErrorCategory.PermissionDenied)
        {
            // The termination itself is refused with OperationNotPermitted when it is protected.
            return null;
        }
    }

    public async Task<string> TerminateAsync(string id, CancellationToken cancellationToken)
    {
        var answer = await _ec2.TerminateInstancesAsync(new TerminateInstancesRequest { InstanceIds = [id] }, cancellationToken).ConfigureAwait(false);
        return answer.TerminatingInstances.Find(change => change.InstanceId == id)?.CurrentState?.Name
            ?? throw new SpotException(
                SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"EC2 accepted the termination of {id} but did not return its state.")
            {
                Target = id,
                Region = region,
            };
    }

    public async Task<string> LaunchCopyAsync(
        string sourceId, string? zone, string token, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        var source = await FindAsync("instance-id", sourceId, cancellationToken).ConfigureAwait(false) ?? throw new SpotException(
            SpotErrorIds.ResponseInvalid, SpotErrorCategory.NotFound, $"EC2 lists no instance {sourceId} in {region} that the replica could copy.")
        {
            ServiceCode = "InvalidInstanceID.NotFound",
            Target = sourceId,
            Region = region,
        };
        List<Tag> all = [.. tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];
        var isHere = zone is null || zone == source.Placement?.AvailabilityZone;
        var answer = await _ec2.RunInstancesAsync(
            new RunInstancesRequest
            {
                MinCount = 1,
                MaxCount = 1,
                ClientToken = token,
                ImageId = source.ImageId,
                InstanceType = source.InstanceType,
                KeyName = source.KeyName,
                SubnetId = isHere ? source.SubnetId : null,
                SecurityGroupIds = [.. source.SecurityGroups.Select(group => group.GroupId).OfType<string>()],
                Placement = isHere ? null : new Placement { AvailabilityZone = zone },
                IamInstanceProfile = source.IamInstanceProfile?.Arn is { } profile ? new IamInstanceProfileSpecification { Arn = profile } : null,
                MetadataOptions = new InstanceMetadataOptionsRequest
                {
                    HttpTokens = "required",

                    // As far as on the instance that it copies: containers of a node must not reach the keys of its role.
                    HttpPutResponseHopLimit = source.MetadataOptions?.HttpPutResponseHopLimit ?? 1,
                },
                InstanceMarketOptions = new InstanceMarketOptionsRequest
                {
                    MarketType = "spot",
                    SpotOptions = new SpotMarketOptions { SpotInstanceType = "one-time", InstanceInterruptionBehavior = "terminate" },
                },
                TagSpecifications =
                [
                    new TagSpecification { ResourceType = "instance", Tags = all },
                    new TagSpecification { ResourceType = "volume", Tags = all },
                ],
            },
            cancellationToken).ConfigureAwait(false);
        return answer.Reservation.Instances.Find(instance => instance.InstanceId is { Length: > 0 })?.InstanceId
            ?? throw new SpotException(SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"EC2 launched a replica of {sourceId} but did not return its instance id.");
    }

    public async Task<string?> FindByTokenAsync(string token, CancellationToken cancellationToken) =>
        (await FindAsync("client-token", token, cancellationToken).ConfigureAwait(false))?.InstanceId;

    private async Task<Instance?> FindAsync(string filter, string value, CancellationToken cancellationToken)
    {
        var request = new DescribeInstancesRequest { Filters = [new Filter { Name = filter, Values = [value] }] };
        await foreach (var reservation in _ec2.DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (reservation.Instances.FirstOrDefault() is { } instance)
            {
                return instance;
            }
        }

        return null;
    }

    public async Task<IReadOnlyList<AgentImage>> GetImagesAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var images = new List<AgentImage>();
        var request = new DescribeImagesRequest { Owners = ["self"], IncludeDeprecated = true, Filters = [ByTag(tagKey, tagValue)] };
        await foreach (var image in _ec2.DescribeAllImagesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (Carries(image.Tags, tagKey, tagValue))
            {
                images.Add(new AgentImage(image.ImageId, Time(image.CreationDate), SnapshotsOf(image)));
            }
        }

        return images;
    }

    public async Task<IReadOnlyList<AgentSnapshot>> GetSnapshotsAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        var snapshots = new List<AgentSnapshot>();
        var request = new DescribeSnapshotsRequest
        {
            OwnerIds = ["self"],
            Filters = [ByTag(tagKey, tagValue), new Filter { Name = "status", Values = ["completed"] }],
        };
        await foreach (var snapshot in _ec2.DescribeAllSnapshotsAsync(request, cancellationToken).ConfigureAwait(false))
        {
            if (Carries(snapshot.Tags, tagKey, tagValue))
            {
                snapshots.Add(new AgentSnapshot(snapshot.SnapshotId, snapshot.StartTime));
            }
        }

        return snapshots;
    }

    public async Task<ImageUse> GetImageUseAsync(CancellationToken cancellationToken)
    {
        var images = new Dictionary<string, string>(StringComparer.Ordinal);
        string? unknown = null;
        void Use(string? image, string user)
        {
            // A parameter names another image tomorrow; only those that AWS and the makers of systems publish are known to be foreign.
            if (image?.StartsWith("resolve:ssm:", StringComparison.Ordinal) == true)
            {
                unknown ??= image.StartsWith("resolve:ssm:/aws/service/", StringComparison.Ordinal) ? null : user;
            }
            else if (image is { Length: > 0 })
            {
                images.TryAdd(image, user);
            }
        }

        await foreach (var reservation in _ec2.DescribeAllInstancesAsync(new DescribeInstancesRequest(), cancellationToken).ConfigureAwait(false))
        {
            foreach (var instance in reservation.Instances.Where(instance => instance.State?.Name != "terminated"))
            {
                Use(instance.ImageId, instance.InstanceId);
            }
        }

        await foreach (var template in _ec2.DescribeAllLaunchTemplatesAsync(new DescribeLaunchTemplatesRequest(), cancellationToken).ConfigureAwait(false))
        {
            var request = new DescribeLaunchTemplateVersionsRequest { LaunchTemplateId = template.LaunchTemplateId };
            await foreach (var version in _ec2.DescribeAllLaunchTemplateVersionsAsync(request, cancellationToken).ConfigureAwait(false))
            {
                Use(version.LaunchTemplateData?.ImageId, template.LaunchTemplateId ?? "a launch template");
            }
        }

        var open = new DescribeSpotInstanceRequestsRequest { Filters = [new Filter { Name = "state", Values = ["open", "active"] }] };
        await foreach (var request in _ec2.DescribeAllSpotInstanceRequestsAsync(open, cancellationToken).ConfigureAwait(false))
        {
            Use(request.LaunchSpecification?.ImageId, request.SpotInstanceRequestId);
        }

        var snapshots = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var own = new DescribeImagesRequest { Owners = ["self"], IncludeDeprecated = true, IncludeDisabled = true };
        await foreach (var image in _ec2.DescribeAllImagesAsync(own, cancellationToken).ConfigureAwait(false))
        {
            foreach (var snapshot in SnapshotsOf(image))
            {
                if (!snapshots.TryGetValue(snapshot, out var holders))
                {
                    snapshots[snapshot] = holders = new HashSet<string>(StringComparer.Ordinal);
                }

                holders.Add(image.ImageId);
            }
        }

        return new ImageUse(images, snapshots, unknown);
    }

    public Task DeregisterImageAsync(string id, CancellationToken cancellationToken) =>
        _ec2.DeregisterImageAsync(new DeregisterImageRequest { ImageId = id }, cancellationToken);

    public Task DeleteSnapshotAsync(string id, CancellationToken cancellationToken) =>
        _ec2.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id }, cancellationToken);

    private static Filter ByTag(string key, string value) => new() { Name = "tag:" + key, Values = [value] };

    // The filter takes wildcards, and the tag is what decides.
    private static bool Carries(List<Tag> tags, string key, string value) => tags.Exists(tag => tag.Key == key && tag.Value == value);

    private static List<string> SnapshotsOf(Image image) =>
        [.. image.BlockDeviceMappings.Select(device => device.Ebs?.SnapshotId).OfType<string>().Where(id => id.Length > 0)];

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
}
