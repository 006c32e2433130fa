using SpotCluster.Model;

namespace SpotCluster.Engine.Inventory;

/// <summary>The evidence from one region.</summary>
internal sealed record RegionProof
{
    public required string Region { get; init; }

    /// <summary>Number of listings that were read to their last page.</summary>
    public int Listings { get; init; }

    /// <summary>When the first of the consecutive empty scans ended.</summary>
    public DateTimeOffset? FirstEmptyAt { get; init; }

    /// <summary>When the last of them ended.</summary>
    public DateTimeOffset? LastEmptyAt { get; init; }

    public bool Proven { get; init; }

    public IReadOnlyList<SpotResource> Residue { get; init; } = [];

    /// <summary>What remains and is not managed by SpotCluster.</summary>
    public IReadOnlyList<SpotResource> Unmanaged { get; init; } = [];

    /// <summary>Services that could not be asked what has the tag, and why.</summary>
    public IReadOnlyList<string> NotCovered { get; init; } = [];

    public IReadOnlyList<UnknownListing> Unknown { get; init; } = [];

    /// <summary>What ended the work in this region; null when nothing did.</summary>
    public SpotException? Fatal { get; init; }
}

/// <summary>
/// One region from the first scan to the proof: scan, remove, scan again, until two scans in a row, some seconds
/// apart and read to their last page, found nothing. What turns up late is removed like the rest.
/// </summary>
internal sealed class RegionRun(IRegionInventory region, RemovalContext context)
{
    /// <summary>Least time between the two empty scans.</summary>
    private static readonly TimeSpan BetweenScans = TimeSpan.FromSeconds(5);

    /// <summary>How long a create call whose end was not recorded may still bring something to light.</summary>
    private static readonly TimeSpan InFlight = TimeSpan.FromMinutes(5);

    /// <summary>How long the listings may go on showing something whose delete was accepted before it is asked for again.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(30);

    private const int MaxFailedScans = 10;

    private readonly RegionRemoval _removal = new(region, context);
    private int _listings;
    private int _failedScans;
    private DateTimeOffset? _firstEmptyAt;
    private DateTimeOffset? _quietSince;

    /// <param name="first">What a scan has just found here; null to start with one.</param>
    /// <param name="isEvidence">True when that scan was made for this removal; one from before the consent proves nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<RegionProof> RunAsync(RegionScan? first, bool isEvidence, CancellationToken cancellationToken)
    {
        // A scan with gaps is no start: what it missed is asked for again.
        var start = first is { Unknown.Count: 0 } ? first : null;
        while (true)
        {
            var scan = start ?? await _removal.Scanner.ScanAsync(Tracked(), thorough: false, cancellationToken).ConfigureAwait(false);
            var isFresh = start is null || isEvidence;
            start = null;
            _listings += scan.Listings;
            Take(scan);

            if (scan.Resources.Select(resource => context.Selector.WhyRefused(resource.Node.Resource)).FirstOrDefault(refusal => refusal is not null) is { } refused)
            {
                return Finish(scan, proven: false, refused);
            }

            var credentials = scan.Unknown.Select(unknown => unknown.Error).FirstOrDefault(error => region.Classify(error) == RefusalKind.Credentials);
            if (context.IsLate || credentials is not null || _removal.Fatal is not null)
            {
                return Finish(scan, proven: false, credentials ?? _removal.Fatal);
            }

            if (scan.Unknown.Count > 0 && _failedScans++ < MaxFailedScans
                && scan.Unknown.Any(unknown => region.Classify(unknown.Error) == RefusalKind.Transient))
            {
                _firstEmptyAt = null;
                await PauseAsync(TimeSpan.FromSeconds(1 << Math.Min(_failedScans - 1, 3)), cancellationToken).ConfigureAwait(false);
                continue;
            }

            _removal.LeavesNetworks = scan.Unknown.Any(unknown => unknown.Type is null or ResourceTypes.Instance or ResourceTypes.NetworkInterface);
            if (await _removal.RunAsync(cancellationToken).ConfigureAwait(false))
            {
                _firstEmptyAt = null;
                _quietSince = null;
                continue;
            }

            // What cannot be listed will not be seen to go, however long one looks.
            var unseen = new HashSet<string?>(scan.Unknown.Select(unknown => unknown.Type), StringComparer.Ordinal);
            var live = Left();
            if (live.Any(item => item.State == RemovalState.Accepted && !unseen.Contains(item.Key.Type) && !unseen.Contains(null)))
            {
                AskAgain(live);
                _quietSince ??= context.Clock.GetUtcNow();
                await PauseAsync(PollPace.After(context.Clock.GetUtcNow() - _quietSince.Value), cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (live.Count > 0 || scan.Unknown.Count > 0)
            {
                return Finish(scan, proven: false, null);
            }

            if (!isFresh)
            {
                continue;
            }

            var now = context.Clock.GetUtcNow();
            var provenFrom = ProvenFrom(_firstEmptyAt ?? now);
            if (_firstEmptyAt is not null && now >= provenFrom)
            {
                return Finish(scan, proven: true, null);
            }

            _firstEmptyAt ??= now;
            await PauseAsync(provenFrom - now, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is to go and is not gone.</summary>
    private List<RemovalItem> Left() => _removal.Graph.Items
        .Where(item => item.Belonging == Belonging.Ours && item.State != RemovalState.Gone && !_removal.IsLeftOnPurpose(item)).ToList();

    /// <summary>
    /// What the listing by tag does not show: untagged parts, what was accepted and may have lost its tag, and what holds
    /// something of ours from a place that is not listed.
    /// </summary>
    private List<ResourceKey> Tracked() => _removal.Graph.Items
        .Where(item => item.State != RemovalState.Gone && (item.Belonging != Belonging.Ours || !item.Node.Resource.Tagged))
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
                if (item.Belonging == Belonging.Ours)
                {
                    item.WasNotFound |= item.State is not RemovalState.Accepted;
                    _removal.Confirm(item);
                }
                else
                {
                    item.State = RemovalState.Gone;
                }
            }
        }

        _removal.Merge(scan);
        if (scan.Unknown.Count == 0)
        {
            _failedScans = 0;
        }
    }

    private void AskAgain(IEnumerable<RemovalItem> live)
    {
        foreach (var item in live.Where(item => item.State == RemovalState.Accepted && context.Clock.GetUtcNow() - item.AcceptedAt >= Lag))
        {
            item.State = RemovalState.Waiting;
            item.Outstayed = true;
        }
    }

    private DateTimeOffset ProvenFrom(DateTimeOffset firstEmptyAt)
    {
        var from = firstEmptyAt + BetweenScans;
        if (context.CallsInFlight.LastBegun(region.Region) is { } begun && begun + InFlight > from)
        {
            from = begun + InFlight;
            context.Host.Verbose($"{region.Region}: a launch was broken off at {begun:u}; what it made may appear until {from:u}.");
        }

        return from;
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var left = context.Deadline - context.Clock.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(pause < left ? pause : left, context.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private RegionProof Finish(RegionScan scan, bool proven, SpotException? fatal)
    {
        _removal.TellRest();
        return new RegionProof
        {
            Region = region.Region,
            Listings = _listings,
            FirstEmptyAt = proven ? _firstEmptyAt : null,
            LastEmptyAt = proven ? context.Clock.GetUtcNow() : null,
            Proven = proven,
            Residue = Left().Select(item => item.Node.Resource).ToList(),
            Unmanaged = _removal.Graph.Unmanaged.Select(item => item.Node.Resource).Concat(scan.Others)
                .OrderBy(resource => resource.Type, StringComparer.Ordinal).ThenBy(resource => resource.Id, StringComparer.Ordinal).ToList(),
            NotCovered = scan.NotCovered,
            Unknown = scan.Unknown,
            Fatal = fatal,
        };
    }
}
