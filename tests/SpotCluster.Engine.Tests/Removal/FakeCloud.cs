using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Removal;

/// <summary>A resource of the fake cloud. What holds what is its own knowledge; the removal sees only what a describe tells.</summary>
internal sealed class FakeResource(string type, string id)
{
    public ResourceKey Key { get; } = new(type, id);

    public Dictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    public string? VpcId { get; set; }

    public string Zone { get; set; } = "a";

    /// <summary>Cannot be deleted while one of these lives.</summary>
    public HashSet<ResourceKey> HeldBy { get; } = [];

    /// <summary>Dies a while after one of these.</summary>
    public HashSet<ResourceKey> DiesWith { get; } = [];

    public bool Protected { get; set; }

    public string? Owner { get; set; }

    public DateTimeOffset? CreatedAt { get; set; }

    /// <summary>Client token of the call that made it.</summary>
    public string? Token { get; set; }

    /// <summary>When it is gone; null while nobody has deleted it.</summary>
    public DateTimeOffset? GoneAt { get; set; }
}

/// <summary>A region in memory with the order rules of EC2, and faults on demand. Answers at once.</summary>
internal sealed class FakeRegion : IRegionInventory
{
    public const string FilterKey = "bacalhau-cluster";
    public const string FilterValue = "bacalhau-aws-spot";

    private readonly Dictionary<ResourceKey, FakeResource> _resources = [];
    private readonly TimeProvider _clock;

    public FakeRegion(TimeProvider clock, string region = "us-east-1")
    {
        _clock = clock;
        Region = region;
        Kinds = new IResourceKind[]
        {
            new FakeKind(this, ResourceTypes.Instance) { MaxBatch = 1000, DeletesAtOnce = false, InVpc = VpcListing.Always },
            new FakeKind(this, ResourceTypes.SpotRequest) { MaxBatch = 200 },
            new FakeKind(this, ResourceTypes.LaunchTemplate),
            new FakeKind(this, ResourceTypes.Volume),
            new FakeKind(this, ResourceTypes.NetworkInterface) { DeletesAtOnce = false, InVpc = VpcListing.Always },
            new FakeKind(this, ResourceTypes.SecurityGroup) { InVpc = VpcListing.Always },
            new FakeKind(this, ResourceTypes.Subnet) { InVpc = VpcListing.Always },
            new FakeKind(this, ResourceTypes.VpcEndpoint) { DeletesAtOnce = false, InVpc = VpcListing.Thorough },
            new FakeKind(this, ResourceTypes.InternetGateway) { InVpc = VpcListing.Always, AfterInVpc = [ResourceTypes.Instance, ResourceTypes.NetworkInterface] },
            new FakeKind(this, ResourceTypes.Vpc) { InVpc = VpcListing.Always, AfterInVpc = ["*"] },
        }.ToDictionary(kind => kind.Type, StringComparer.Ordinal);
    }

    public SpotProvider Provider => SpotProvider.Aws;

    public string Region { get; }

    public IReadOnlyDictionary<string, IResourceKind> Kinds { get; }

    /// <summary>Called before each call with its name; what it throws is what the call throws.</summary>
    public Action<string, IReadOnlyList<string>>? OnCall { get; set; }

    /// <summary>Called after a call has done its work: what it throws is an answer that was lost.</summary>
    public Action<string>? OnDone { get; set; }

    /// <summary>Calls in order: name and ids.</summary>
    public List<(string Name, IReadOnlyList<string> Ids)> Calls { get; } = [];

    public IEnumerable<(string Name, IReadOnlyList<string> Ids)> Changes => Calls.Where(call => !call.Name.StartsWith("List", StringComparison.Ordinal));

    public IEnumerable<FakeResource> Live => _resources.Values.Where(IsLive).ToList();

    public FakeResource this[string id] => _resources.Values.Single(resource => resource.Key.Id == id);

    public static SpotException Error(string code, SpotErrorCategory category = SpotErrorCategory.InvalidOperation) =>
        new(SpotErrorIds.RequestRefused, category, $"The cloud says {code}.") { ServiceCode = code };

    public FakeResource Add(string type, string id, string? cluster = "demo", string? vpcId = null)
    {
        var resource = new FakeResource(type, id) { VpcId = vpcId };
        if (cluster is not null)
        {
            resource.Tags[FilterKey] = FilterValue;
            resource.Tags[TagKeys.Cluster] = cluster;
        }

        _resources.Add(resource.Key, resource);
        return resource;
    }

    /// <summary>A machine with its interface and volume, in a subnet and a group.</summary>
    public FakeResource AddMachine(string id, string? cluster = "demo", string? vpcId = null, string? subnetId = null, params string[] groups)
    {
        var machine = Add(ResourceTypes.Instance, id, cluster, vpcId);
        var eni = Add(ResourceTypes.NetworkInterface, "eni-" + id, null, vpcId);
        eni.HeldBy.Add(machine.Key);
        eni.DiesWith.Add(machine.Key);
        var volume = Add(ResourceTypes.Volume, "vol-" + id, cluster);
        volume.HeldBy.Add(machine.Key);
        volume.DiesWith.Add(machine.Key);
        if (subnetId is not null)
        {
            this[subnetId].HeldBy.Add(eni.Key);
        }

        foreach (var group in groups)
        {
            this[group].HeldBy.Add(eni.Key);
        }

        return machine;
    }

    /// <summary>A VPC with a gateway, a group and subnets.</summary>
    public void AddNetwork(string vpcId, string? cluster = "demo", int subnets = 2)
    {
        Add(ResourceTypes.Vpc, vpcId, cluster, vpcId);
        Add(ResourceTypes.InternetGateway, "igw-" + vpcId, cluster, vpcId);
        Add(ResourceTypes.SecurityGroup, "sg-" + vpcId, cluster, vpcId);
        for (var number = 0; number < subnets; number++)
        {
            Add(ResourceTypes.Subnet, $"subnet-{vpcId}-{number}", cluster, vpcId);
        }
    }

    public Task<IReadOnlyList<ResourceKey>> ListTaggedAsync(string tagKey, string tagValue, CancellationToken cancellationToken)
    {
        Record("ListTagged", []);
        return Task.FromResult<IReadOnlyList<ResourceKey>>(Live
            .Where(resource => resource.Tags.TryGetValue(tagKey, out var value) && value == tagValue)
            .Select(resource => resource.Key).ToList());
    }

    /// <summary>What other services show with the tag.</summary>
    public TaggedElsewhere Elsewhere { get; set; } = TaggedElsewhere.Nothing;

    public Task<TaggedElsewhere> ListTaggedElsewhereAsync(string tagKey, string tagValue, CancellationToken cancellationToken) => Task.FromResult(Elsewhere);

    public Task<decimal?> HourlyPriceAsync(IReadOnlyList<ResourceNode> machines, CancellationToken cancellationToken) => Task.FromResult<decimal?>(null);

    public RefusalKind Classify(SpotException refusal) => refusal.Category switch
    {
        SpotErrorCategory.Authentication => RefusalKind.Credentials,
        SpotErrorCategory.Unavailable => RefusalKind.Transient,
        _ => refusal.ServiceCode switch
        {
            "DependencyViolation" => RefusalKind.InUse,
            "NotFound" => RefusalKind.NotFound,
            "OperationNotPermitted" => RefusalKind.Protected,
            _ => RefusalKind.Refused,
        },
    };

    private bool IsLive(FakeResource resource)
    {
        if (resource.GoneAt is null && resource.DiesWith.Any(key => _resources[key].GoneAt is { } gone && gone <= _clock.GetUtcNow()))
        {
            resource.GoneAt = _clock.GetUtcNow() + TimeSpan.FromSeconds(2);
        }

        return resource.GoneAt is null || resource.GoneAt > _clock.GetUtcNow();
    }

    private void Record(string name, IReadOnlyList<string> ids)
    {
        lock (Calls)
        {
            Calls.Add((name, ids));
        }

        OnCall?.Invoke(name, ids);
    }

    private ResourceNode ToNode(FakeResource resource)
    {
        var model = new SpotResource { Id = resource.Key.Id, Type = resource.Key.Type, Region = Region, VpcId = resource.VpcId, CreatedAt = resource.CreatedAt };
        foreach (var (key, value) in resource.Tags)
        {
            model.Tags[key] = value;
        }

        model.ClusterName = resource.Tags.TryGetValue(TagKeys.Cluster, out var cluster) ? cluster : null;
        var taken = Live.Where(other => other.DiesWith.Contains(resource.Key)).Select(other => other.Key).ToList();
        return new ResourceNode
        {
            Resource = model,
            Group = resource.Zone,
            Holds = Live.Where(other => other.HeldBy.Contains(resource.Key) && !taken.Contains(other.Key)).Select(other => other.Key).ToList(),
            Takes = taken,
            Leads = taken.Where(key => key.Type == ResourceTypes.Volume).ToList(),
            Carrier = resource.Key.Type == ResourceTypes.NetworkInterface && resource.DiesWith.Count > 0 ? resource.DiesWith.First() : null,
            Owner = resource.Owner,
            Token = resource.Token,
        };
    }

    private void Delete(FakeResource resource)
    {
        if (!IsLive(resource))
        {
            throw Error("NotFound");
        }

        if (resource.Protected)
        {
            throw Error("OperationNotPermitted");
        }

        var holders = Live.Where(other => other.Key != resource.Key && (resource.HeldBy.Contains(other.Key)
            || (resource.Key.Type == ResourceTypes.Vpc && other.VpcId == resource.Key.Id)
            || (resource.Key.Type == ResourceTypes.InternetGateway && other.VpcId == resource.VpcId && other.Key.Type == ResourceTypes.Instance)));
        if (resource.Key.Type != ResourceTypes.Instance && holders.Any())
        {
            throw Error("DependencyViolation");
        }

        var delay = resource.Key.Type switch
        {
            ResourceTypes.Instance => TimeSpan.FromSeconds(20),
            ResourceTypes.VpcEndpoint => TimeSpan.FromSeconds(5),
            _ => TimeSpan.Zero,
        };
        resource.GoneAt ??= _clock.GetUtcNow() + delay;
    }

    private sealed class FakeKind(FakeRegion region, string type) : IResourceKind
    {
        public string Type => type;

        public int MaxBatch { get; init; } = 1;

        public bool DeletesAtOnce { get; init; } = true;

        public VpcListing InVpc { get; init; }

        public IReadOnlyList<string> AfterInVpc { get; init; } = [];

        public Task<IReadOnlyList<ResourceNode>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
        {
            Assert.NotEmpty(ids);
            return List("List " + type, ids, resource => ids.Contains(resource.Key.Id));
        }

        public Task<IReadOnlyList<ResourceNode>> ListInVpcsAsync(IReadOnlyList<string> vpcIds, CancellationToken cancellationToken)
        {
            Assert.NotEmpty(vpcIds);
            return List("ListInVpcs " + type, vpcIds, resource => resource.VpcId is not null && vpcIds.Contains(resource.VpcId));
        }

        public Task<IReadOnlyList<ResourceNode>> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken) =>
            List("ListHolders " + type, [held.Key.Id], resource => region._resources[held.Key].HeldBy.Contains(resource.Key));

        public Task<IReadOnlyDictionary<string, SpotException>> DeleteAsync(IReadOnlyList<ResourceNode> batch, CancellationToken cancellationToken)
        {
            Assert.NotEmpty(batch);
            Assert.True(batch.Count <= MaxBatch);
            region.Record("Delete " + type, batch.Select(node => node.Key.Id).ToList());
            var resources = batch.Select(node => region._resources[node.Key]).ToList();
            if (type == ResourceTypes.Instance)
            {
                // As EC2 does it: an unknown id spoils the call, a protected machine its zone.
                if (resources.Any(resource => !region.IsLive(resource) && resource.GoneAt is null))
                {
                    throw Error("NotFound");
                }

                var shut = resources.Where(resource => resource.Protected).Select(resource => resource.Zone).ToHashSet();
                foreach (var resource in resources.Where(resource => !shut.Contains(resource.Zone) && region.IsLive(resource)))
                {
                    region.Delete(resource);
                }

                if (shut.Count > 0)
                {
                    throw Error("OperationNotPermitted");
                }
            }
            else
            {
                resources.ForEach(region.Delete);
            }

            region.OnDone?.Invoke("Delete " + type);
            return Task.FromResult<IReadOnlyDictionary<string, SpotException>>(new Dictionary<string, SpotException>(StringComparer.Ordinal));
        }

        public Task<ResourceNode?> ReleaseAsync(ResourceNode node, CancellationToken cancellationToken)
        {
            region.Record("Release " + type, [node.Key.Id]);
            foreach (var other in region.Live.Where(other => other.Key.Type == type))
            {
                other.HeldBy.Remove(node.Key);
            }

            return Task.FromResult<ResourceNode?>(node with { Holds = [] });
        }

        public Task<bool> UnprotectAsync(ResourceNode node, CancellationToken cancellationToken)
        {
            region.Record("Unprotect " + type, [node.Key.Id]);
            region._resources[node.Key].Protected = false;
            return Task.FromResult(true);
        }

        private Task<IReadOnlyList<ResourceNode>> List(string name, IReadOnlyList<string> ids, Func<FakeResource, bool> fits)
        {
            region.Record(name, ids);
            return Task.FromResult<IReadOnlyList<ResourceNode>>(
                region.Live.Where(resource => resource.Key.Type == type && fits(resource)).Select(region.ToNode).ToList());
        }
    }
}

/// <summary>A cloud of fake regions.</summary>
internal sealed class FakeInventory(params FakeRegion[] regions) : ICloudInventory
{
    public TimeSpan? Skew { get; set; }

    public Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new SpotIdentity { Provider = SpotProvider.Aws, AccountId = "123456789012" });

    /// <summary>The account that the credentials belong to by now.</summary>
    public string AccountNow { get; set; } = "123456789012";

    public Task<SpotIdentity> RefreshIdentityAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new SpotIdentity { Provider = SpotProvider.Aws, AccountId = AccountNow });

    public Task<IReadOnlyList<string>> GetRegionsAsync(IReadOnlyList<string> patterns, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(regions.Select(region => region.Region).ToList());

    public IRegionInventory Open(string region) => regions.Single(candidate => candidate.Region == region);
}
