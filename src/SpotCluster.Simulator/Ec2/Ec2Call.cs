using System.Globalization;
using System.Text;
using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;
using SpotCluster.Simulator.Faults;

namespace SpotCluster.Simulator.Ec2;

/// <summary>A call to EC2 that is being answered: its parameters, its region and the body of its answer.</summary>
internal sealed class Ec2Call(Ec2Region region, string operation, QueryNode query)
{
    private const int MostResults = 1000;

    public Ec2Region Region { get; } = region;

    public string Operation { get; } = operation;

    public QueryNode Query { get; } = query;

    public XmlBody Body { get; } = new();

    /// <summary>Set by a fault: the largest page.</summary>
    public int? PageLimit { get; init; }

    public DateTimeOffset Now => Region.Now;

    public AwsAccount Account => Region.Account;

    /// <summary>Answers <c>return=true</c>, as calls do that have nothing to say.</summary>
    public void Ok() => Body.Text("return", true);

    /// <summary>Answers a list of resources: by id or all, filtered, page by page.</summary>
    /// <param name="table">The resources.</param>
    /// <param name="idParameter">Wire name of the list of ids; null when there is none.</param>
    /// <param name="setName">Name of the list in the answer.</param>
    /// <param name="write">Writes one item.</param>
    /// <param name="visible">Reports what is shown; null for everything.</param>
    public void Describe<T>(Table<T> table, string? idParameter, string setName, Action<T> write, Func<T, bool>? visible = null)
        where T : Ec2Resource
    {
        var page = Page(Select(table, idParameter, visible));
        Body.List(setName, page, write);
    }

    /// <summary>The resources that the ids and filters of the call select, in the order of creation.</summary>
    public IEnumerable<T> Select<T>(Table<T> table, string? idParameter, Func<T, bool>? visible = null)
        where T : Ec2Resource
    {
        var ids = idParameter is null ? [] : Query.Texts(idParameter);
        RefusePageSizeWith(ids, idParameter);
        var chosen = ids.Count == 0
            ? table.All.Where(item => Region.IsKnown(item) && (visible is null || visible(item)))
            : Named(table, ids);
        return Filter(chosen);
    }

    /// <summary>The resources with these ids, all of which must exist.</summary>
    public IReadOnlyList<T> Named<T>(Table<T> table, IReadOnlyList<string> ids)
        where T : Ec2Resource
    {
        if (ids.FirstOrDefault(id => !table.IsWellFormed(id)) is { } malformed)
        {
            throw table.Malformed(malformed);
        }

        var missing = ids.Where(id => table.Find(id) is not { } item || !Region.IsKnown(item)).Distinct().ToList();
        return missing.Count > 0
            ? throw table.NotFound(missing)
            : [.. ids.Distinct().Select(id => table.Find(id)!).OrderBy(item => item.Sequence)];
    }

    /// <summary>Applies the call's filters.</summary>
    public IEnumerable<T> Filter<T>(IEnumerable<T> items)
        where T : Ec2Resource
    {
        var filters = Filters();
        return filters.Count == 0 ? items : items.Where(item => filters.All(filter => Matches(item, filter.Name, filter.Values)));
    }

    /// <summary>The call's filters: name and accepted values.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Filters()
    {
        var filters = Query.List("Filter").Select(filter => (Name: filter.Required("Name"), Values: (IReadOnlyList<string>)new FilterValues(filter.Texts("Value")))).ToList();
        foreach (var (name, values) in filters)
        {
            if (values.Count == 0)
            {
                throw AwsFaults.Invalid($"The filter '{name}' has no value.");
            }

            if (values.Count > 200)
            {
                throw new ServiceFaultException(400, "FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200");
            }
        }

        return filters;
    }

    public static bool MatchesAny(IReadOnlyList<string> patterns, IEnumerable<string?> values) => patterns is FilterValues { Exact: { } exact }
        ? values.Any(value => value is not null && exact.Contains(value))
        : values.Any(value => value is not null && patterns.Any(pattern => Wildcard.Matches(pattern, value)));

    public static ServiceFaultException UnknownFilter(string name) => AwsFaults.Invalid($"The filter '{name}' is invalid");

    /// <summary>One page of resources; writes the token of the next one.</summary>
    public IReadOnlyList<T> Page<T>(IEnumerable<T> items)
        where T : Ec2Resource => PageBy(items, item => item.Sequence);

    /// <summary>
    /// One page of items with a place of their own; writes the token of the next one. Pages go on behind the last place, so
    /// nothing is missed when items vanish meanwhile.
    /// </summary>
    public IReadOnlyList<T> PageBy<T>(IEnumerable<T> items, Func<T, long> place)
    {
        var after = ReadToken();
        var size = PageSize();
        var page = items.Where(item => place(item) > after).Take(size + 1).ToList();
        if (page.Count > size)
        {
            page.RemoveAt(size);
            WriteToken(place(page[size - 1]));
        }

        return page;
    }

    /// <summary>One page of a list that does not change; writes the token of the next one.</summary>
    public IReadOnlyList<T> PageOf<T>(IEnumerable<T> items, int most = MostResults)
    {
        var skip = ReadToken();
        var size = Math.Min(PageSize(), most);
        var page = items.Skip((int)skip).Take(size + 1).ToList();
        if (page.Count > size)
        {
            page.RemoveAt(size);
            WriteToken(skip + size);
        }

        return page;
    }

    /// <summary>Refuses a page size beside ids, as EC2 does.</summary>
    public void RefusePageSizeWith(IReadOnlyList<string> ids, string? idParameter)
    {
        if (ids.Count > 0 && Query.Text("MaxResults") is not null)
        {
            throw AwsFaults.InvalidCombination($"The parameter {idParameter} cannot be used with the parameter MaxResults");
        }

        if (ids.Count > MostResults)
        {
            throw AwsFaults.Invalid($"The maximum number of {idParameter} values is {MostResults}.");
        }
    }

    /// <summary>Tags that the request gives to resources of a kind that it creates.</summary>
    public Dictionary<string, string> TagsFor(string kind) => TagsFor(Query, kind);

    public static Dictionary<string, string> TagsFor(QueryNode query, string kind, string parameter = "TagSpecification")
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var specification in query.List(parameter).Where(item => item.Text("ResourceType") == kind))
        {
            foreach (var tag in specification.List("Tag"))
            {
                tags[tag.Required("Key")] = tag.Text("Value") ?? "";
            }
        }

        return tags;
    }

    /// <summary>Gives a new resource the tags of the request.</summary>
    public T Tagged<T>(T resource)
        where T : Ec2Resource
    {
        Tag(resource, TagsFor(resource.Kind));
        return resource;
    }

    /// <summary>Sets tags after checking AWS's limits.</summary>
    public void Tag(Ec2Resource resource, IReadOnlyDictionary<string, string> tags)
    {
        TagRules.Check(resource, tags);
        foreach (var (key, value) in tags)
        {
            Region.SetTag(resource, key, value);
        }
    }

    /// <summary>Writes the tags of a resource.</summary>
    public void WriteTags(Ec2Resource resource, string name = "tagSet")
    {
        if (resource.Tags.Count > 0)
        {
            Body.List(name, resource.Tags, tag => Body.Text("key", tag.Key).Text("value", tag.Value.Value));
        }
    }

    /// <summary>Whether a resource passes one filter.</summary>
    public bool Matches(Ec2Resource item, string name, IReadOnlyList<string> values)
    {
        if (name.StartsWith("tag:", StringComparison.Ordinal))
        {
            return item.Tags.TryGetValue(name.Substring(4), out var tag) && Region.IsIndexed(item, tag) && MatchesAny(values, [tag.Value]);
        }

        if (name is "tag-key" or "tag-value")
        {
            return item.Tags.Any(tag => Region.IsIndexed(item, tag.Value)
                && MatchesAny(values, [name == "tag-key" ? tag.Key : tag.Value.Value]));
        }

        var field = item.Field(name) ?? throw UnknownFilter(name);
        return MatchesAny(values, name == "owner-id" && item is not Image ? [Account.Id] : field);
    }

    private int PageSize()
    {
        var size = Query.Number("MaxResults") ?? MostResults;
        if (size is < 5 or > MostResults)
        {
            // AWS takes larger numbers as 1000 and refuses smaller ones.
            size = size > MostResults ? MostResults : throw AwsFaults.Invalid(
                FormattableString.Invariant($"Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than 5."));
        }

        return Math.Min(size, PageLimit ?? MostResults);
    }

    private long ReadToken()
    {
        if (Query.Text("NextToken") is not { Length: > 0 } token)
        {
            return 0;
        }

        try
        {
            var parts = Encoding.UTF8.GetString(Convert.FromBase64String(token)).Split('|');
            if (parts.Length == 2 && parts[0] == Operation)
            {
                return long.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }
        catch (FormatException)
        {
            // Said below: whatever was sent, this call did not give it out.
        }

        throw new ServiceFaultException(400, "InvalidNextToken", "The token 'NextToken' is invalid.");
    }

    private void WriteToken(long position) => Body.Text(
        "nextToken",
        Convert.ToBase64String(Encoding.UTF8.GetBytes(Operation + "|" + position.ToString(CultureInfo.InvariantCulture))));
}

/// <summary>The values of a filter. Ids are looked up: each of thousands of resources is matched with each of them.</summary>
internal sealed class FilterValues(IReadOnlyList<string> values) : List<string>(values)
{
    /// <summary>The values; null where one of them has a wildcard or an escape.</summary>
    public HashSet<string>? Exact { get; } = values.Any(value => value.IndexOfAny(['*', '?', '\\']) >= 0) ? null : new HashSet<string>(values, StringComparer.Ordinal);
}
