using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Session;

/// <summary>AWS as one set of credentials sees it. Every member throws <see cref="SpotException"/> for what it could not do.</summary>
internal interface IAwsSession : IDisposable
{
    /// <summary>The clock of every wait and deadline.</summary>
    TimeProvider Clock { get; }

    /// <summary>Time as AWS has it, by the answers so far.</summary>
    ServiceTime Time { get; }

    /// <summary>The region of the profile or of the environment; null when none is set.</summary>
    string? DefaultRegion { get; }

    /// <summary>The client of a region; the same one each time. Makes no call, and does not check that the region exists.</summary>
    IEc2Client Ec2(string region);

    /// <summary>Calls to another service in a region; the same client each time. Makes no call.</summary>
    Services.ServiceClient Service(Services.AwsService service, string region);

    /// <summary>
    /// The clock of EC2 in a region, as its answers showed it; that of this computer before the first answer. Makes no call.
    /// </summary>
    ServiceClock ServiceClock(string region);

    /// <summary>Who we are. Asked once.</summary>
    Task<SpotIdentity> GetIdentityAsync(CancellationToken cancellationToken);

    /// <summary>Who we are, with the alias of the account: one more call in the same round trip, so only where it is shown.</summary>
    Task<SpotIdentity> GetNamedIdentityAsync(CancellationToken cancellationToken);

    /// <summary>Who we are, asked again: for the check just before something is changed.</summary>
    Task<SpotIdentity> RefreshIdentityAsync(CancellationToken cancellationToken);

    /// <summary>What machines on demand and disks cost. Makes no call.</summary>
    ListPrices ListPrices { get; }

    /// <summary>Signs in to an SSO session, with a person where that is needed.</summary>
    Task<SpotSsoSession> SignInAsync(SsoLoginRequest request, IOperationHost host, CancellationToken cancellationToken);

    /// <summary>Regions of this account: what commands ask, what is enabled, and what is left out. Asked once.</summary>
    Task<AccountRegions> GetRegionsAsync(CancellationToken cancellationToken);

    /// <summary>Regions that are enabled for this account, and stated where the settings state any, by name. Asked once.</summary>
    Task<IReadOnlyList<string>> GetEnabledRegionsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Throws <see cref="SpotErrorIds.RegionUnknown"/> or <see cref="SpotErrorIds.RegionNotEnabled"/> for the first region
    /// that is not there or not enabled. Shares its call with <see cref="GetEnabledRegionsAsync"/>.
    /// </summary>
    Task RequireRegionsAsync(IReadOnlyList<string> regions, CancellationToken cancellationToken);

    /// <summary>
    /// The quota of spot vCPUs for the family of an instance type; null when it cannot be asked for (denied, or the
    /// service is not there) or the family is not known.
    /// </summary>
    Task<int?> GetSpotVCpuQuotaAsync(string region, string instanceType, CancellationToken cancellationToken);

    /// <summary>A quota by its code, asked for again: its value or why there is none. What it says holds for launches too.</summary>
    Task<Answer<double?>> RefreshSpotQuotaAsync(string region, string code, CancellationToken cancellationToken);
}
