namespace SpotCluster.Simulator.Ec2.Resources;

/// <summary>A tag's value and since when it holds: tags reach the index behind filters a little late.</summary>
internal readonly record struct TagEntry(string Value, DateTimeOffset Since);

/// <summary>Anything in a region that has an id and can carry tags.</summary>
internal abstract class Ec2Resource
{
    public required string Id { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Place in the order of creation; lists are in this order.</summary>
    public long Sequence { get; set; }

    /// <summary>AWS's name of the kind, as in DescribeTags.</summary>
    public abstract string Kind { get; }

    /// <summary>AWS's word for its state; empty where the kind has none.</summary>
    public virtual string State => "";

    /// <summary>False once it is terminated, deleted or closed and only still visible.</summary>
    public virtual bool IsLive => true;

    /// <summary>The VPC that it is in; null when it is in none.</summary>
    public virtual string? VpcId => null;

    /// <summary>The zone that it is in; null when it is in none.</summary>
    public virtual string? Zone => null;

    /// <summary>True for what AWS makes with the account: default VPCs and their parts, public images.</summary>
    public bool BelongsToAws { get; init; }

    public Dictionary<string, TagEntry> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>What a filter compares with; null when the kind does not have that filter.</summary>
    public abstract IEnumerable<string?>? Field(string filter);

    protected static IEnumerable<string?> One(string? value) => [value];

    protected static IEnumerable<string?> One(bool value) => [value ? "true" : "false"];
}

/// <summary>Resources of one kind in the order of creation, and the codes that AWS refuses their ids with.</summary>
internal sealed class Table<T>(string idPrefix, string notFound, string malformed, string words)
    where T : Ec2Resource
{
    private readonly Dictionary<string, T> _byId = new(StringComparer.Ordinal);
    private readonly SortedDictionary<long, T> _bySequence = [];

    public int Count => _byId.Count;

    public IEnumerable<T> All => _bySequence.Values;

    public void Add(T item)
    {
        _byId.Add(item.Id, item);
        _bySequence.Add(item.Sequence, item);
    }

    public void Remove(T item)
    {
        _byId.Remove(item.Id);
        _bySequence.Remove(item.Sequence);
    }

    public T? Find(string? id) => id is not null && _byId.TryGetValue(id, out var item) ? item : null;

    public bool IsWellFormed(string id) =>
        id.StartsWith(idPrefix, StringComparison.Ordinal)
        && (id.Length - idPrefix.Length) is 8 or 17
        && id.Skip(idPrefix.Length).All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    public ServiceFaultException NotFound(IReadOnlyCollection<string> ids) => new(
        400,
        notFound,
        ids.Count == 1 ? $"The {words} '{ids.First()}' does not exist" : $"The {words}s '{string.Join(", ", ids)}' do not exist");

    public ServiceFaultException Malformed(string id) => new(400, malformed, $"Invalid id: \"{id}\" (expecting \"{idPrefix}...\")");
}
