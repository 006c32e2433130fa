using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Rents one machine for each offer.</summary>
[Cmdlet(VerbsCommon.New, "SpotInstance", DefaultParameterSetName = ByObject, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotInstance))]
public sealed class NewSpotInstanceCommand : SpotRentalCmdlet
{
    private const string ByObject = "InputObject";
    private const string ById = "OfferId";

    private readonly List<SpotInstance> _rented = [];
    private readonly ConcurrentQueue<SpotInstance> _all = new();

    /// <summary>Offers from Find-SpotOffer.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, ValueFromPipeline = true, HelpMessage = "Offers from Find-SpotOffer")]
    [ValidateNotNull]
    public PSObject[] InputObject { get; set; } = [];

    /// <summary>Ids of offers of Vast.ai.</summary>
    [Parameter(
        ParameterSetName = ById,
        Position = 0,
        Mandatory = true,
        HelpMessage = "Id of a Vast.ai offer from Find-SpotOffer")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OfferIdCompleter))]
    public string[] OfferId { get; set; } = [];

    /// <summary>Name of the machine.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Label { get; set; }

    /// <summary>Bid in USD per hour, without the disk.</summary>
    [Parameter]
    [Price]
    public decimal? Bid { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var offer in InputObject.Concat(OfferId.Select(PSObject.AsPSObject)).Select(Read).ToArray())
        {
            if (Consents(Describe(offer), "Rent", Force))
            {
                var engine = OpenEngine();
                var name = Label ?? FormattableString.Invariant($"node-{Guid.NewGuid():N}");
                AfterStop = () => Remaining(offer, name);
                Run(offer, async (pump, token) =>
                {
                    var instance = await RentAsync(engine, offer, name, pump, token).ConfigureAwait(false);
                    AfterStop = () => Remaining(null, name);
                    _all.Enqueue(instance);
                    if (Wait)
                    {
                        _rented.Add(instance);
                    }
                    else
                    {
                        pump.Write(instance);
                    }
                });
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_rented.Count > 0)
        {
            var engine = OpenEngine();
            InstanceKey[] keys = [.. _rented.Select(instance => new InstanceKey(
                instance.Id, instance.Provider == SpotProvider.Vast ? null : instance.Region, instance.Provider))];
            Stream(keys, (pump, token) => engine.Clusters.WaitAsync(keys, WaitCondition.Running, TimeSpan.FromSeconds(Timeout), pump, token));
        }
    }

    // What is rented, and what may be: the call for an offer that was begun.
    private string? Remaining(SpotOffer? begun, string name)
    {
        var rented = _all.ToArray();
        var words = rented.Length == 0
            ? ""
            : $"{(rented.Length == 1 ? "1 instance is" : $"{rented.Length} instances are")} rented, {PerHour(rented.Aggregate((decimal?)0, (sum, instance) => sum + instance.HourlyPrice))}. To remove: Remove-SpotInstance {string.Join(", ", rented.Select(instance => instance.Id))}";
        var further = words.Length == 0 ? "An instance" : words + "; a further instance";
        return begun switch
        {
            null => words.Length == 0 ? null : words,
            { Provider: SpotProvider.Vast } => $"{further} of offer {begun.OfferId} may exist until it is destroyed again, {PerHour(begun.HourlyPrice)}. To see it: Get-SpotInstance -Provider Vast",
            _ => $"{further} of cluster '{name}' may exist in {begun.Region}, {PerHour(begun.HourlyPrice)}. To remove it: Remove-SpotCluster {name}",
        };
    }

    // An offer, also after it was in a file, or the id of one at Vast.ai.
    private SpotOffer Read(PSObject item)
    {
        var piped = new PipedObject(item);
        var offer = piped.Text is { } id && InstanceKey.IsVastId(id)
            ? new SpotOffer { Provider = SpotProvider.Vast, OfferId = id }
            : piped.IsRow && piped["OfferId"] is null && (piped["InstanceType"] is null || piped["Region"] is null || piped["Id"] is not null) ? null : piped.As<SpotOffer>();
        if (offer is null)
        {
            ThrowTerminatingError(ErrorRecords.From(Piped.Wrong(piped, "offers", "Find-SpotOffer"), item.BaseObject));
        }

        return offer!;
    }

    private static string Describe(SpotOffer offer)
    {
        var what = string.Join(", ", new[] { offer.InstanceType, offer.Region }.Where(part => part.Length > 0));
        var price = offer.HourlyPrice is { } hourly ? string.Format(CultureInfo.InvariantCulture, ", {0:0.####} USD per hour", hourly) : "";
        return offer.Provider == SpotProvider.Vast
            ? $"offer {offer.OfferId} of Vast.ai{(what.Length > 0 ? $" ({what}{price})" : "")}"
            : $"instance at AWS ({what}{price})";
    }

    private async Task<SpotInstance> RentAsync(SpotEngine engine, SpotOffer offer, string name, Pump pump, CancellationToken token)
    {
        try
        {
            if (offer.Provider != SpotProvider.Vast)
            {
                return Misplaced(SpotProvider.Aws, [.. OnlyVast, nameof(Bid)]) is { } atAws
                    ? throw atAws
                    : await OfferRental.LaunchAsync(engine, offer, AtAws(offer, name), pump, token).ConfigureAwait(false);
            }

            return Misplaced(SpotProvider.Vast, OnlyNodes) is { } atVast ? throw atVast : await engine.Vast.RentAsync(
                new()
                {
                    OfferId = offer.OfferId ?? "",
                    Image = ContainerImage,
                    DiskGB = Disk,
                    Name = Label,
                    OnDemand = OnDemand,
                    Bid = Bid,
                    MaxHourlyPrice = MaxHourlyPrice,
                    RequiredHours = RequiredHour,
                    Environment = TagTable.Read(Environment),
                    OnStart = OnStart,
                    Ports = Port,
                    ImageLogin = ImageLogin,
                    TemplateHash = TemplateHash,
                    ExpiresIn = ExpiresIn,
                    MaxIdle = MaxIdle,
                    PublicKeys = PublicKeys,
                    OnInsufficientCredit = new ShutdownConsent(this, pump, Force).ToResponse(OnInsufficientCredit),
                },
                pump,
                token).ConfigureAwait(false);
        }
        catch (SpotException error) when (ErrorRecords.DoomsEverything(error))
        {
            // Nobody waits for them any more, and nobody else will tell of them.
            _rented.ForEach(pump.Write);
            throw;
        }
    }

    private ClusterRequest AtAws(SpotOffer offer, string name) => NodeRequest(name) with
    {
        Regions = [offer.Region],
        Zones = string.IsNullOrEmpty(offer.Zone) ? [] : [offer.Zone!],
        InstanceTypes = [offer.InstanceType],
        Image = Image,
        MaxHourlyPrice = MaxHourlyPrice,
    };
}
