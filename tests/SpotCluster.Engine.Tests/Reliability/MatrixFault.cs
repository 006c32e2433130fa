using SpotCluster.Model;
using SpotCluster.Simulator.Faults;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>How many calls an operation makes when nothing goes wrong; cut points are placed by it.</summary>
/// <param name="ByService">Calls by cloud.</param>
/// <param name="Changes">Calls that change something.</param>
/// <param name="All">All calls.</param>
internal sealed record CallCounts(IReadOnlyDictionary<string, int> ByService, int Changes, int All);

/// <summary>One run of a cell: what is done to the world before, and how the process is connected.</summary>
internal sealed record Trial(int Seed)
{
    /// <summary>Brings the fault about.</summary>
    public Action<ReliabilityWorld> Arm { get; init; } = _ => { };

    /// <summary>Ends the fault; every rule of the simulator is cleared besides.</summary>
    public Action<ReliabilityWorld> Disarm { get; init; } = _ => { };

    /// <summary>Reports by the books whether the first run met the fault; by default, that a rule of the simulator fired.</summary>
    public Func<ReliabilityWorld, Told?, bool> IsMet { get; init; } = (world, _) => world.Cloud.Calls.Calls.Any(call => call.Fault is not null);

    /// <summary>The fault comes by chance: a run that meets none is made again with another seed.</summary>
    public bool IsByChance { get; init; }

    /// <summary>The way of the process to the clouds; null for a plain one.</summary>
    public Func<ReliabilityWorld, WatchedTransport>? Transport { get; init; }

    /// <summary>The disk is to be full at some time.</summary>
    public bool FillsDisk { get; init; }

    /// <summary>The clock of the process; null for the right one.</summary>
    public TimeSpan ClockError { get; init; }
}

/// <summary>One fault: its row of the table, and the runs that a cell of it is made of.</summary>
/// <param name="Name">Heading of the row.</param>
/// <param name="Means">What exactly is done, for the page.</param>
/// <param name="Trials">The runs for an operation.</param>
internal sealed record MatrixFault(string Name, string Means, Func<MatrixOperation, CallCounts, IReadOnlyList<Trial>> Trials)
{
    private const int MostCuts = 20;

    /// <summary>Runs of a fault that comes by chance.</summary>
    public const int Seeds = 3;

    public static IReadOnlyList<MatrixFault> All { get; } =
    [
        new("throttle 30 %", "Each call is refused with probability 0.3: `RequestLimitExceeded` at AWS, status 429 at Vast.ai and at the backend.",
            ByChance(new FaultRule { Action = FaultAction.Throttle, Probability = 0.3 })),
        new("5xx 10 %", "Each call is answered with 500 or 503 with probability 0.1, as an error document or as the web page of a proxy; half of them after the call took effect.",
            ByChance(
                new FaultRule { Action = FaultAction.Http, Status = 500, Probability = 0.025 },
                new FaultRule { Action = FaultAction.Http, Status = 503, Body = FaultBody.Html, Probability = 0.026 },
                new FaultRule { Action = FaultAction.HttpAfter, Status = 500, Probability = 0.026 },
                new FaultRule { Action = FaultAction.HttpAfter, Status = 503, Body = FaultBody.Html, Probability = 0.027 })),
        new("resets", "The connection of a call breaks with probability 0.2; half of them after the call took effect.",
            ByChance(
                new FaultRule { Action = FaultAction.ResetBefore, Probability = 0.1 },
                new FaultRule { Action = FaultAction.ResetAfter, Probability = 0.11 })),
        new("30 s stalls", "With probability 0.2 the answer of a call that took effect is delayed for 30 s; half of these answers then arrive, the connections of the others break.",
            ByChance(
                new FaultRule { Action = FaultAction.Delay, Seconds = 30, Probability = 0.1 },
                new FaultRule { Action = FaultAction.Stall, Seconds = 30, Probability = 0.11 })),
        new("body stalls", "With probability 0.2 the headers and half of the body of an answer arrive, then nothing for 60 s, and the connection breaks; the call took effect.",
            ByChance(new FaultRule { Action = FaultAction.StallBody, Seconds = 60, Probability = 0.2 })),
        new("wrong kind", "With probability 0.1 a call has no effect, and its answer is a success of another kind: EC2's error document with status 200, the answer to another operation, an empty object at the other services.",
            ByChance(new FaultRule { Action = FaultAction.WrongKind, Probability = 0.1 })),
        new("partial pages", "Every list of EC2 and of instances at Vast.ai (that of the backend has no pages) ends after its first item: the second page is refused with `InternalError`, every time.",
            (_, _) => [new Trial(1) { Arm = world => world.Cloud.Faults.Add(new FaultRule { Action = FaultAction.PartialPage, PageSize = 1, Code = "InternalError", Message = world.Quote }) }]),
        new("credentials expire", "From a call on, every call to a provider is refused: `ExpiredToken` at AWS, an expired session at Vast.ai; at the backend the agent's token is revoked, and it has a new one for the repeat. Cut points: the first call, and after a quarter, a half and three quarters of the calls to that provider; of a list at AWS, which asks all regions at once, every call, and those to two regions or one.",
            (operation, counts) => [.. Places(operation, counts).Select(place => place.Service == MatrixBackend.Service
                ? new Trial(1) { Arm = world => world.Backend.RevokeTokenAt(place.From), Disarm = world => world.Backend.RenewToken(), IsMet = (world, _) => world.Cloud.Calls.Calls.Any(call => call.HttpStatus == 401) }
                : new Trial(1)
                {
                    Arm = world => FailFrom(world, place, place.Service == "vast"
                        ? new FaultRule { Code = "auth_error", Status = 404, Message = "Session expired. Please log in again." }
                        : new FaultRule { Code = "ExpiredToken" }),
                })]),
        new("Date header", "The clock of this computer is two days fast, or 10 minutes slow, and each answer of a provider has a `Date` header; both times of a proof must be those of the provider.",
            (_, _) => [.. new[] { TimeSpan.FromDays(2), TimeSpan.FromMinutes(-10) }.Select(error => new Trial(1)
            {
                ClockError = error,
                Arm = world => world.Cloud.SendsDate = true,
                IsMet = (world, _) => world.Cloud.Calls.Count > 0,
            })]),
        new("clock skew", "The clock of this computer is 10 minutes fast. AWS accepts it at first, and refuses from a call on with `RequestTimeTooSkewed`; cut points as above. Vast.ai does not check the clock.",
            (operation, counts) =>
            [
                .. Places(operation, counts).Where(place => place.Service == "ec2").Select(place => new Trial(1)
                {
                    ClockError = TimeSpan.FromMinutes(10),
                    Arm = world => FailFrom(world, place, new FaultRule { Code = "RequestTimeTooSkewed" }),
                }),
            ]),
        new("DNS failure", "From a call on, the host names of a provider, or of the backend, cannot be resolved. Cut points as above.",
            (operation, counts) => [.. Places(operation, counts).Select(place => new Trial(1)
            {
                Arm = world => FailFrom(world, place, new FaultRule { Action = FaultAction.NameUnknown }),
            })]),
        new("disk full", "The disk with the journal, or with the agent's state, is full: from the start, and from just before the second changing call (or the only one) on.",
            (operation, counts) =>
            [
                new Trial(1) { FillsDisk = true, Arm = world => world.FillDisk(), Disarm = world => world.FreeDisk(), IsMet = IsNotWritten },
                .. operation.OnlyReads
                    ? Array.Empty<Trial>()
                    : [new Trial(1)
                    {
                        FillsDisk = true,
                        Transport = world => new WatchedTransport(world) { At = Math.Min(2, counts.Changes), Before = world.FillDisk },
                        Disarm = world => world.FreeDisk(),
                        IsMet = IsNotWritten,
                    }],
            ]),
        new("kill -9", "The process ends just before, or just after, one of its changing calls (a list: one of its first calls): at most 20 cut points, evenly distributed, alternately before and after. No handler and no finally block runs, and the next process reads the journal, or the state of the agent, from the disk.",
            (operation, counts) => [.. Cuts(operation.OnlyReads ? Math.Min(4, counts.All) : counts.Changes).Select(point => new Trial(1)
            {
                Transport = world => new WatchedTransport(world) { At = point.At, Kills = point.Cut, CountsReads = operation.OnlyReads },
                IsMet = (_, told) => told is null,
            })]),
        new("launch meanwhile", "Just before a changing call of a removal (the first, the middle one and the last), something launches one more instance with all the tags, or the label, of a managed one.",
            (operation, counts) => operation.LaunchOneMore is not { } launch ? [] : [.. new[] { 1, (counts.Changes + 1) / 2, counts.Changes }.Distinct().Select(at =>
            {
                var launched = 0;
                return new Trial(1)
                {
                    Transport = world => new WatchedTransport(world)
                    {
                        At = at,
                        Before = () =>
                        {
                            launch(world);
                            launched++;
                        },
                    },
                    IsMet = (_, _) => launched > 0,
                };
            })]),
    ];

    private static bool IsNotWritten(ReliabilityWorld world, Told? told) => told?.Errors.Contains(SpotErrorIds.LocalFileFailed) == true;

    private static Func<MatrixOperation, CallCounts, IReadOnlyList<Trial>> ByChance(params FaultRule[] rules) =>
        (_, _) => [.. Enumerable.Range(1, Seeds).Select(seed => new Trial(seed)
        {
            IsByChance = true,
            Arm = world =>
            {
                foreach (var rule in rules)
                {
                    world.Cloud.Faults.Add(rule with { Message = world.Quote });
                }
            },
        })];

    /// <summary>Where a process dies. A handful of calls is cut on both sides of each.</summary>
    private static IEnumerable<(int At, Cut Cut)> Cuts(int calls) => Enumerable.Range(0, Math.Min(MostCuts, calls * 2)).Select(number => calls * 2 <= MostCuts
        ? (1 + (number / 2), number % 2 == 0 ? Cut.Before : Cut.After)
        : (1 + (number * calls / MostCuts), number % 2 == 0 ? Cut.Before : Cut.After));

    /// <summary>Where a cloud begins to fail. What only reads asks all regions at once, in no order: there it is regions that fail.</summary>
    private static IEnumerable<(string Service, int From, string Region)> Places(MatrixOperation operation, CallCounts counts) => operation.Services.SelectMany(service =>
        operation.OnlyReads && service == "ec2"
            ? new[] { "*", "*-west-*", "us-west-2", "eu-west-1" }.Select(region => (service, 1, region))
            : Enumerable.Range(0, 4).Select(quarter => (service, 1 + (counts.ByService.GetValueOrDefault(service) * quarter / 4), "*")).Distinct());

    /// <summary>From a call on, a cloud fails in one way; with it, from its first call on, what tells who we are.</summary>
    private static void FailFrom(ReliabilityWorld world, (string Service, int From, string Region) place, FaultRule rule)
    {
        rule = rule with { Message = $"{rule.Message} {world.Quote}".Trim() };
        world.Cloud.Faults.Add(rule with { Service = place.Service, From = place.From, Region = place.Region });
        if (place is { Service: "ec2", From: 1, Region: "*" })
        {
            world.Cloud.Faults.Add(rule with { Service = "sts" });
        }
    }
}
