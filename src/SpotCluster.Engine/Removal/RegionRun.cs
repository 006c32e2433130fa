using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>How one look at a region ended.</summary>
internal enum RegionEnd
{
    /// <summary>It was listed to the last page, and nothing was found.</summary>
    Empty,

    /// <summary>What was found is removed, as far as the calls tell: the next listing shows it.</summary>
    Drained,

    /// <summary>Something is left, or could not be listed.</summary>
    Left,
}

/// <summary>
/// One region of a removal: it is listed, what is found is removed, and it is listed again until nothing can be done any
/// more. Whether all regions are empty at the same time is for <see cref="RemovalRounds"/> to find out.
/// </summary>
internal sealed class RegionRun(IRegionInventory region, RemovalContext context)
{
    /// <summary>How long the listings may go on showing something whose delete was accepted before it is asked for again.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(30);

    private const int MaxFailedScans = 10;

    private readonly RegionRemoval _removal = new(region, context);
    private int _failedScans;
    private bool _hasRun;
    private DateTimeOffset? _quietSince;
    private IReadOnlyList<SpotResource> _others = [];
    private TaggedElsewhere? _elsewhere;
    private readonly HashSet<string> _notCovered = new(StringComparer.Ordinal);

    public string Region => region.Region;

    /// <summary>Number of listings that were read to their last page.</summary>
    public int Listings { get; private set; }

    /// <summary>What the last look could not list.</summary>
    public IReadOnlyList<UnknownListing> Unknown { get; private set; } = [];

    /// <summary>What ended the work in this region; null when nothing did.</summary>
    public SpotException? Fatal { get; private set; }

    /// <summary>What was to be removed and remains.</summary>
    public IEnumerable<SpotResource> Residue => Left().Select(item => item.Node.Resource);

    /// <summary>What remains and is not managed by SpotCluster.</summary>
    public IEnumerable<SpotResource> Unmanaged => _removal.Graph.Unmanaged.Select(item => item.Node.Resource).Concat(_others)
        .OrderBy(resource => resource.Type, StringComparer.Ordinal).ThenBy(resource => resource.Id, StringComparer.Ordinal);

    /// <summary>What could not be looked for, and why: services, and what has no tag.</summary>
    public IReadOnlyList<string> NotCovered => [.. _notCovered, .. _elsewhere?.NotCovered ?? []];

    /// <summary>Looks at the region and removes what is there.</summary>
    /// <param name="first">What a scan has just found here; null to start with one.</param>
    /// <param name="isEvidence">True when that scan was made for this removal; one from before the confirmation proves nothing.</param>
    /// <param name="asksOthers">
    /// Whether services other than EC2 are asked as well. They always are at first, and where they have shown anything.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<RegionEnd> SettleAsync(RegionScan? first, bool isEvidence, bool asksOthers, CancellationToken cancellationToken)
    {
        // A scan with gaps is no start: what it missed is asked for again.
        var start = first is { Unknown.Count: 0 } ? first : null;
        first = null;
        var found = false;
        while (true)
        {
            // What ended is asked for again where a gap may have hidden what belongs to it.
            var ended = Unknown.Count == 0 ? _removal.Ended : [];
            var scan = start ?? await _removal.Scanner.ScanAsync(
                Tracked(), ended, thorough: false, asksOthers || _elsewhere is not { Nodes.Count: 0, Others.Count: 0 }, cancellationToken).ConfigureAwait(false);
            var isFresh = start is null || isEvidence;
            start = null;
            Listings += scan.Listings;
            Unknown = scan.Unknown;
            _removal.NotListed = scan.Unknown.Count == 0 ? null : scan.Unknown[0].Error;
            _elsewhere = scan.Elsewhere ?? _elsewhere;
            _others = scan.Others;
            _notCovered.UnionWith(scan.NotCovered);
            Take(scan);
            if (!isFresh)
            {
                _removal.CheckAll();
            }

            Fatal = scan.Resources.Select(resource => context.Selector.WhyRefused(resource.Node.Resource)).FirstOrDefault(refusal => refusal is not null);
            if (Fatal is not null)
            {
                return RegionEnd.Left;
            }

            // Nothing below refers to the scan: only the graph holds what was found, and drops what is gone.
            var credentials = Unknown.Select(unknown => unknown.Error).FirstOrDefault(error => region.Classify(error) == RefusalKind.Credentials);
            if (context.IsLate || credentials is not null || _removal.Fatal is not null)
            {
                Fatal = credentials ?? _removal.Fatal;
                return RegionEnd.Left;
            }

            if (Unknown.Count > 0 && _failedScans++ < MaxFailedScans
                && Unknown.Any(unknown => unknown.MayPass(region)))
            {
                await context.PauseAsync(TimeSpan.FromSeconds(1 << Math.Min(_failedScans - 1, 3)), cancellationToken).ConfigureAwait(false);
                continue;
            }

            _removal.LeavesNetworks = Unknown.Any(unknown => unknown.Type is null or ResourceTypes.Instance or ResourceTypes.NetworkInterface);
            if (Unknown.Count > 0)
            {
                // No listing will show that they go with something else.
                AskAgain(Left().Where(item => !item.Outstayed && _removal.Graph.IsTaken(item)), TimeSpan.Zero);
            }

            // Later on, what is of an instance that has just ended looks like that of somebody else for a moment.
            _removal.NamesBlocked = !_hasRun && Unknown.Count == 0;
            _hasRun = true;
            if (await _removal.RunAsync(cancellationToken).ConfigureAwait(false))
            {
                found = true;
                _quietSince = null;
                if (_removal.Fatal is null && Unknown.Count == 0 && Left().TrueForAll(item => item.State == RemovalState.Accepted))
                {
                    return RegionEnd.Drained;
                }

                continue;
            }

            // What cannot be listed will not be seen to go, however long one looks.
            var unseen = new HashSet<string?>(Unknown.Select(unknown => unknown.Type), StringComparer.Ordinal);
            var live = Left();
            if (live.Exists(item => item.State == RemovalState.Accepted && !unseen.Contains(item.Key.Type) && !unseen.Contains(null)))
            {
                found = true;
                AskAgain(live, Lag);
                _quietSince ??= context.Clock.GetUtcNow();
                await context.PauseAsync(PollPace.Quick.After(context.Clock.GetUtcNow() - _quietSince.Value), cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (live.Count > 0 || Unknown.Count > 0)
            {
                return RegionEnd.Left;
            }

            return found || !isFresh ? RegionEnd.Drained : RegionEnd.Empty;
        }
    }

    /// <summary>Reports what became of everything that is left.</summary>
    public void ReportRest() => _removal.ReportRest();

    /// <summary>What is to go and is not gone.</summary>
    private List<RemovalItem> Left() => _removal.Graph.Items
        .Where(item => item.Belonging == Belonging.Managed && item.State != RemovalState.Gone && !_removal.IsLeftOnPurpose(item)).ToList();

    /// <summary>
    /// What the listing by tag does not show: untagged parts, resources of other services, what was accepted and may have lost its tag, and what holds
    /// something of ours from a place that is not listed. Where the last look had gaps, that what was accepted is not shown
    /// any more proves nothing by itself: it is asked for by id.
    /// </summary>
    private List<ResourceKey> Tracked() => _removal.Graph.Items
        .Where(item => item.State != RemovalState.Gone
            && (item.Belonging != Belonging.Managed || !item.Node.Resource.Tagged || !region.Kinds[item.Key.Type].IsInTagListing || (Unknown.Count > 0 && item.State == RemovalState.Accepted)))
        .Select(item => item.Key).ToList();

    private void Take(RegionScan scan)
    {
        var gone = new HashSet<ResourceKey>(scan.Gone);
        var seen = new HashSet<ResourceKey>(scan.Resources.Select(resource => resource.Node.Key));
        foreach (var item in _removal.Graph.Items.Where(item => item.State != RemovalState.Gone && !seen.Contains(item.Key)).ToList())
        {
            // Absence counts only where it was read: in a scan with no gap, or in the listing of its own kind.
            if (gone.Contains(item.Key) || scan.Unknown.Count == 0)
            {
                if (item.Belonging == Belonging.Managed)
                {
                    item.WasNotFound |= item.State is not RemovalState.Accepted;
                    _removal.Confirm(item);
                }
                else
                {
                    item.State = RemovalState.Gone;
                    context.Forget(item);
                }
            }
        }

        foreach (var record in scan.Gone.Select(key => context.Selector.Remaining(Region, key)).OfType<RemainingResource>())
        {
            context.Remaining.Remove(record);
        }

        _removal.Ended.UnionWith(scan.Ended);
        context.CallsInFlight.Saw(scan.Tokens);
        _removal.Merge(scan);
        if (scan.Unknown.Count == 0)
        {
            _failedScans = 0;
        }
    }

    private void AskAgain(IEnumerable<RemovalItem> live, TimeSpan after)
    {
        foreach (var item in live.Where(item => item.State == RemovalState.Accepted && context.Clock.GetUtcNow() - item.AcceptedAt >= after))
        {
            item.State = RemovalState.Waiting;
            item.Outstayed = true;
        }
    }
}
