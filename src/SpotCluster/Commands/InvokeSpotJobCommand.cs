using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Costs;
using SpotCluster.Engine.Jobs;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Runs a command on an instance of its own: the cheapest that fits is rented, used and destroyed.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "SpotJob", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(string))]
public sealed class InvokeSpotJobCommand : PricedRentalCmdlet
{
    /// <summary>The command, for the shell of the instance.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Command for the shell of the instance")]
    [ValidateNotNullOrEmpty]
    public string Command { get; set; } = "";

    /// <summary>What the pipeline brings: rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The provider.</summary>
    [Parameter]
    [ValidateSet("Aws", "Vast")]
    public SpotProvider Provider { get; set; } = SpotProvider.Vast;

    /// <summary>AWS: regions; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[] Region { get; set; } = [];

    /// <summary>AWS: instance types; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[] InstanceType { get; set; } = [];

    /// <summary>Files and folders that are copied to the instance first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Upload { get; set; } = [];

    /// <summary>Files and folders that are copied from the instance afterwards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Download { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Wait)
        {
            Needs("a cluster: a job always waits", [nameof(Wait)]);
        }

        RefuseMisplaced(Provider, Provider == SpotProvider.Aws
            ? [.. OnlyVast, .. OfferFilters.Except([nameof(GpuName), nameof(GpuCount), nameof(MinGpuMemory)])]
            : [nameof(Region), nameof(InstanceType), .. OnlyNodes.Except([nameof(PrivateKeyPath)])]);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject);
        if (MaxHourlyPrice is null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.PriceInvalid, SpotErrorCategory.InvalidArgument, "A maximum price is required: -MaxHourlyPrice 0.40."), null));
        }

        var engine = OpenEngine();
        var offers = new OfferQuery
        {
            Regions = Region,
            InstanceTypes = InstanceType,
            GpuNames = GpuName,
            GpuCount = GpuCount,
            MinGpuMemoryGiB = OfferQuery.ToGiB(MinGpuMemory),
            MaxHourlyPrice = MaxHourlyPrice,
            IncludeScore = false,
        };
        var what = $"1 instance of {ProviderNames.Of(Provider)}, at most {MaxHourlyPrice} USD per hour";
        if (IsWhatIf)
        {
            Run(Command, async (pump, token) => what = Describe(await FirstAsync(engine, offers, pump, token).ConfigureAwait(false)) ?? what);
        }

        if (Consents(what, $"Run '{Command}' on", Force))
        {
            var exitCode = 0;
            var errors = Run(Command, async (pump, token) =>
            {
                var job = new SpotJob
                {
                    Command = Command,
                    Uploads = Upload,
                    Downloads = Download,
                    Folder = CurrentFolder,
                    PrivateKeyPath = FilePath(PrivateKeyPath),
                    ReachableWithin = TimeSpan.FromSeconds(Timeout),
                    Offers = offers,
                    AtAws = Provider == SpotProvider.Aws ? NodeRequest(SpotJob.Prefix) with { Image = Image, MaxHourlyPrice = MaxHourlyPrice } : null,
                    AtVast = Provider == SpotProvider.Vast ? AtVast(SpotJob.Prefix, 1) with { OnInsufficientCredit = new ShutdownConsent(this, pump, Force).ToResponse(OnInsufficientCredit) } : null,
                    OnInstance = machine => pump.Verbose($"The command runs on {machine.Id} ({machine.GpuName ?? machine.InstanceType}), {machine.HourlyPrice} USD per hour."),
                    OnLine = (line, isError) =>
                    {
                        if (isError)
                        {
                            pump.Warning(line);
                        }
                        else
                        {
                            pump.Write(line);
                        }
                    },
                };
                AfterStop = () => $"The instance of the job is being destroyed; until then it costs at most {PerHour(MaxHourlyPrice)}. To verify: Remove-SpotCluster {job.Name} -Provider {Provider}";
                try
                {
                    exitCode = await engine.Jobs.RunAsync(job, pump, token).ConfigureAwait(false);
                    AfterStop = null;
                }
                catch (OperationCanceledException)
                {
                    AfterStop = () => $"The job was interrupted, and its instance is destroyed. To verify: Remove-SpotCluster {job.Name} -Provider {Provider}";
                    throw;
                }

                if (exitCode != 0)
                {
                    throw new SpotException(
                        SpotErrorIds.CommandFailed, SpotErrorCategory.InvalidOperation,
                        exitCode == 255 ? "The instance of the job was not reachable and was destroyed." : FormattableString.Invariant($"The command ended with exit code {exitCode}; its instance was destroyed."))
                    {
                        Target = Command,
                    };
                }
            });
            SessionState.PSVariable.Set(new PSVariable("global:LASTEXITCODE", exitCode == 0 && errors.Count > 0 ? 1 : exitCode));
        }
    }

    // What would be tried first; whether it can be rented, only the rent itself shows.
    private async Task<SpotOffer?> FirstAsync(SpotEngine engine, OfferQuery offers, Pump pump, CancellationToken token)
    {
        if (Provider == SpotProvider.Aws)
        {
            return await engine.Costs.FindOffersAsync(offers, pump, token).ConfigureAwait(false) is [var first, ..] ? first : null;
        }

        await foreach (var offer in engine.Vast.FindOffersAsync(AtVast(SpotJob.Prefix, 1).Offers with { Limit = 1 }, pump, token).ConfigureAwait(false))
        {
            return offer;
        }

        return null;
    }

    private static string? Describe(SpotOffer? offer) => offer is null
        ? null
        : string.Format(System.Globalization.CultureInfo.InvariantCulture, "{0} in {1}, {2:0.0000} USD per hour", offer.InstanceType, offer.Zone ?? offer.Region, offer.HourlyPrice);
}
