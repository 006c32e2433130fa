using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>
/// The removal in one region: every resource goes as soon as what stands before it is gone, all of them at the same
/// time. One loop owns the graph; the calls run beside it and hand their results back to it.
/// </summary>
internal sealed class RegionRemoval
{
    /// <summary>Most delete calls under way in one region: the request rate that EC2 refills is a few per second.</summary>
    private const int MaxCalls = 24;

    private static readonly TimeSpan[] RetryPauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8)];

    /// <summary>
    /// How often the cloud may refuse a delete as in use while no listing shows by what: about two minutes, since what was
    /// deleted may hold on for a while.
    /// </summary>
    private const int MostUnexplainedRefusals = 16;

    /// <summary>How long something may outstay what it goes with before it is deleted by itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Code of a resource that something else uses, where the cloud was not asked.</summary>
    private const string InUse = "DependencyViolation";

    /// <summary>Code of a resource whose tags changed after it was planned.</summary>
    private const string TagsChanged = "TagsChanged";

    private readonly IRegionInventory _region;
    private readonly RegionScanner _scanner;
    private readonly RemovalContext _context;
    private readonly List<Task<Action>> _calls = [];
    private readonly HashSet<ResourceKey> _suspects = [];

    /// <summary>What was looked for holders of before its delete.</summary>
    private readonly HashSet<ResourceKey> _looked = [];

    /// <summary>What was refused, and whose holders are being looked for: asking again before they are known has no chance.</summary>
    private readonly HashSet<ResourceKey> _searched = [];

    /// <summary>When each kind was last looked at.</summary>
    private readonly Dictionary<string, DateTimeOffset> _lookedAt = new(StringComparer.Ordinal);

    /// <summary>Ends the pause until the next look; null while there is none.</summary>
    private CancellationTokenSource? _pause;
    private DateTimeOffset _pauseEndsAt;
    private bool _hasChanged;
    private DateTimeOffset _movedAt;

    public RegionRemoval(IRegionInventory region, RemovalContext context)
    {
        _region = region;
        _context = context;
        _scanner = new RegionScanner(region, context.Selector);
        Graph = new RemovalGraph(region.Kinds);
    }

    public RemovalGraph Graph { get; }

    /// <summary>
    /// Set while it is not known what runs in our VPCs: machines go, but no network is taken from under something that
    /// may be somebody else's.
    /// </summary>
    public bool LeavesNetworks { get; set; }

    /// <summary>Set for the first listing if it had no gap: only then it is certain that what is in the way is not managed.</summary>
    public bool NamesBlocked { get; set; }

    /// <summary>What was shown as ended, which is no absence: it never comes back.</summary>
    public HashSet<ResourceKey> Ended { get; } = [];

    public string Region => _region.Region;

    public RegionScanner Scanner => _scanner;

    /// <summary>Why the newest listing does not show everything; null when it does.</summary>
    public SpotException? NotListed { get; set; }

    /// <summary>Set when no further call can succeed: the credentials ended.</summary>
    public SpotException? Fatal { get; private set; }

    /// <summary>Takes in a finding of a scan, and tells what is left on purpose.</summary>
    public void Merge(RegionScan scan)
    {
        Graph.Merge(scan.Resources);

        // What is to be removed with it as well: the process may end in between.
        foreach (var item in Graph.Items.Where(item => item is { Unmanaged.Code: Unmanaged.Attached, IsRemembered: false, State: not RemovalState.Gone }))
        {
            item.IsRemembered = true;
            if (_context.Selector.Remaining(Region, item.Key) is null || item.Node.After.Count > 0)
            {
                _context.Remember(item.Node.Resource);
            }
        }

        foreach (var item in Graph.Items.Where(item => item.Retained is not null && !item.Told))
        {
            Report(item, SpotRemovalOutcome.Skipped, item.Retained!.Code, item.Retained.Reason);
        }

        foreach (var item in Graph.Unmanaged.Where(item => !item.Told))
        {
            Report(item, SpotRemovalOutcome.Skipped, item.Unmanaged!.Code, UnmanagedText.Remains(item.Node.Resource, item.Unmanaged));
        }
    }

    /// <summary>What is known is from before the confirmation: the tags of each resource are read again before its delete call.</summary>
    public void CheckAll()
    {
        foreach (var item in Graph.Items)
        {
            item.IsChecked = false;
        }
    }

    /// <summary>
    /// Removes what can be removed. Returns when nothing more can be done, or at the deadline: true when something changed.
    /// </summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        _hasChanged = false;
        _movedAt = _context.Clock.GetUtcNow();
        _context.Allowance.Apply(Region, Graph);
        NameBlocked();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var halted = Fatal is not null || _context.IsLate;
                if (!halted)
                {
                    StartReady(stop.Token);
                    if (Graph.Items.Any(IsGoing))
                    {
                        LookForHolders(stop.Token);
                    }
                }

                PauseUntil(halted ? null : NextLookAt(), stop.Token);

                if (_calls.Count == 0)
                {
                    return _hasChanged;
                }

                var finished = await Task.WhenAny(_calls).ConfigureAwait(false);
                _calls.Remove(finished);
                var apply = await finished.ConfigureAwait(false);
                apply();
            }
        }
        finally
        {
            // Nothing is left running behind the caller's back, whatever ended the loop.
            stop.Cancel();
            foreach (var call in _calls)
            {
                try
                {
                    await call.ConfigureAwait(false);
                }
                catch (Exception error) when (error is OperationCanceledException or SpotException)
                {
                    _context.Host.Debug($"{Region}: a call was canceled: {error.Message}");
                }
            }

            _calls.Clear();
            _searched.Clear();
            EndPause();
        }
    }

    /// <summary>Reports what became of everything that did not go, once; of one kind only where that is all that was asked for.</summary>
    public void ReportRest(string? type = null)
    {
        foreach (var item in Graph.Items.Where(item => item.Belonging == Belonging.Managed && item.State != RemovalState.Gone && (!item.Told || item.IsNamedBlocked)))
        {
            if (type is not null && item.Key.Type != type)
            {
                continue;
            }

            var blocker = Graph.Blocker(item);
            if (blocker?.Retained is { } kept)
            {
                Report(item, SpotRemovalOutcome.Skipped, kept.Code, $"{blocker.Key.Id} uses it and is retained. {kept.Reason}", blocker.Key.Id);
            }
            else if (blocker is not null && item.State != RemovalState.Refused)
            {
                var code = item.Error?.ServiceCode ?? blocker.Error?.ServiceCode ?? InUse;
                var reason = $"Cannot remove {item.Key.Id} in {Region}: {Describe(blocker)} uses it.";
                Report(item, SpotRemovalOutcome.Blocked, code, reason, blocker.Key.Id);
                Report(SpotErrorIds.ResourceBlocked, SpotErrorCategory.Busy, item, reason, code, item.Error ?? blocker.Error, Advice(blocker));
            }
            else
            {
                ReportFailure(item);
            }
        }
    }

    /// <summary>It stays because something that is kept on purpose needs it: no failure, and no part of what is left.</summary>
    public bool IsLeftOnPurpose(RemovalItem item) => item.State == RemovalState.Waiting && Graph.Blocker(item)?.Retained is not null;

    /// <summary>Something is seen gone: tells it.</summary>
    public void Confirm(RemovalItem item)
    {
        item.State = RemovalState.Gone;
        _context.Forget(item);
        if (!item.Told || item.IsNamedBlocked)
        {
            Report(item, item.WasNotFound && item.Refusals == 0 ? SpotRemovalOutcome.AlreadyGone : SpotRemovalOutcome.Removed);
        }

        // Of what is gone only its place in the graph is needed: a big account does not fill the memory.
        item.Node = item.Node.ToTrace();
    }

    /// <summary>
    /// Names at once what cannot go because of something that is not removed: whatever still has to end before it. Should
    /// that be removed by somebody meanwhile, a second outcome says so. An instance or its interface may be that of a request
    /// of ours which was open when it was listed: it is named at the end.
    /// </summary>
    private void NameBlocked()
    {
        foreach (var item in Graph.Items.Where(item => NamesBlocked && item is { Belonging: Belonging.Managed, State: RemovalState.Waiting, Told: false }))
        {
            if (Graph.Blocker(item, acrossTies: false) is { State: RemovalState.Stays, Retained: null } blocker
                && blocker.Key.Type is not (ResourceTypes.Instance or ResourceTypes.NetworkInterface))
            {
                Report(item, SpotRemovalOutcome.Blocked, InUse, $"Cannot remove {item.Key.Id} in {Region}: {Describe(blocker)} uses it.", blocker.Key.Id);
                item.IsNamedBlocked = true;
            }
        }
    }

    /// <summary>While instances end, looks for what holds the rest from places that were not listed: otherwise only the refusal of a delete would show it.</summary>
    private void LookForHolders(CancellationToken cancellationToken)
    {
        foreach (var item in Graph.Items.Where(item => item.State == RemovalState.Waiting && Graph.OpenParents(item).Any() && _region.Kinds[item.Key.Type].IsHeldFromElsewhere && _looked.Add(item.Key)))
        {
            _calls.Add(ListHoldersAsync(item.Node, cancellationToken));
        }
    }

    private async Task<Action> ListHoldersAsync(ResourceNode held, CancellationToken cancellationToken)
    {
        // Instances and interfaces lie in the VPC of their groups, which was listed, and so do the interfaces of other kinds,
        // which lead to these.
        var isInOurs = IsInOurs(held);
        var kinds = _region.Kinds.Values.Where(kind => !isInOurs || !(kind.HasInterface || kind.Type is ResourceTypes.Instance or ResourceTypes.NetworkInterface));
        var lists = await Task.WhenAll(kinds.Select(ListAsync)).ConfigureAwait(false);
        return () =>
        {
            var found = lists.SelectMany(list => list).DistinctBy(node => node.Key).Where(IsNew).ToList();
            var belongings = new Classification(Graph.Items.Select(item => item.Node).Concat(found).ToDictionary(node => node.Key), [], _context.Selector);

            // What is to be removed as well is found by the refusal of the delete, and judged with everything else.
            var foreign = found.Select(node => new ScannedResource(node, belongings.Of(node).Belonging, null, belongings.Of(node).Unmanaged))
                .Where(resource => resource.Belonging == Belonging.Unmanaged && !resource.Node.OnlyWithMachines).ToList();
            foreign.ForEach(resource => (resource.Node.Resource.Managed, resource.Node.Resource.UnmanagedReason) = (false, resource.Unmanaged?.Reason));
            Merge(new RegionScan { Resources = foreign, Gone = [], Unknown = [], Listings = 0 });
            NameBlocked();
        };

        async Task<IReadOnlyList<ResourceNode>> ListAsync(IResourceKind kind)
        {
            try
            {
                return await kind.ListHoldersAsync(held, cancellationToken).ConfigureAwait(false);
            }
            catch (SpotException error)
            {
                // Whatever it is, the refusal of the delete asks for it once more.
                _context.Host.Debug($"{Region}: cannot look for what uses {held.Key.Id}: {error.Message}");
                return [];
            }
        }

        // What every scan lists in our VPCs is judged there.
        bool IsNew(ResourceNode node) => node.Live && Graph.Find(node.Key) is null && !_context.Selector.Carries(node.Resource)
            && !(_region.Kinds[node.Key.Type].InVpc == VpcListing.Always && IsInOurs(node));

        bool IsInOurs(ResourceNode node) => node.Resource.VpcId is { } vpc && Graph.Find(new ResourceKey(ResourceTypes.Vpc, vpc)) is { Belonging: Belonging.Managed };
    }

    private void ReportFailure(RemovalItem item)
    {
        var isAccepted = item.State == RemovalState.Accepted && NotListed is not null;
        var error = (isAccepted ? NotListed : item.Error) ?? Fatal;
        var isUnread = error is null && LeavesNetworks;
        var code = error?.ServiceCode ?? error?.ErrorId ?? (isUnread ? "NotListed" : "Timeout");
        var place = $"{item.Key.Id} in {Region}";
        var reason = isAccepted ? $"{place} is not verified as removed: its removal was accepted, but the listing after it failed: {error!.Message}"
            : item.IsRequested && LateCommandException.In(error) is not null ? $"It is not known whether {place} was removed: {error!.Message}"
            : error is not null ? $"Cannot remove {place}: {error.Message}"
            : isUnread ? $"Cannot remove {place}: the instances in its VPC could not be listed."
            : NotListed is not null ? $"{place} was not removed before the timeout."
            : $"{place} remained until the timeout.";
        Report(item, SpotRemovalOutcome.Failed, code, reason);
        var isProtected = error is not null && _region.Classify(error) == RefusalKind.Protected;
        Report(
            isProtected && item.Key.Type == ResourceTypes.Instance ? SpotErrorIds.InstanceProtected : SpotErrorIds.ResourceNotRemoved,
            isProtected ? SpotErrorCategory.PermissionDenied : error?.Category ?? SpotErrorCategory.Timeout,
            item,
            reason,
            code,
            error,
            isProtected ? "Disable its termination protection, or use -Unprotect." : error?.RecommendedAction ?? "Run the same command again to continue.");
    }

    private void StartReady(CancellationToken cancellationToken)
    {
        var now = _context.Clock.GetUtcNow();
        var ready = new List<RemovalItem>();
        foreach (var item in Graph.Items.Where(item => item.State == RemovalState.Waiting))
        {
            if (Graph.OpenParents(item).Any())
            {
                item.FreeSince = null;
                continue;
            }

            if (IsHeldBack(item))
            {
                continue;
            }

            item.FreeSince ??= now;

            // What the cloud takes away and nothing waits for is seen to be gone in the next listing by tag.
            if ((!item.Outstayed && (item.Node.EndsWith is not null || (Graph.IsTaken(item) && !Graph.IsAwaited(item) && _region.Kinds[item.Key.Type].DeletesAtOnce)))
                || (item.Node.DeletedWith is { } with && Graph.Find(with) is not null))
            {
                Accept(item, now);
            }
            else if (item.RetryAt <= now && !_suspects.Contains(item.Key) && !_searched.Contains(item.Key) && (!Graph.IsTaken(item) || (item.Node.Owner is null && now - item.FreeSince >= Patience)))
            {
                ready.Add(item);
            }
        }

        foreach (var group in ready.Where(item => !item.IsChecked).GroupBy(item => item.Key.Type, StringComparer.Ordinal))
        {
            if (_calls.Count < MaxCalls)
            {
                RemovalItem[] items = [.. group];
                Array.ForEach(items, item => item.State = RemovalState.Deleting);
                _calls.Add(CheckAsync(_region.Kinds[group.Key], items, cancellationToken));
            }
        }

        foreach (var group in ready.Where(item => item is { IsChecked: true, State: RemovalState.Waiting }).GroupBy(item => (item.Key.Type, item.Node.Group))
            .OrderBy(group => group.Key.Type, StringComparer.Ordinal).ThenBy(group => group.Key.Group, StringComparer.Ordinal))
        {
            var kind = _region.Kinds[group.Key.Type];
            foreach (var batch in group.Chunk(kind.MaxBatch))
            {
                if (_calls.Count >= MaxCalls)
                {
                    return;
                }

                foreach (var item in batch)
                {
                    item.State = RemovalState.Deleting;
                    item.IsRequested = true;
                    item.IsChecked = item.Key.Type != ResourceTypes.Instance;
                }

                _hasChanged = true;
                _calls.Add(DeleteAsync(kind, batch, cancellationToken));
            }
        }

        if (ready.Count == 0)
        {
            CutCircles(cancellationToken);
        }
    }

    /// <summary>
    /// Reads the tags of what is about to be deleted: since it was listed, somebody may have protected it, or claimed it for
    /// something else. Of an instance they are read again before each delete call.
    /// </summary>
    private async Task<Action> CheckAsync(IResourceKind kind, IReadOnlyList<RemovalItem> items, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = (await kind.ListAsync([.. items.Select(item => item.Key.Id)], cancellationToken).ConfigureAwait(false)).ToDictionary(node => node.Key);
            if (!kind.ShowsTags)
            {
                var (key, value) = _context.Selector.ServerTag;
                var tagged = await _region.ListTaggedElsewhereAsync(key, value, cancellationToken).ConfigureAwait(false);
                foreach (var node in tagged.Nodes.Where(node => nodes.ContainsKey(node.Key)))
                {
                    nodes[node.Key] = node;
                }
            }

            return () =>
            {
                foreach (var item in items)
                {
                    item.State = RemovalState.Waiting;
                    item.IsChecked = true;
                    if (!nodes.TryGetValue(item.Key, out var node))
                    {
                        // It may only not be shown yet: what a later listing shows, is asked to go again.
                        item.WasNotFound = true;
                        Accept(item, _context.Clock.GetUtcNow());
                    }
                    else if (!node.Live)
                    {
                        Ended.Add(item.Key);
                        Confirm(item);
                    }
                    else
                    {
                        Reconsider(item, node);
                    }
                }

                _movedAt = _context.Clock.GetUtcNow();
                Graph.Connect();
            };
        }
        catch (SpotException error)
        {
            return () =>
            {
                foreach (var item in items)
                {
                    Refuse(item, error);
                }
            };
        }
    }

    private void Reconsider(RemovalItem item, ResourceNode node)
    {
        var known = item.Node.Resource;
        node.Resource.ClusterName ??= known.ClusterName;
        var isStillManaged = known.Tagged
            ? _context.Selector.Carries(node.Resource)
            : _context.Selector.IsUnclaimed(node.Resource) || !_context.Selector.IsUnclaimed(known);
        if (!isStillManaged)
        {
            item.Belonging = Belonging.Unmanaged;
            item.State = RemovalState.Stays;
            _hasChanged = true;
            Report(item, SpotRemovalOutcome.Skipped, TagsChanged, $"Cannot remove {item.Key.Id} in {Region}: its tags were changed after it was listed, and it is not managed by SpotCluster any more.");
        }
        else if ((_context.Selector.WhyRetained(node.Resource) ?? (_context.Selector.WhyNotSelected(known) is null ? _context.Selector.WhyNotSelected(node.Resource) : null)) is { } kept)
        {
            item.Belonging = Belonging.Retained;
            item.Retained = kept;
            item.State = RemovalState.Stays;
            _hasChanged = true;
            Report(item, SpotRemovalOutcome.Skipped, kept.Code, kept.Reason);
        }
    }

    /// <summary>Groups that name each other in their rules: each waits for the other until the rules are revoked.</summary>
    private void CutCircles(CancellationToken cancellationToken)
    {
        foreach (var item in Graph.Items.Where(item => item.State == RemovalState.Waiting && !item.Released))
        {
            if (!item.Node.Holds.Any(held => held.Type == item.Key.Type))
            {
                continue;
            }

            var circle = Graph.TiedInCircle(item);
            foreach (var member in circle.Where(member => member.State == RemovalState.Waiting && !member.Released && member.Key.Type == item.Key.Type))
            {
                if (_calls.Count < MaxCalls)
                {
                    member.State = RemovalState.Deleting;
                    _hasChanged = true;
                    _calls.Add(ReleaseAsync(member, cancellationToken));
                }
            }
        }
    }

    private async Task<Action> ReleaseAsync(RemovalItem item, CancellationToken cancellationToken)
    {
        try
        {
            var released = await _region.Kinds[item.Key.Type].ReleaseAsync(item.Node, cancellationToken).ConfigureAwait(false);
            return () =>
            {
                item.State = RemovalState.Waiting;
                item.Released = true;
                item.Node = released ?? item.Node;
                Graph.Connect();
            };
        }
        catch (SpotException error)
        {
            return () => Refuse(item, error);
        }
    }

    /// <summary>One delete call; when it was refused as a whole because of one of its ids, each half is tried by itself.</summary>
    private async Task<Action> DeleteAsync(IResourceKind kind, IReadOnlyList<RemovalItem> batch, CancellationToken cancellationToken)
    {
        try
        {
            var refusals = await kind.DeleteAsync(batch.Select(item => item.Node).ToList(), cancellationToken).ConfigureAwait(false);
            return () =>
            {
                var now = _context.Clock.GetUtcNow();
                foreach (var item in batch)
                {
                    if (refusals.TryGetValue(item.Key.Id, out var refusal))
                    {
                        Refuse(item, refusal);
                    }
                    else if (kind.HasEnded(item.Key))
                    {
                        Ended.Add(item.Key);
                        Confirm(item);
                    }
                    else
                    {
                        Accept(item, now);
                    }
                }

                _movedAt = _context.Clock.GetUtcNow();
            };
        }
        catch (SpotException error)
        {
            var meaning = _region.Classify(error);
            if (batch.Count > 1 && meaning is not (RefusalKind.Transient or RefusalKind.Credentials))
            {
                var half = batch.Count / 2;
                var first = DeleteAsync(kind, batch.Take(half).ToList(), cancellationToken);
                var second = DeleteAsync(kind, batch.Skip(half).ToList(), cancellationToken);
                var applyFirst = await first.ConfigureAwait(false);
                var applySecond = await second.ConfigureAwait(false);
                return () =>
                {
                    applyFirst();
                    applySecond();
                };
            }

            if (meaning == RefusalKind.Protected && _context.Selector.Scope.Unprotect)
            {
                return await UnprotectAsync(kind, batch[0], error, cancellationToken).ConfigureAwait(false);
            }

            return () =>
            {
                foreach (var item in batch)
                {
                    Refuse(item, error);
                }
            };
        }
    }

    private async Task<Action> UnprotectAsync(IResourceKind kind, RemovalItem item, SpotException refusal, CancellationToken cancellationToken)
    {
        try
        {
            var lifted = await kind.UnprotectAsync(item.Node, cancellationToken).ConfigureAwait(false);
            return () =>
            {
                // Protection is lifted once; a second refusal is for good.
                if (lifted && !item.Unprotected)
                {
                    item.Unprotected = true;
                    item.State = RemovalState.Waiting;
                }
                else
                {
                    Refuse(item, refusal);
                }
            };
        }
        catch (SpotException error)
        {
            return () => Refuse(item, error);
        }
    }

    private static void Accept(RemovalItem item, DateTimeOffset now)
    {
        item.State = RemovalState.Accepted;
        item.AcceptedAt = now;
        item.Absences = 0;
    }

    private void Refuse(RemovalItem item, SpotException error)
    {
        var now = _context.Clock.GetUtcNow();
        item.Error = error;
        switch (_region.Classify(error))
        {
            case RefusalKind.NotFound:
                // Not proof: a machine that has just been launched is not found either, and runs.
                item.WasNotFound = true;
                Accept(item, now);
                break;
            case RefusalKind.InUse when item.Refusals >= MostUnexplainedRefusals:
                // Whatever holds it, no listing shows it: it has no chance until somebody finds it.
                item.State = RemovalState.Refused;
                break;
            case RefusalKind.InUse:
                _suspects.Add(item.Key);
                Retry(item, now);
                break;
            case RefusalKind.Transient:
                Retry(item, now);
                break;
            case RefusalKind.Credentials:
                Fatal ??= error;
                item.State = RemovalState.Waiting;
                break;
            default:
                item.State = RemovalState.Refused;
                break;
        }
    }

    private static void Retry(RemovalItem item, DateTimeOffset now)
    {
        item.State = RemovalState.Waiting;
        item.RetryAt = now + RetryPauses[Math.Min(item.Refusals++, RetryPauses.Length - 1)];
    }

    /// <summary>When something that is on its way out, outstays its carrier, or is to be tried again is to be looked at; null for nothing.</summary>
    private DateTimeOffset? NextLookAt()
    {
        var times = Graph.Items.Where(IsGoing).GroupBy(item => item.Key.Type, StringComparer.Ordinal).Select(DueAt).ToList();
        if (_suspects.Count > 0 || Graph.Items.Any(item => item.State == RemovalState.Waiting && !IsHeldBack(item) && !IsGoing(item) && !Graph.OpenParents(item).Any()))
        {
            var now = _context.Clock.GetUtcNow();
            times.Add(now + PollPace.Quick.After(now - _movedAt));
        }

        return times.Count == 0 ? null : times.Min();
    }

    private DateTimeOffset DueAt(IGrouping<string, RemovalItem> going)
    {
        var since = going.Max(item => item.State == RemovalState.Accepted ? item.AcceptedAt : item.FreeSince ?? _movedAt);
        var from = _lookedAt.TryGetValue(going.Key, out var looked) && looked > since ? looked : since;
        return from + _region.Kinds[going.Key].Pace.After(from - since);
    }

    private bool IsHeldBack(RemovalItem item) =>
        LeavesNetworks && item.Key.Type != ResourceTypes.Instance && _region.Kinds[item.Key.Type].InVpc != VpcListing.None;

    private bool IsGoing(RemovalItem item) =>
        (item.State == RemovalState.Accepted && !_region.Kinds[item.Key.Type].DeletesAtOnce)
        || (item.State == RemovalState.Waiting && !IsHeldBack(item) && Graph.IsTaken(item) && !Graph.OpenParents(item).Any());

    /// <summary>Pauses until the next look, or ends the pause where nothing is left to wait for or something is due before.</summary>
    private void PauseUntil(DateTimeOffset? next, CancellationToken cancellationToken)
    {
        if (_pause is not null && next >= _pauseEndsAt)
        {
            return;
        }

        EndPause();
        if (next is { } end)
        {
            Report();
            _pauseEndsAt = end < _context.Limit.Deadline ? end : _context.Limit.Deadline;
            _pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _calls.Add(PauseAsync(_pauseEndsAt - _context.Clock.GetUtcNow(), _pause.Token, cancellationToken));
        }
    }

    private void EndPause()
    {
        _pause?.Cancel();
        _pause?.Dispose();
        _pause = null;
    }

    private async Task<Action> PauseAsync(TimeSpan pause, CancellationToken end, CancellationToken cancellationToken)
    {
        try
        {
            // A delay is cut to whole milliseconds, and would end too early.
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(pause.TotalMilliseconds, 0))), _context.Clock, end).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return () => { };
        }

        return () =>
        {
            EndPause();
            Look(cancellationToken);
        };
    }

    /// <summary>One listing for each kind of what is going and is due, and a second look at what refused to go.</summary>
    private void Look(CancellationToken cancellationToken)
    {
        var now = _context.Clock.GetUtcNow();
        foreach (var group in Graph.Items.Where(IsGoing).GroupBy(item => item.Key.Type, StringComparer.Ordinal).Where(group => DueAt(group) <= now).ToList())
        {
            _lookedAt[group.Key] = now;
            _calls.Add(ListAsync(_region.Kinds[group.Key], group.ToList(), cancellationToken));
        }

        var suspects = _suspects.Select(Graph.Find).OfType<RemovalItem>().Where(item => item.State == RemovalState.Waiting).Select(item => item.Node).ToList();
        _suspects.Clear();
        _searched.UnionWith(suspects.Select(node => node.Key));
        if (suspects.Count > 0)
        {
            _calls.Add(FindHoldersAsync(suspects, cancellationToken));
        }
    }

    private async Task<Action> FindHoldersAsync(IReadOnlyList<ResourceNode> suspects, CancellationToken cancellationToken)
    {
        var scan = await _scanner.FindHoldersAsync(suspects, cancellationToken).ConfigureAwait(false);
        return () =>
        {
            foreach (var gone in scan.Gone.Select(Graph.Find).OfType<RemovalItem>().Where(item => item.State == RemovalState.Waiting))
            {
                Accept(gone, _context.Clock.GetUtcNow());
            }

            _searched.ExceptWith(suspects.Select(node => node.Key));
            Merge(scan with { Resources = [.. scan.Resources.Select(InContext)] });
            _context.Allowance.Apply(Region, Graph);
        };
    }

    /// <summary>
    /// An untagged part of something that has ended or was not listed this time is still what the whole listing showed it to
    /// be, as long as no tag claims it for somebody else and nothing else has taken it meanwhile.
    /// </summary>
    private ScannedResource InContext(ScannedResource found)
    {
        var resource = found.Node.Resource;
        if (found.Belonging != Belonging.Unmanaged || !_context.Selector.IsUnclaimed(resource)
            || Graph.Find(found.Node.Key) is not { Belonging: Belonging.Managed, Node.Resource.Tagged: false } known
            || found.Node.After.Except(known.Node.After).Any())
        {
            return found;
        }

        (resource.Managed, resource.UnmanagedReason) = (known.Node.Resource.Managed, known.Node.Resource.UnmanagedReason);
        return found with { Belonging = Belonging.Managed, Unmanaged = known.Unmanaged };
    }

    private async Task<Action> ListAsync(IResourceKind kind, IReadOnlyList<RemovalItem> items, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = await kind.ListAsync(items.Select(item => item.Key.Id).ToList(), cancellationToken).ConfigureAwait(false);
            var live = nodes.Where(node => node.Live).ToDictionary(node => node.Key);
            var dead = new HashSet<ResourceKey>(nodes.Where(node => !node.Live).Select(node => node.Key));
            return () =>
            {
                Ended.UnionWith(dead);
                foreach (var item in items.Where(item => !item.IsDone))
                {
                    if (live.TryGetValue(item.Key, out var node))
                    {
                        item.Absences = 0;
                        if (item.WasNotFound && item.State == RemovalState.Accepted)
                        {
                            // "Not found" was a copy that lagged behind: it lives, so it is asked to go again.
                            item.WasNotFound = false;
                            Retry(item, _context.Clock.GetUtcNow());
                        }
                    }
                    else if (dead.Contains(item.Key) || ++item.Absences >= (item.WasNotFound ? 2 : 1))
                    {
                        Confirm(item);
                        _movedAt = _context.Clock.GetUtcNow();
                    }
                }

                Graph.Connect();
            };
        }
        catch (SpotException error)
        {
            return () =>
            {
                _context.Host.Verbose($"{Region}: cannot list {kind.Type}, retrying: {error.Message}");
                if (_region.Classify(error) == RefusalKind.Credentials)
                {
                    Fatal ??= error;
                }
            };
        }
    }

    private void Report()
    {
        var ours = Graph.Items.Where(item => item.Belonging == Belonging.Managed).ToList();
        var waiting = ours.Where(IsGoing).GroupBy(item => item.Key.Type, StringComparer.Ordinal).Select(group => $"{group.Count()} {group.Key}{(group.Count() == 1 || group.Key.EndsWith('s') ? "" : "s")}").ToList();
        var status = waiting.Count == 0 ? "Retrying" : $"Waiting for {string.Join(", ", waiting)}";
        _context.Report(status, Region, ours.Count(item => item.State is RemovalState.Gone or RemovalState.Accepted), ours.Count);
    }

    private void Report(RemovalItem item, SpotRemovalOutcome outcome, string? code = null, string? reason = null, string? blockedBy = null)
    {
        // What was named as blocked and stays has that outcome; only its end is another one.
        if (item.IsNamedBlocked && outcome is not (SpotRemovalOutcome.Removed or SpotRemovalOutcome.AlreadyGone))
        {
            return;
        }

        item.Told = true;
        item.IsNamedBlocked = false;
        _context.OnRemoval(new SpotRemoval
        {
            Id = item.Key.Id,
            Provider = _region.Provider,
            Type = item.Key.Type,
            AccountId = _context.Selector.AccountId,
            ClusterName = item.Node.Resource.ClusterName,
            Region = Region,
            Name = item.Node.Resource.Name,
            Outcome = outcome,
            Code = code,
            Reason = reason,
            BlockedBy = blockedBy,
            Elapsed = _context.Elapsed,
        });
    }

    private void Report(string errorId, SpotErrorCategory category, RemovalItem item, string reason, string code, SpotException? cause, string? advice) =>
        _context.Host.Error(new SpotException(errorId, category, reason, cause)
        {
            Target = item.Key.Id,
            Region = Region,
            ServiceCode = code,
            RequestId = cause?.RequestId,
            RecommendedAction = advice,
        });

    private static string Describe(RemovalItem blocker)
    {
        var resource = blocker.Node.Resource;
        var name = resource.Name is { Length: > 0 } given && given != resource.Id ? $" '{given}'" : "";
        var why = blocker.Unmanaged?.Reason ?? (blocker.Node.Owner is { } owner ? $"managed by {owner}"
            : blocker.Belonging == Belonging.Unmanaged ? "not managed by SpotCluster" : null);
        return $"{blocker.Key.Type} {blocker.Key.Id}{name}{(why is null ? "" : $" ({why})")}";
    }

    private static string Advice(RemovalItem blocker) => blocker.Belonging != Belonging.Unmanaged ? $"See the error about {blocker.Key.Id} first."
        : blocker.Unmanaged?.Option is { } option ? $"Remove {blocker.Key.Id} or use {option}, then run the same command again."
        : $"Remove {blocker.Key.Id}, then run the same command again.";
}
