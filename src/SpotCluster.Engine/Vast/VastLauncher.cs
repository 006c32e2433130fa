using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Launches a cluster by price. A machine that does not start is destroyed and replaced from the next offer, and its host
/// is not tried again. When the launch ends, whatever way, no machine of it is left that does not run.
/// </summary>
internal sealed class VastLauncher(
    VastOfferSearch search,
    VastDirectory directory,
    RentJournal journal,
    VastRenter renter,
    VastRemover remover,
    TimeProvider clock,
    Func<string> random)
{
    public async Task<Cluster> LaunchAsync(RentalClusterRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        Check(request);
        var start = clock.GetUtcNow();
        var run = new Run(request, host);
        using var intent = await OpenAsync(run, cancellationToken).ConfigureAwait(false);
        try
        {
            await renter.EnsureKeysAsync(request.PublicKeys, host, cancellationToken).ConfigureAwait(false);
            await FillAsync(run, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SpotException or OperationCanceledException)
        {
            // Also when the user has stopped waiting: what does not run yet would be billed unseen.
            await DestroyPendingAsync(run).ConfigureAwait(false);
            intent.Complete();
            if (run.Running.Count > 0)
            {
                host.Warning($"{run.Running.Count} running in cluster '{request.Name}': {string.Join(", ", run.Running.Keys)}.");
            }

            throw;
        }

        intent.Complete();
        return Result(run, start);
    }

    private async Task<RentIntent> OpenAsync(Run run, CancellationToken cancellationToken)
    {
        var request = run.Request;
        var description = "launch|" + request.Name;
        run.User = await directory.TryGetUserAsync(run.Host, cancellationToken).ConfigureAwait(false);

        // A machine of an interrupted launch is taken over first, so that none is rented twice.
        while (await renter.TakeOverAsync(Description(request), run.Host, cancellationToken).ConfigureAwait(false) is { } taken)
        {
            run.Host.Verbose($"Resuming with instance {taken.Key} of the interrupted launch.");
        }

        RentIntent? resumed = null;
        foreach (var intent in journal.TakeAbandoned(SilentHost.Instance))
        {
            if (resumed is null
                && intent.Entry.Request == description
                && await directory.IsOfThisAccountAsync(intent.Entry, run.Host, cancellationToken).ConfigureAwait(false))
            {
                resumed = intent;
            }
            else
            {
                intent.Dispose();
            }
        }

        try
        {
            var machines = (await directory.ListAsync(run.Host, cancellationToken).ConfigureAwait(false)).Whole;
            var existing = machines.Where(machine => string.Equals(machine.Label?.ClusterName, request.Name, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (existing.Length > 0 && resumed is null)
            {
                throw new SpotException(
                    SpotErrorIds.ClusterNameInUse, SpotErrorCategory.AlreadyExists,
                    $"Cluster '{existing[0].Label!.ClusterName}' already exists at Vast.ai, with {existing.Length} {(existing.Length == 1 ? "instance" : "instances")}.")
                {
                    Target = request.Name,
                    RecommendedAction = "Choose another name, or remove that cluster first.",
                };
            }

            foreach (var machine in existing)
            {
                run.Pending[machine.Id] = new Node(clock.GetUtcNow() + request.StartTimeout, machine.HostMachine);
            }
        }
        catch
        {
            resumed?.Dispose();
            throw;
        }

        return resumed ?? journal.Begin(new RentEntry
        {
            Label = new VastLabel(request.Name, "").Text,
            Request = description,
            Endpoint = directory.Endpoint,
            AccountId = run.User?.Id,
            StartedAt = clock.GetUtcNow(),
            Launch = request.Name,
            Wanted = request.Count,
        });
    }

    private async Task FillAsync(Run run, CancellationToken cancellationToken)
    {
        while (true)
        {
            var missing = run.Request.Count - run.Running.Count - run.Pending.Count;
            if (missing > 0 && !run.Exhausted)
            {
                await RentMissingAsync(run, missing, cancellationToken).ConfigureAwait(false);
            }

            if (run.Pending.Count == 0)
            {
                return;
            }

            await LookAsync(run, cancellationToken).ConfigureAwait(false);
            if (run.Pending.Count > 0)
            {
                run.Host.Progress(new OperationProgress(
                    $"Launching {run.Request.Name}",
                    $"waiting until {string.Join(", ", run.Pending.Keys.Take(5))} {(run.Pending.Count == 1 ? "runs" : "run")}, at most until {run.Pending.Values.Max(node => node.Deadline):HH:mm:ss} UTC",
                    run.Running.Count,
                    run.Request.Count)
                {
                    IsWait = true,
                });
                await clock.Delay(VastWaiter.BetweenLooks, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // One search, then offer after offer from the cheapest; what it finds gone it passes over.
    private async Task RentMissingAsync(Run run, int missing, CancellationToken cancellationToken)
    {
        var request = run.Request;
        await foreach (var offer in search.FindAsync(request.Offers, run.Host, cancellationToken).ConfigureAwait(false))
        {
            if (run.TriedOffers.Contains(offer.Integer("id")!.Value) || (offer.Integer("machine_id") is { } place && run.BadHosts.Contains(place)))
            {
                continue;
            }

            if (missing == 0)
            {
                return;
            }

            if (run.Attempts >= request.MostAttempts)
            {
                run.Host.Warning($"{run.Attempts} offers were tried, which is the limit of one launch; the others are skipped.");
                break;
            }

            run.Attempts++;
            var offerId = offer.Integer("id")!.Value;
            run.TriedOffers.Add(offerId);
            run.Host.Progress(new OperationProgress(
                $"Launching {request.Name}", $"renting offer {offerId}", run.Running.Count, request.Count, offer.Text("gpu_name")));
            try
            {
                var instance = await RentAsync(run, offer, cancellationToken).ConfigureAwait(false);
                run.Pending[long.Parse(instance.Id, System.Globalization.CultureInfo.InvariantCulture)] =
                    new Node(clock.GetUtcNow() + request.StartTimeout, offer.Integer("machine_id"));
                missing--;
            }
            catch (SpotException error) when (error.ErrorId
                is SpotErrorIds.OfferTaken or SpotErrorIds.SpotMaxPriceTooLow or SpotErrorIds.HourlyCostExceeded or SpotErrorIds.ServiceFailed
                or SpotErrorIds.EndpointUnreachable or SpotErrorIds.RequestRefused)
            {
                run.LastError = error;
                run.Host.Verbose($"Offer {offerId} was skipped: {error.Message}");
            }
            catch (SpotException error) when (error.ErrorId == SpotErrorIds.SpendRateLimited)
            {
                // Offers go from cheap to dear, so no later one can help.
                run.LastError = error;
                break;
            }
        }

        run.Exhausted = missing > 0;
    }

    private Task<SpotInstance> RentAsync(Run run, JObject offer, CancellationToken cancellationToken)
    {
        var request = run.Request;
        var one = new RentRequest
        {
            OfferId = offer.Text("id")!,
            Image = request.Image,
            DiskGB = request.Offers.DiskGB,
            ClusterName = request.Name,
            OnDemand = request.Offers.OnDemand,
            MaxHourlyPrice = request.Offers.MaxHourlyPrice,
            RequiredHours = request.RequiredHours,
            Environment = request.Environment,
            OnStart = request.OnStart,
            Ports = request.Ports,
            ImageLogin = request.ImageLogin,
            TemplateHash = request.TemplateHash,
            ExpiresIn = request.ExpiresIn,
            MaxIdle = request.MaxIdle,
        };
        var label = VastLabel.New(request.Name, null, random) with { LeaseEndsAt = directory.Time.GetUtcNow() + request.Lease };
        return renter.RentAsync(one, offer, run.User, label, Description(request), run.Host, cancellationToken);
    }

    // One listing tells of all machines. What will not run is destroyed, so that another takes its place.
    private async Task LookAsync(Run run, CancellationToken cancellationToken)
    {
        var listing = await directory.ListAsync(run.Host, cancellationToken).ConfigureAwait(false);
        var machines = listing.Machines.ToDictionary(machine => machine.Id);
        var now = clock.GetUtcNow();
        foreach (var (id, (node, _)) in run.Running.ToArray())
        {
            // The launch may take long enough for a machine that ran to be outbid: it has to run when the launch ends.
            var isThere = machines.TryGetValue(id, out var machine);
            if (isThere ? directory.ToInstance(machine!).State != SpotInstanceState.Running : listing.Incomplete is null)
            {
                run.Running.Remove(id);
                run.Pending[id] = node;
            }
        }

        foreach (var (id, (node, _)) in run.Running.ToArray())
        {
            if (machines.TryGetValue(id, out var machine) && VastRenter.TooDear(machine, run.Request.Offers.MaxHourlyPrice) is { } tooDear)
            {
                run.Running.Remove(id);
                await GiveUpAsync(run, id, node, tooDear, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach (var (id, node) in run.Pending.ToArray())
        {
            var late = now >= node.Deadline;
            if (!machines.TryGetValue(id, out var machine))
            {
                if (late && listing.Incomplete is null)
                {
                    run.Pending.Remove(id);
                }

                continue;
            }

            var instance = directory.ToInstance(machine);
            if (VastRenter.TooDear(machine, run.Request.Offers.MaxHourlyPrice) is { } tooDear)
            {
                await GiveUpAsync(run, id, node, tooDear, cancellationToken).ConfigureAwait(false);
            }
            else if (instance.State == SpotInstanceState.Running)
            {
                run.Pending.Remove(id);
                run.Running[id] = (node, instance);
                run.Host.Progress(new OperationProgress(
                    $"Launching {run.Request.Name}", $"{instance.Id} is running", run.Running.Count, run.Request.Count, instance.Region));
            }
            else if (VastWaiter.Failure(instance) is { } failure)
            {
                await GiveUpAsync(run, id, node, failure, cancellationToken).ConfigureAwait(false);
            }
            else if (late)
            {
                await GiveUpAsync(
                    run,
                    id,
                    node,
                    new SpotException(SpotErrorIds.WaitTimedOut, SpotErrorCategory.Timeout, $"Instance {id} did not start in time ({instance.StateReason}).")
                    {
                        Target = instance.Id,
                    },
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task GiveUpAsync(Run run, long id, Node node, SpotException reason, CancellationToken cancellationToken)
    {
        run.Host.Warning(reason.Message + " It is destroyed, and another offer is tried.");
        run.LastError = reason;
        if (node.HostMachine is { } machine)
        {
            run.BadHosts.Add(machine);
        }

        await DestroyAsync(run, id, cancellationToken).ConfigureAwait(false);
        run.Pending.Remove(id);
    }

    private async Task DestroyPendingAsync(Run run)
    {
        foreach (var id in run.Pending.Keys.ToArray())
        {
            await DestroyAsync(run, id, CancellationToken.None).ConfigureAwait(false);
            run.Pending.Remove(id);
        }
    }

    private async Task DestroyAsync(Run run, long id, CancellationToken cancellationToken)
    {
        try
        {
            await remover.DestroyOneAsync(id, run.Host, cancellationToken).ConfigureAwait(false);
            run.Host.Verbose($"Instance {id} did not start and was destroyed.");
        }
        catch (SpotException failure)
        {
            run.Host.Error(new SpotException(
                SpotErrorIds.InstanceNotRemoved, failure.Category, $"Cannot destroy instance {id}, which did not start and is billed: {failure.Message}", failure)
            {
                Target = id.ToString(System.Globalization.CultureInfo.InvariantCulture),
                RecommendedAction = $"Destroy instance {id}.",
            });
        }
    }

    private static Cluster Result(Run run, DateTimeOffset start)
    {
        var request = run.Request;
        var running = run.Running.Values.Select(running => running.Instance).ToArray();
        if (running.Length == 0)
        {
            throw new SpotException(
                SpotErrorIds.ClusterNotLaunched, SpotErrorCategory.Unavailable,
                $"Cannot rent any instance of cluster '{request.Name}': " + (run.LastError?.Message ?? "no offer matches."), run.LastError)
            {
                Target = request.Name,
                ServiceCode = run.LastError?.ServiceCode,
                RecommendedAction = run.LastError?.RecommendedAction ?? "Allow a higher price, another GPU or more places.",
            };
        }

        if (running.Length < request.Count)
        {
            run.Host.Error(new SpotException(
                SpotErrorIds.ClusterPartial, SpotErrorCategory.Unavailable,
                $"Cluster '{request.Name}' has {running.Length} of {request.Count} instances: " + (run.LastError?.Message ?? "no more offers match."), run.LastError)
            {
                Target = request.Name,
                ServiceCode = run.LastError?.ServiceCode,
            });
        }

        var cluster = ClusterSummary.Build(SpotProvider.Vast, running, [], complete: true, NodeView.NotConfigured).Single();
        cluster.Wanted = request.Count;
        cluster.State = running.Length < request.Count ? SpotClusterState.Partial : SpotClusterState.Running;
        cluster.AccountId ??= run.User?.Id;
        cluster.CreatedAt ??= start;
        return cluster;
    }

    private static string Description(RentalClusterRequest request) => "node|" + request.Name;

    private static void Check(RentalClusterRequest request)
    {
        _ = VastLabel.New(request.Name, null, () => "");
        VastRenter.CheckMachine(request.Image, request.Offers.DiskGB);
        VastPorts.Check(request.Ports);
        VastRenter.CheckLifetime(request.ExpiresIn, request.MaxIdle);
        if (request.Count < 1)
        {
            throw new SpotException(SpotErrorIds.CountInvalid, SpotErrorCategory.InvalidArgument, $"The count {request.Count} is below 1.")
            {
                Target = request.Count,
            };
        }

        if (request.Offers.MaxHourlyPrice is null or <= 0)
        {
            throw new SpotException(
                SpotErrorIds.PriceInvalid, SpotErrorCategory.InvalidArgument, "A maximum price per instance is required for a launch at Vast.ai.");
        }
    }

    private sealed record Node(DateTimeOffset Deadline, long? HostMachine);

    private sealed class Run(RentalClusterRequest request, IOperationHost host)
    {
        public RentalClusterRequest Request { get; } = request;

        public IOperationHost Host { get; } = host;

        public VastUser? User { get; set; }

        public Dictionary<long, Node> Pending { get; } = [];

        public Dictionary<long, (Node Node, SpotInstance Instance)> Running { get; } = [];

        public HashSet<long> TriedOffers { get; } = [];

        public HashSet<long> BadHosts { get; } = [];

        public int Attempts { get; set; }

        public bool Exhausted { get; set; }

        public SpotException? LastError { get; set; }
    }
}
