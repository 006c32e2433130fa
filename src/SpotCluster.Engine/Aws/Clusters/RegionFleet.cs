using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Journal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>The launch of one region: its network, its fleets, its machines.</summary>
internal sealed class RegionFleet(
    IAwsSession session,
    LaunchSpec spec,
    AwsRegionCheck check,
    LaunchTags tags,
    IJournalRun run,
    UnavailablePools unavailable,
    IOperationHost host)
{
    /// <summary>A token older than this has been answered or lost: AWS is only asked for what exists.</summary>
    private static readonly TimeSpan TokenAge = TimeSpan.FromHours(1);

    private static readonly TimeSpan RetryTime = TimeSpan.FromMinutes(2);
    private const int MostOverrides = 250;

    // With launch alone the old instance would run, and be billed, until it is interrupted, which may be never.
    private static readonly FleetSpotMaintenanceStrategiesRequest Rebalance = new()
    {
        CapacityRebalance = new FleetSpotCapacityRebalanceRequest { ReplacementStrategy = "launch-before-terminate", TerminationDelay = 120 },
    };


    private readonly IEc2Client _ec2 = session.Ec2(check.Region);
    private readonly CreateOnce _once = new(session.Clock);
    private readonly HashSet<string> _machines = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Type, string Zone), Pool> _pools = [];
    private LaunchNetwork? _building;
    private Network? _network;
    private int _unanswered;
    private IReadOnlyList<LaunchTemplate> _templates = [];

    public string Region => check.Region;

    /// <summary>True when the machines join a cluster that is there: its networks and its template are used as they are.</summary>
    private bool IsJoined => run.Entry.Stem is not null;

    /// <summary>What exists, in one line; null when nothing does.</summary>
    public string? DescribeCreated()
    {
        var parts = new List<string>(_building?.Created ?? []);
        lock (_machines)
        {
            if (_machines.Count > 0)
            {
                parts.Add($"{PriceRules.Instances(_machines.Count)} ({string.Join(", ", _machines.Take(5))}{(_machines.Count > 5 ? ", ..." : "")})");
            }
        }

        if (Volatile.Read(ref _unanswered) > 0)
        {
            parts.Add("an unanswered request for instances");
        }

        return parts.Count == 0 ? null : $"{check.Region}: {string.Join(", ", parts)}";
    }

    /// <inheritdoc cref="IClusterLaunch.FillAsync"/>
    public async Task<FillResult> FillAsync(FillOrder order, CancellationToken cancellationToken)
    {
        // Where every pool was empty a moment ago, no network is built for nothing.
        var filling = new Filling(order);
        filling.LeaveOut(pool => unavailable.Find(order.Lifecycle, pool));
        if (filling.Pools.Count == 0)
        {
            return new FillResult([], filling.Shortfall);
        }

        try
        {
            var network = await NetworkAsync(order.Pools, adopt: IsJoined, cancellationToken).ConfigureAwait(false);
            filling.Keep(pool => network.SubnetByZone.ContainsKey(pool.Zone));
            await AskAsync(filling, network, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException failure)
        {
            // What an earlier call has brought stays counted, or it would be launched a second time elsewhere.
            filling.Shortfall = LaunchErrors.ToShortfall(failure);
        }

        var looking = LookForRivalsAsync(cancellationToken);
        var machines = await SeeAsync(filling.Got, cancellationToken).ConfigureAwait(false);
        await looking.ConfigureAwait(false);
        await RemoveDoublesAsync(cancellationToken).ConfigureAwait(false);
        return new FillResult(machines, filling.Shortfall ?? FailedAtLaunch(machines));
    }

    /// <summary>
    /// Other launches of the cluster in this region, and whether the cloud made their launch template before that of this
    /// one: by its time, and within the same second by its id. A template that is not visible counts as the later one.
    /// </summary>
    public IEnumerable<(EarlierLaunch Rival, bool IsEarlier, bool IsSameSecond)> Rivals()
    {
        var own = Templates(run.Entry.Run).FirstOrDefault();
        return _templates.Select(RunOf).OfType<string>().Distinct(StringComparer.Ordinal).Where(other => other != run.Entry.Run).Select(other =>
        {
            var theirs = Templates(other).First();
            return (
                new EarlierLaunch(other, check.Region, theirs.CreateTime),
                own is null || Compare(theirs, own) < 0,
                own is not null && Second(theirs) == Second(own));
        });

        static int Compare(LaunchTemplate one, LaunchTemplate other) => Nullable.Compare(one.CreateTime, other.CreateTime) is var order and not 0
            ? order
            : string.CompareOrdinal(one.LaunchTemplateId, other.LaunchTemplateId);

        static long? Second(LaunchTemplate template) => ((DateTimeOffset?)template.CreateTime)?.ToUnixTimeSeconds();

        IEnumerable<LaunchTemplate> Templates(string token) => _templates.Where(template => RunOf(template) == token)
            .OrderBy(template => template.CreateTime).ThenBy(template => template.LaunchTemplateId, StringComparer.Ordinal);
    }

    private static string? RunOf(LaunchTemplate template) => template.Tags.Find(tag => tag.Key == TagKeys.Run)?.Value;

    /// <summary>
    /// After the own template was made, so that of two launches at the same moment at least the later one sees the other.
    /// Machines that are added to a cluster use its template, and have no rival.
    /// </summary>
    public async Task LookForRivalsAsync(CancellationToken cancellationToken)
    {
        if (IsJoined)
        {
            return;
        }

        try
        {
            _templates = await new RunResources(_ec2, TagKeys.Cluster, spec.Name).TemplatesAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException failure)
        {
            host.Warning($"Cannot check for another launch of cluster '{spec.Name}' in {check.Region}: {failure.Message}");
        }
    }

    private async Task RemoveDoublesAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _building!.RemoveDoublesAsync(host, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException failure)
        {
            host.Verbose($"Cannot search {check.Region} for resources of unanswered calls; the removal will find them: {failure.Message}");
        }
    }

    /// <inheritdoc cref="IClusterLaunch.SettleAsync"/>
    public async Task<IReadOnlyList<SpotInstance>> SettleAsync(CancellationToken cancellationToken)
    {
        var planned = run.Entry.Regions.First(region => region.Region == check.Region).Pools;
        var calls = run.Entry.Calls.Where(call => call.Region == check.Region).ToList();

        // Even without a call for machines its network may have been begun.
        var network = await NetworkAsync(planned, adopt: true, cancellationToken).ConfigureAwait(false);
        if (calls.Count == 0)
        {
            return [];
        }

        var got = new Dictionary<string, SpotInstance>(StringComparer.Ordinal);
        foreach (var call in calls.Where(call => session.Clock.GetUtcNow() - call.At < TokenAge))
        {
            await RepeatAsync(call, network, got, cancellationToken).ConfigureAwait(false);
        }

        foreach (var machine in await SeeAsync(got, cancellationToken).ConfigureAwait(false))
        {
            got[machine.Id] = machine;
        }

        // The tag is that of the whole cluster; only the machines of an own run are told by it.
        if (IsJoined)
        {
            return [.. got.Values];
        }

        foreach (var instance in await new RunResources(_ec2, TagKeys.Run, run.Entry.Run).InstancesAsync(cancellationToken).ConfigureAwait(false))
        {
            got[instance.InstanceId] = ToMachine(instance);
        }

        return [.. got.Values];
    }

    private async Task<Network> NetworkAsync(IReadOnlyList<Pool> pools, bool adopt, CancellationToken cancellationToken)
    {
        Remember(pools);
        var zones = pools.Select(pool => pool.Zone).Distinct(StringComparer.Ordinal).OrderBy(zone => zone, StringComparer.Ordinal).ToList();
        if (_network is { } known && zones.Any(known.SubnetByZone.ContainsKey))
        {
            return known;
        }

        _building = new LaunchNetwork(_ec2, spec, check, tags, run.Entry.Run, Template(), _once, IsJoined);
        return _network = await _building.BuildAsync(zones, adopt, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsShown(string key) => key is not ("." or ".." or "_index") && key.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') || "+-=.,_:@".Contains(c));

    /// <summary>The same for every call of the run: it is made of the plan, not of the order.</summary>
    private RequestLaunchTemplateData Template()
    {
        var first = run.Entry.Regions.First(region => region.Region == check.Region).Pools[0];
        return new RequestLaunchTemplateData
        {
            ImageId = check.Image.For(first.Architecture),
            InstanceType = first.InstanceType,
            KeyName = spec.PublicKey is null ? null : tags.UniqueName,
            UserData = spec.UserData,
            IamInstanceProfile = spec.InstanceProfile is not { } profile ? null
                : profile.StartsWith("arn:", StringComparison.Ordinal) ? new LaunchTemplateIamInstanceProfileSpecificationRequest { Arn = profile }
                : new LaunchTemplateIamInstanceProfileSpecificationRequest { Name = profile },
            InstanceInitiatedShutdownBehavior = "terminate",
            MetadataOptions = new LaunchTemplateInstanceMetadataOptionsRequest
            {
                HttpTokens = "required",
                HttpPutResponseHopLimit = 1,
                HttpEndpoint = "enabled",

                // The machine reads its expiry there. Keys of other tags that the metadata service cannot show would forbid the launch.
                InstanceMetadataTags = spec.ExpiresAt is not null && tags.For("instance")[0].Tags.TrueForAll(tag => IsShown(tag.Key)) ? "enabled" : null,
            },
            BlockDeviceMappings = check.Image.RootDevice is { } root
                ?
                [
                    new LaunchTemplateBlockDeviceMappingRequest
                    {
                        DeviceName = root,
                        Ebs = new LaunchTemplateEbsBlockDeviceRequest { VolumeType = LaunchImage.RootType, Encrypted = true, DeleteOnTermination = true },
                    },
                ]
                : [],
            TagSpecifications = tags.ForTemplate("instance", "volume", "network-interface", "spot-instances-request"),
        };
    }

    /// <summary>Asks for machines until they are there, no pool is left, or something else than capacity is wrong.</summary>
    private async Task AskAsync(Filling filling, Network network, CancellationToken cancellationToken)
    {
        var deadline = session.Clock.GetUtcNow() + RetryTime;
        var pause = TimeSpan.FromSeconds(1);
        while (filling.Missing > 0 && filling.Pools.Count > 0)
        {
            var call = run.Record(check.Region, filling.Missing, filling.Order.Lifecycle, filling.Pools);
            var step = LaunchReaction.NextPool;
            try
            {
                var answer = await SendAsync(call, network, cancellationToken).ConfigureAwait(false);
                step = Read(answer, filling, network);
            }
            catch (SpotException failure) when (LaunchErrors.Of(failure.ServiceCode) == LaunchReaction.NextPool)
            {
                // The whole request was refused for one of its pools, and which one is not said: none is asked again.
                filling.Fail(filling.Pools, LaunchErrors.ToShortfall(failure));
            }

            if (step is LaunchReaction.NextRegion or LaunchReaction.Setup)
            {
                return;
            }

            if (step == LaunchReaction.Retry && filling.Missing > 0)
            {
                if (session.Clock.GetUtcNow() + pause >= deadline)
                {
                    return;
                }

                await session.Clock.PauseAsync(pause, cancellationToken).ConfigureAwait(false);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.FromSeconds(15).Ticks));
            }
        }

        if (filling.Missing == 0)
        {
            filling.Shortfall = null;
        }
    }

    /// <summary>Takes the machines of an answer and learns from its errors. HTTP 200 may bring both.</summary>
    private LaunchReaction Read(CreateFleetResponse answer, Filling filling, Network network)
    {
        Take(answer, filling.Order.Lifecycle, filling.Got);
        var worst = LaunchReaction.NextPool;
        foreach (var error in answer.Errors)
        {
            var step = LaunchErrors.Of(error.ErrorCode, error.ErrorMessage);
            var shortfall = LaunchErrors.ToShortfall(LaunchErrors.KindOf(step), error.ErrorCode ?? "Unknown", error.ErrorMessage ?? "EC2 returned no reason.");
            var pools = PoolsOf(error, filling.Pools, network);
            if (step == LaunchReaction.NextPool)
            {
                foreach (var pool in pools)
                {
                    unavailable.Add(filling.Order.Lifecycle, pool, shortfall.Code);
                }
            }

            if (step is LaunchReaction.NextPool or LaunchReaction.UserChoice)
            {
                filling.Fail(pools, shortfall);
            }
            else
            {
                worst = step > worst ? step : worst;
                filling.Explain(shortfall);
            }
        }

        if (filling.Missing > 0 && answer.Errors.Count == 0)
        {
            filling.Fail(filling.Pools, new Shortfall(ShortfallKind.Capacity, "UnfulfillableCapacity", "EC2 launched fewer instances than requested, without a reason."));
        }

        return filling.Missing == 0 ? LaunchReaction.NextPool
            : answer.Errors.Any(error => LaunchErrors.Of(error.ErrorCode) == LaunchReaction.Setup) ? LaunchReaction.Setup
            : answer.Errors.Any(error => LaunchErrors.Of(error.ErrorCode) == LaunchReaction.NextRegion) ? LaunchReaction.NextRegion
            : worst;
    }

    /// <summary>The pools that an error is about: those of its type and zone, as far as it names them.</summary>
    private static List<Pool> PoolsOf(CreateFleetError error, IReadOnlyList<Pool> pools, Network network)
    {
        var about = error.LaunchTemplateAndOverrides?.Overrides;
        return
        [
            .. pools.Where(pool =>
                (about?.InstanceType is null || about.InstanceType == pool.InstanceType)
                && (about?.SubnetId is null || about.SubnetId == network.SubnetByZone[pool.Zone])
                && (about?.AvailabilityZone is null || about.AvailabilityZone == pool.Zone)),
        ];
    }

    /// <summary>Sends a call of the journal again. The same token gives the same answer and no second machine.</summary>
    private async Task RepeatAsync(JournalCall call, Network network, Dictionary<string, SpotInstance> got, CancellationToken cancellationToken)
    {
        if (call.Pools.Any(pool => !network.SubnetByZone.ContainsKey(pool.Zone)))
        {
            return;
        }

        try
        {
            Take(await SendAsync(call, network, cancellationToken).ConfigureAwait(false), call.Lifecycle, got);
        }
        catch (SpotException failure) when (failure.ServiceCode == "IdempotentParameterMismatch")
        {
            // It was done, though not quite like this; what it brought is found by its tag once it is visible.
            await session.Clock.PauseAsync(TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException failure) when (LaunchErrors.ToShortfall(failure).Kind != ShortfallKind.Service)
        {
            host.Debug($"{call.Token} in {check.Region}: {failure.Message}");
        }
    }

    /// <summary>Sends a call until it is answered: without an answer, the same token again.</summary>
    private async Task<CreateFleetResponse> SendAsync(JournalCall call, Network network, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _unanswered);
        try
        {
            var answer = await _once.UntilVisibleAsync(() => _ec2.CreateFleetAsync(ToRequest(call, network), cancellationToken), cancellationToken).ConfigureAwait(false);
            if (IsMaintained(call) && answer.FleetId is { } fleetId)
            {
                await new MaintainedFleet(_ec2, session.Clock).FillAsync(fleetId, call.Count, answer, cancellationToken).ConfigureAwait(false);
            }

            Interlocked.Decrement(ref _unanswered);
            return answer;
        }
        catch (SpotException failure) when (LaunchErrors.ToShortfall(failure).Kind != ShortfallKind.Service)
        {
            Interlocked.Decrement(ref _unanswered);
            throw;
        }
    }

    // At the list price nothing is taken back, so there is nothing to maintain.
    private bool IsMaintained(JournalCall call) => spec.Maintain && call.Lifecycle == SpotLifecycle.Spot;

    private CreateFleetRequest ToRequest(JournalCall call, Network network)
    {
        var spot = call.Lifecycle == SpotLifecycle.Spot;
        var template = check.Image.For(run.Entry.Regions.First(region => region.Region == check.Region).Pools[0].Architecture);
        return new CreateFleetRequest
        {
            Type = IsMaintained(call) ? "maintain" : "instant",
            ReplaceUnhealthyInstances = IsMaintained(call) ? true : null,
            ExcessCapacityTerminationPolicy = IsMaintained(call) ? "no-termination" : null,
            ClientToken = call.Token,
            LaunchTemplateConfigs =
            [
                new FleetLaunchTemplateConfigRequest
                {
                    LaunchTemplateSpecification = new FleetLaunchTemplateSpecificationRequest { LaunchTemplateName = tags.UniqueName, Version = "$Latest" },
                    Overrides =
                    [
                        .. call.Pools.GroupBy(pool => spec.Requirement is null ? (pool.InstanceType, pool.Zone, pool.Architecture) : (null, pool.Zone, pool.Architecture))
                            .Select(pools => new FleetLaunchTemplateOverridesRequest
                            {
                                InstanceType = pools.Key.InstanceType,
                                InstanceRequirements = spec.Requirement is { } requirement ? AttributeSelection.ToOverride(requirement, pools, spec.MaxHourlyPrice is not null) : null,
                                SubnetId = network.SubnetByZone[pools.Key.Zone],
                                ImageId = check.Image.For(pools.Key.Architecture) is var image && image == template ? null : image,
                                MaxPrice = spot ? spec.MaxHourlyPrice?.ToString(CultureInfo.InvariantCulture) : null,
                            }),
                    ],
                },
            ],
            TargetCapacitySpecification = new TargetCapacitySpecificationRequest
            {
                TotalTargetCapacity = call.Count,
                SpotTargetCapacity = spot ? call.Count : 0,
                OnDemandTargetCapacity = spot ? 0 : call.Count,
                DefaultTargetCapacityType = spot ? "spot" : "on-demand",
            },
            SpotOptions = spot ? new SpotOptionsRequest
            {
                AllocationStrategy = "price-capacity-optimized",
                InstanceInterruptionBehavior = "terminate",
                MaintenanceStrategies = IsMaintained(call) ? Rebalance : null,
            } : null,
            OnDemandOptions = spot ? null : new OnDemandOptionsRequest { AllocationStrategy = "lowest-price" },
            TagSpecifications = tags.For("fleet"),
        };
    }

    /// <summary>Machines of an answer, as far as the answer describes them.</summary>
    private void Take(CreateFleetResponse answer, SpotLifecycle lifecycle, Dictionary<string, SpotInstance> got)
    {
        foreach (var entry in answer.Instances)
        {
            foreach (var id in entry.InstanceIds)
            {
                lock (_machines)
                {
                    _machines.Add(id);
                }

                got[id] = new SpotInstance
                {
                    Id = id,
                    Provider = SpotProvider.Aws,
                    ClusterName = spec.Name,
                    Region = check.Region,
                    Zone = entry.LaunchTemplateAndOverrides?.Overrides?.AvailabilityZone,
                    InstanceType = entry.InstanceType,
                    Lifecycle = lifecycle,
                    State = SpotInstanceState.Pending,
                    ExpiresAt = spec.ExpiresAt,
                    AccountId = run.Entry.AccountId,
                };
            }
        }
    }

    /// <summary>
    /// Describes the machines, by the run's tag: one call, which cannot fail for an id that is not visible yet. Those that
    /// stay invisible for a while are told as the fleet told them.
    /// </summary>
    private async Task<IReadOnlyList<SpotInstance>> SeeAsync(Dictionary<string, SpotInstance> told, CancellationToken cancellationToken)
    {
        if (told.Count == 0)
        {
            return [];
        }

        var machines = new Dictionary<string, SpotInstance>(told, StringComparer.Ordinal);
        var request = new DescribeInstancesRequest { Filters = [new Filter { Name = "tag:" + TagKeys.Run, Values = [run.Entry.Run] }] };
        foreach (var seconds in new[] { 0, 1, 2, 4, 8 })
        {
            await session.Clock.PauseAsync(TimeSpan.FromSeconds(seconds), cancellationToken).ConfigureAwait(false);
            var unseen = new HashSet<string>(told.Keys, StringComparer.Ordinal);
            try
            {
                await foreach (var reservation in _ec2.DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
                {
                    foreach (var instance in reservation.Instances.Where(instance => told.ContainsKey(instance.InstanceId)))
                    {
                        unseen.Remove(instance.InstanceId);
                        machines[instance.InstanceId] = ToMachine(instance);
                    }
                }
            }
            catch (SpotException failure)
            {
                // The machines are there all the same: the fleet said so.
                host.Verbose($"Cannot describe the new instances in {check.Region}: {failure.Message}");
                break;
            }

            if (unseen.Count == 0)
            {
                break;
            }
        }

        return [.. machines.Values];
    }

    private SpotInstance ToMachine(Instance instance)
    {
        var machine = instance.ToSpotInstance(check.Region, run.Entry.AccountId);
        if (machine is { InstanceType: { } type, Zone: { } zone } && _pools.TryGetValue((type, zone), out var pool))
        {
            machine.HourlyPrice = machine.Lifecycle switch
            {
                SpotLifecycle.Spot => pool.Price,
                SpotLifecycle.OnDemand when instance.IsAtListPrice() => pool.OnDemandPrice,
                _ => null,
            };
        }

        return machine;
    }

    private void Remember(IEnumerable<Pool> pools)
    {
        foreach (var pool in pools)
        {
            _pools[(pool.InstanceType, pool.Zone)] = pool;
        }
    }

    /// <summary>Machines that ended at once tell why: a disk quota, a key that cannot be used.</summary>
    private static Shortfall? FailedAtLaunch(IReadOnlyList<SpotInstance> machines) =>
        machines.FirstOrDefault(machine => !ClusterSummary.Counts(machine)) is { } gone
            ? LaunchErrors.ToShortfall(ShortfallKind.Setup, gone.StateReason?.Split(':')[0] ?? gone.State.ToString(), gone.StateReason ?? $"{gone.Id} terminated immediately.")
            : null;

    /// <summary>An order while it is worked on.</summary>
    private sealed class Filling(FillOrder order)
    {
        public FillOrder Order { get; } = order;

        public IReadOnlyList<Pool> Pools { get; private set; } = order.Pools;

        public Dictionary<string, SpotInstance> Got { get; } = new(StringComparer.Ordinal);

        public int Missing => Order.Count - Got.Count;

        public Shortfall? Shortfall { get; set; }

        public void Keep(Func<Pool, bool> isUsable) => Pools = [.. Pools.Where(isUsable).Take(MostOverrides)];

        /// <summary>Drops the pools that are known to be empty.</summary>
        public void LeaveOut(Func<Pool, string?> codeOf)
        {
            foreach (var pool in Pools)
            {
                if (codeOf(pool) is { } code)
                {
                    Fail([pool], new Shortfall(ShortfallKind.Capacity, code, $"{pool.InstanceType} in {pool.Zone} had no capacity recently."));
                }
            }
        }

        public void Fail(IReadOnlyList<Pool> failed, Shortfall shortfall)
        {
            Pools = [.. Pools.Except(failed)];
            Explain(shortfall);
        }

        // What moves the machines elsewhere weighs more than a price that is too low in one pool of many.
        public void Explain(Shortfall shortfall)
        {
            if (Shortfall is null || Weight(shortfall.Kind) >= Weight(Shortfall.Kind))
            {
                Shortfall = shortfall;
            }
        }

        private static int Weight(ShortfallKind kind) => kind switch
        {
            ShortfallKind.UserChoice => 0,
            ShortfallKind.Capacity => 1,
            ShortfallKind.Service => 2,
            ShortfallKind.Region => 3,
            _ => 4,
        };
    }
}
