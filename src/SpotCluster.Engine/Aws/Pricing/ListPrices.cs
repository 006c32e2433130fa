using System.Collections.Concurrent;
using Amazon;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Pricing;

/// <summary>List prices, as far as they are known.</summary>
/// <param name="Prices">USD by name; a name that is not there has no known price.</param>
/// <param name="Refusal">Why some could not be asked for; null when all could.</param>
internal sealed record ListedPrices(IReadOnlyDictionary<string, decimal> Prices, SpotException? Refusal)
{
    /// <summary>Nothing was asked for.</summary>
    public static readonly ListedPrices None = new(new Dictionary<string, decimal>(StringComparer.Ordinal), null);

    /// <summary>The price; null when unknown.</summary>
    public decimal? Find(string? name) => name is not null && Prices.TryGetValue(name, out var price) ? price : null;
}

/// <summary>
/// What AWS itself asks for machines on demand and for disks, from its Price List: USD before taxes, credits and discounts.
/// It needs the permission <c>pricing:GetProducts</c>. Each question is asked once per engine, because list prices change rarely. A price that is not in USD, that is 0, or that
/// the list has twice and differently is unknown.
/// </summary>
internal sealed class ListPrices(Func<PricingClient> open, TimeProvider clock) : IDisposable
{
    /// <summary>With more types than this the whole list of the region is read: it comes in about ten pages.</summary>
    public const int MostSingly = 20;

    private const int MostAtOnce = 10;

    // What was refused a moment ago is refused again.
    private static readonly TimeSpan RefusalMemory = TimeSpan.FromMinutes(1);

    private readonly Lazy<PricingClient> _client = new(open);
    private readonly SemaphoreSlim _room = new(MostAtOnce, MostAtOnce);
    private readonly ConcurrentDictionary<(string Region, string Field, string Value), Cached<IReadOnlyDictionary<string, decimal>>> _answers = new();
    private Tuple<SpotException, DateTimeOffset>? _refused;

    /// <summary>USD per hour on demand by instance type: plain Linux on shared hardware.</summary>
    public Task<ListedPrices> ForInstancesAsync(string region, IEnumerable<string> types, CancellationToken cancellationToken)
    {
        string[] wanted = [.. types.Distinct(StringComparer.Ordinal)];
        return AskAsync(region, wanted.Length > MostSingly ? [("", "")] : [.. wanted.Select(type => ("instanceType", type))], cancellationToken);
    }

    /// <summary>USD per hour on demand of every type in the region.</summary>
    public Task<ListedPrices> ForRegionAsync(string region, CancellationToken cancellationToken) => AskAsync(region, [("", "")], cancellationToken);

    /// <summary>USD per month of what volumes are billed by, for example <c>VolumeUsage.gp3</c>.</summary>
    public Task<ListedPrices> ForVolumesAsync(string region, IEnumerable<string> volumeTypes, CancellationToken cancellationToken) =>
        AskAsync(region, [.. volumeTypes.Distinct(StringComparer.Ordinal).Select(type => ("volumeApiName", type))], cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var answer in _answers.Values)
        {
            answer.Dispose();
        }

        _room.Dispose();
    }

    private async Task<ListedPrices> AskAsync(string region, IReadOnlyList<(string Field, string Value)> questions, CancellationToken cancellationToken)
    {
        if (questions.Count == 0)
        {
            return ListedPrices.None;
        }

        if (RegionEndpoint.GetBySystemName(region).PartitionName is not "aws" and var partition)
        {
            return ListedPrices.None with { Refusal = NoList(region, partition) };
        }

        var answers = await Task.WhenAll(questions.Select(async question =>
        {
            try
            {
                var prices = await _answers
                    .GetOrAdd((region, question.Field, question.Value), key => new Cached<IReadOnlyDictionary<string, decimal>>(token => ReadAsync(key.Region, key.Field, key.Value, token)))
                    .GetAsync(cancellationToken)
                    .ConfigureAwait(false);
                return new ListedPrices(prices, null);
            }
            catch (SpotException refusal)
            {
                return ListedPrices.None with { Refusal = refusal };
            }
        })).ConfigureAwait(false);
        return new ListedPrices(
            answers.SelectMany(answer => answer.Prices).ToDictionary(price => price.Key, price => price.Value, StringComparer.Ordinal),
            answers.Select(answer => answer.Refusal).FirstOrDefault(refusal => refusal is not null));
    }

    private async Task<IReadOnlyDictionary<string, decimal>> ReadAsync(string region, string field, string value, CancellationToken cancellationToken)
    {
        var isVolume = field == "volumeApiName";
        List<(string Field, string Value)> filters = [("regionCode", region), ("locationType", "AWS Region"), .. isVolume ? [] : PlainLinux];
        if (field.Length > 0)
        {
            filters.Add((field, value));
        }

        var products = await GetAsync(filters, cancellationToken).ConfigureAwait(false);
        return isVolume ? ProductPrices.ByUsage(products) : ProductPrices.ByInstanceType(products);
    }

    // Of one type the list has dozens of products: with licences, on hardware of one's own, for capacity that is reserved.
    private static IReadOnlyList<(string Field, string Value)> PlainLinux { get; } =
    [
        ("operatingSystem", "Linux"), ("preInstalledSw", "NA"), ("licenseModel", "No License required"), ("tenancy", "Shared"),
        ("capacitystatus", "Used"), ("marketoption", "OnDemand"),
    ];

    private async Task<IReadOnlyList<JObject>> GetAsync(IReadOnlyList<(string Field, string Value)> filters, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Volatile.Read(ref _refused) is { } refused && refused.Item2 > clock.GetUtcNow())
        {
            _room.Release();
            throw refused.Item1;
        }

        try
        {
            return await _client.Value.GetProductsAsync(filters, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException refusal)
        {
            Volatile.Write(ref _refused, Tuple.Create(refusal, clock.GetUtcNow() + RefusalMemory));
            throw;
        }
        finally
        {
            _room.Release();
        }
    }

    private static SpotException NoList(string region, string partition) => new(
        SpotErrorIds.RequestRefused,
        SpotErrorCategory.InvalidOperation,
        $"No prices in USD are available to these credentials for {region} in partition {partition}.")
    {
        Target = region,
        Region = region,
        RecommendedAction = "See the price list of that partition on its web site.",
    };
}
