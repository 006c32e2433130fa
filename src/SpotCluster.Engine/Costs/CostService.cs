using System.Runtime.CompilerServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>The cost service: every region of AWS at once, Vast.ai beside them, and the arithmetic over their answers.</summary>
/// <param name="provider">AWS.</param>
/// <param name="charges">Vast.ai; null to leave it out.</param>
/// <param name="clock">The clock.</param>
/// <param name="otherTags">Finds clusters under other filter tags; null to leave that out.</param>
internal sealed class CostService(ICostProvider provider, Func<ICharges>? charges, TimeProvider clock, Func<IOtherTags>? otherTags = null) : ICostService
{
    /// <summary>How a report calls the cloud that did not answer.</summary>
    private const string VastName = "Vast.ai";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SpotOffer>> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var offers = new List<SpotOffer>();
        var types = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var gpus = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        SpotException? scoreRefusal = null;
        SpotException? priceRefusal = null;
        SpotException? listPriceRefusal = null;
        var isComplete = true;
        await foreach (var (_, found) in AskAsync(
            "Getting offers", query.Regions, (region, token) => provider.FindOffersAsync(region, query, token), host, cancellationToken).ConfigureAwait(false))
        {
            isComplete &= found is not null;
            if (found is not null)
            {
                if (query.OnFound is { } onFound)
                {
                    found.Offers.OrderBy(offer => offer, OfferRanking.Instance).ToList().ForEach(onFound);
                }
                else
                {
                    offers.AddRange(found.Offers);
                }

                types.UnionWith(found.KnownTypes);
                gpus.UnionWith(found.KnownGpus);
                scoreRefusal ??= found.ScoreRefusal;
                priceRefusal ??= found.PriceRefusal;
                listPriceRefusal ??= found.ListPriceRefusal;
            }
        }

        if (priceRefusal is not null)
        {
            host.Warning($"Some prices are unknown: {priceRefusal.Message}");
        }

        if (listPriceRefusal is not null)
        {
            host.Warning(PriceRules.Unlisted(listPriceRefusal));
        }

        if (scoreRefusal is not null)
        {
            host.Warning($"Some placement scores are unknown: {scoreRefusal.Message}");
        }

        // A region that did not answer may have what was not found.
        foreach (var type in isComplete ? query.InstanceTypes.Where(type => !Wildcard.IsPattern(type) && !types.Contains(type)) : [])
        {
            host.Error(new SpotException(SpotErrorIds.InstanceTypeNotOffered, SpotErrorCategory.NotFound, $"Instance type '{type}' is not offered in the listed regions.")
            {
                Target = type,
                RecommendedAction = "Specify other regions, or a type such as t3.medium.",
            });
        }

        foreach (var gpu in isComplete ? query.GpuNames.Where(gpu => !Wildcard.IsPattern(gpu) && !gpus.Contains(gpu.Replace('_', ' '))) : [])
        {
            host.Error(new SpotException(SpotErrorIds.InstanceTypeNotOffered, SpotErrorCategory.NotFound, $"No instance type with GPU '{gpu}' is offered in the listed regions.")
            {
                Target = gpu,
                RecommendedAction = gpus.Count == 0 ? "Specify other regions or instance types." : $"The GPUs of these regions and instance types are {string.Join(", ", gpus.Order(StringComparer.OrdinalIgnoreCase))}.",
            });
        }

        offers.Sort(OfferRanking.Instance);
        return offers;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SpotPrice> GetPricesAsync(
        PriceQuery query, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isEmpty = true;
        await foreach (var (_, prices) in AskAsync(
            "Getting prices", query.Regions, (region, token) => provider.GetPricesAsync(region, query, token), host, cancellationToken).ConfigureAwait(false))
        {
            isEmpty &= prices is { Count: 0 };
            foreach (var price in prices ?? [])
            {
                yield return price;
            }
        }

        if (isEmpty && !PriceQuery.Products.Contains(query.ProductDescription.Replace(" (Amazon VPC)", "", StringComparison.Ordinal)))
        {
            host.Error(new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.NotFound, $"No spot price of the product '{query.ProductDescription}' exists.")
            {
                Target = query.ProductDescription,
                RecommendedAction = $"Specify one of {string.Join(", ", PriceQuery.Products)}.",
            });
        }
    }

    /// <inheritdoc/>
    public async Task<CostReport> MeasureAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken) =>
        (await ReadAsync(query, host, cancellationToken).ConfigureAwait(false)).Report;

    /// <inheritdoc/>
    public async Task<CostTimeline> TraceAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var (report, answers) = await ReadAsync(query with { Budget = null }, host, cancellationToken).ConfigureAwait(false);
        return new CostTimeline(report, CostSeriesBuilder.Build(answers, report.Total.MeasuredAt));
    }

    private async Task<(CostReport Report, IReadOnlyList<(string Region, RegionUsage? Usage)> Answers)> ReadAsync(
        CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var rented = RentedIn(query);
        var charging = ChargesAsync(rented, query, host, cancellationToken);
        var answers = new List<(string Region, RegionUsage? Usage)>();
        var looking = OtherTagsNotice.BeginAsync(AsksAws(query) && query.Ids.Count == 0 ? otherTags : null, AwsRegionsOf(query), host, cancellationToken);
        try
        {
            await foreach (var answer in UsagesAsync(query, host, cancellationToken).ConfigureAwait(false))
            {
                answers.Add(answer);
            }
        }
        catch (SpotException error) when (error.ErrorId == SpotErrorIds.CredentialNotFound && rented is not null && query.EveryCloud)
        {
            // Who only uses Vast.ai has no credentials for AWS, and was not asked for any.
            host.Warning(ProviderNames.AwsNotIncluded);
        }
        finally
        {
            await charging.ConfigureAwait(false);
        }

        // One moment for all, after the last answer, so that what was launched meanwhile has no negative age.
        var report = new CostReportBuilder(clock.GetUtcNow());
        foreach (var (region, usage) in answers)
        {
            if (usage is null)
            {
                report.AddUnanswered(region);
            }
            else if (!usage.IsEmpty)
            {
                report.Add(region, usage);
            }
        }

        var (machines, account) = await charging.ConfigureAwait(false);
        foreach (var machine in machines ?? [])
        {
            report.Add(machine);
        }

        if (machines is null)
        {
            report.AddUnanswered(VastName);
        }

        await OtherTagsNotice.ReportAsync(looking, host).ConfigureAwait(false);
        Warn([.. answers.Select(answer => answer.Usage).OfType<RegionUsage>()], host);
        return (report.Build(query.Budget) with { Account = account }, answers);
    }

    private ICharges? RentedIn(CostQuery query)
    {
        var isWanted = query.Providers.Count > 0 ? query.Providers.Contains(SpotProvider.Vast) : query.EveryCloud;
        return isWanted
            && charges?.Invoke() is { } vast
            && (vast.HasKey || query.Providers.Count > 0)
            && (query.Ids.Count == 0 || query.Ids.Any(InstanceKey.IsVastId))
            && (query.RegionsAtVast.Count == 0 || query.RegionsAtVast.Any(RegionNames.MayBeVast))
                ? vast
                : null;
    }

    // Null for machines that could not be asked for, which is reported.
    private static async Task<(IReadOnlyList<ChargedInstance>? Machines, SpotAccount? Account)> ChargesAsync(
        ICharges? vast, CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        if (vast is null)
        {
            return ([], null);
        }

        try
        {
            var scope = query with { Ids = [.. query.Ids.Where(InstanceKey.IsVastId)] };
            var machines = await vast.GetChargedAsync(scope, host, cancellationToken).ConfigureAwait(false);
            return (machines, await vast.GetAccountAsync(host, cancellationToken).ConfigureAwait(false));
        }
        catch (SpotException error)
        {
            host.Error(error);
            return (null, null);
        }
    }

    private IAsyncEnumerable<(string Region, RegionUsage? Answer)> UsagesAsync(CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var scope = query with { Ids = [.. query.Ids.Where(id => !InstanceKey.IsVastId(id))] };
        return AsksAws(query)
            ? AskAsync("Measuring", AwsRegionsOf(query), (region, token) => provider.GetUsageAsync(region, scope, token), host, cancellationToken)
            : NothingAsync<(string, RegionUsage?)>();
    }

    private static string[] AwsRegionsOf(CostQuery query) => [.. query.EveryCloud ? query.Regions.Where(RegionNames.IsAwsForm) : query.Regions];

    private static bool AsksAws(CostQuery query) =>
        (query.Providers.Count == 0 || query.Providers.Contains(SpotProvider.Aws))
        && (query.Ids.Count == 0 || query.Ids.Any(id => !InstanceKey.IsVastId(id)))
        && (query.Regions.Count == 0 || AwsRegionsOf(query).Length > 0);

    private static async IAsyncEnumerable<T> NothingAsync<T>()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    private static void Warn(IReadOnlyList<RegionUsage> usages, IOperationHost host)
    {
        if (usages.Select(usage => usage.PriceRefusal).FirstOrDefault(refusal => refusal is not null) is { } refusal)
        {
            host.Warning($"Some prices are unknown: {refusal.Message}");
        }

        WarnOfListPrices(usages, host);
        var ended = usages.Sum(usage => usage.Ended);
        if (ended > 0)
        {
            host.Warning(ended == 1
                ? "1 instance is terminated; its cost is not included."
                : FormattableString.Invariant($"{ended} instances are terminated; their cost is not included."));
        }

        var idle = usages.Sum(usage => usage.Addresses.Count);
        if (idle > 0)
        {
            host.Warning(FormattableString.Invariant(
                $"{idle} elastic IP {(idle == 1 ? "address costs" : "addresses cost")} without being used; AWS does not report since when, so the cost to date is unknown."));
        }

        if (usages.SelectMany(usage => usage.Left).ToList() is { Count: > 0 } left)
        {
            host.Warning($"Included, without the filter tag: {string.Join("; ", left)}. To remove {(left.Count == 1 ? "it" : "them")}, run nuke with -IncludeAttached (--include-attached).");
        }

        var stopped = usages.SelectMany(usage => usage.Machines).Where(machine => machine is { IsBilled: false, EndedAt: null }).Select(machine => machine.Id).ToList();
        if (stopped.Count > 0)
        {
            host.Warning($"AWS does not report when these instances stopped, so their cost is unknown: {string.Join(", ", stopped)}.");
        }
    }

    private static void WarnOfListPrices(IReadOnlyList<RegionUsage> usages, IOperationHost host)
    {
        var refused = usages.Where(usage => usage.ListPriceRefusal is not null).ToList();
        if (refused.Count == 0)
        {
            return;
        }

        var text = PriceRules.Unlisted(refused[0].ListPriceRefusal!);
        if (refused.Any(usage => usage.Disks.Any(disk => disk.HourlyPrice is null)
            || usage.Machines.Any(machine => machine is { Lifecycle: SpotLifecycle.OnDemand, ListHourlyPrice: null })))
        {
            host.Warning(text);
        }
        else
        {
            host.Verbose($"{text} Disks are priced as of 2024.");
        }
    }

    private IAsyncEnumerable<(string Region, T? Answer)> AskAsync<T>(
        string activity, IReadOnlyList<string> patterns, Func<string, CancellationToken, Task<T>> ask, IOperationHost host, CancellationToken cancellationToken)
        where T : class =>
        RegionCalls.AskAsync(activity, patterns, provider.GetEnabledRegionsAsync, ask, host, cancellationToken);
}
