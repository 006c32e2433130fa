using System.Runtime.CompilerServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Costs;

/// <summary>The cost service: every region at once, what providers have charged beside them, and the arithmetic over their answers.</summary>
/// <param name="sources">The providers.</param>
/// <param name="clock">The clock.</param>
internal sealed class CostService(IReadOnlyList<CostSource> sources, TimeProvider clock) : ICostService
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<SpotOffer>> FindOffersAsync(OfferQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var source = sources.Of(query.Provider);
        return source.Offers is { } market ? await market.FindOffersAsync(query, host, cancellationToken).CollectAsync().ConfigureAwait(false)
            : source.Regional is { } provider ? await FindOffersAsync(provider, query, host, cancellationToken).ConfigureAwait(false)
            : [];
    }

    private static async Task<IReadOnlyList<SpotOffer>> FindOffersAsync(ICostProvider provider, OfferQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        var offers = new List<SpotOffer>();
        var types = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var gpus = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        SpotException? scoreRefusal = null;
        SpotException? priceRefusal = null;
        SpotException? listPriceRefusal = null;
        var isComplete = true;
        await foreach (var (_, found) in AskAsync(
            provider, "Getting offers", query.Regions, (region, token) => provider.FindOffersAsync(region, query, token), host, cancellationToken).ConfigureAwait(false))
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
        var provider = sources.Select(source => source.Regional).OfType<ICostProvider>().First();
        await foreach (var (_, prices) in AskAsync(
            provider, "Getting prices", query.Regions, (region, token) => provider.GetPricesAsync(region, query, token), host, cancellationToken).ConfigureAwait(false))
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
        var chosen = ChosenIn(query);
        var charging = chosen.Select(one => ChargesAsync(one.Source, one.Query, host, cancellationToken)).ToArray();
        var answers = new List<(string Region, RegionUsage? Usage)>();
        var looking = chosen.Select(one => OtherTagsNotice.BeginAsync(
            query.Ids.Count == 0 ? one.Source.OtherTags : null, one.Query.Regions, host, cancellationToken)).ToArray();
        try
        {
            foreach (var (source, own) in chosen)
            {
                answers.AddRange(await UsagesAsync(source, own, chosen.Count > 1 && query.EveryCloud, host, cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            await Task.WhenAll(charging).ConfigureAwait(false);
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

        SpotAccount? account = null;
        for (var i = 0; i < chosen.Count; i++)
        {
            var (machines, own) = await charging[i].ConfigureAwait(false);
            account ??= own;
            foreach (var machine in machines ?? [])
            {
                report.Add(machine);
            }

            if (machines is null)
            {
                report.AddUnanswered(chosen[i].Source.Facts.Name);
            }
        }

        foreach (var look in looking)
        {
            await OtherTagsNotice.ReportAsync(look, host).ConfigureAwait(false);
        }

        Warn([.. answers.Select(answer => answer.Usage).OfType<RegionUsage>()], host);
        return (report.Build(query.Budget) with { Account = account }, answers);
    }

    // The providers that the query is about, each with its own ids and regions.
    private List<(CostSource Source, CostQuery Query)> ChosenIn(CostQuery query)
    {
        var scope = new ProviderScope(query.Providers, query.EveryCloud, query.Regions, query.RegionsAtVast);
        var owners = sources.Each([.. query.Ids.Select(id => new InstanceKey(id, null, sources[0].Facts.Provider))]);
        return
        [
            .. from one in sources.Choose(scope)
               let ids = owners.FirstOrDefault(owner => ReferenceEquals(owner.Provider, one.Provider)).Keys ?? []
               where query.Ids.Count == 0 || ids.Length > 0
               where one.Regions.Count == 0 || one.Provider.Facts.HasDefaultRegions || one.Regions.Any(one.Provider.Facts.MayHaveRegion)
               select (one.Provider, query with { Ids = [.. ids.Select(key => key.Id)], Regions = one.Regions }),
        ];
    }

    // Null for machines that could not be asked for, which is reported.
    private static async Task<(IReadOnlyList<ChargedInstance>? Machines, SpotAccount? Account)> ChargesAsync(
        CostSource source, CostQuery query, IOperationHost host, CancellationToken cancellationToken)
    {
        if (source.Charged is not { } charges)
        {
            return ([], null);
        }

        try
        {
            var machines = await charges.GetChargedAsync(query, host, cancellationToken).ConfigureAwait(false);
            return (machines, await charges.GetAccountAsync(host, cancellationToken).ConfigureAwait(false));
        }
        catch (SpotException error)
        {
            host.Error(error);
            return (null, null);
        }
    }

    private static async Task<List<(string Region, RegionUsage? Usage)>> UsagesAsync(
        CostSource source, CostQuery query, bool mayLack, IOperationHost host, CancellationToken cancellationToken)
    {
        var answers = new List<(string, RegionUsage?)>();
        if (source.Regional is not { } provider)
        {
            return answers;
        }

        try
        {
            await foreach (var answer in AskAsync(
                provider, "Measuring", query.Regions, (region, token) => provider.GetUsageAsync(region, query, token), host, cancellationToken).ConfigureAwait(false))
            {
                answers.Add(answer);
            }
        }
        catch (SpotException error) when (mayLack && error.ErrorId == SpotErrorIds.CredentialNotFound)
        {
            // Who uses only one provider has no credentials for the others, and did not name them.
            host.Warning(ProviderNames.NotIncluded(source.Facts.Provider));
        }

        return answers;
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

    private static IAsyncEnumerable<(string Region, T? Answer)> AskAsync<T>(
        ICostProvider provider, string activity, IReadOnlyList<string> patterns, Func<string, CancellationToken, Task<T>> ask, IOperationHost host, CancellationToken cancellationToken)
        where T : class =>
        RegionCalls.AskAsync(activity, patterns, provider.GetEnabledRegionsAsync, ask, host, cancellationToken);
}
