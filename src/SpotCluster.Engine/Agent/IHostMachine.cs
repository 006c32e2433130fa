namespace SpotCluster.Engine.Agent;

/// <summary>The machine that the agent runs on.</summary>
/// <param name="InstanceId">The cloud's id.</param>
/// <param name="InstanceType">The type.</param>
/// <param name="Region">The region.</param>
/// <param name="Zone">The zone.</param>
/// <param name="AccountId">The account, 12 digits.</param>
/// <param name="ImageId">The image.</param>
/// <param name="PrivateIp">The private address.</param>
internal sealed record HostIdentity(
    string InstanceId, string? InstanceType, string? Region, string? Zone, string? AccountId, string? ImageId, string? PrivateIp);

/// <summary>The notice that the cloud takes the machine back.</summary>
/// <param name="Action">terminate, stop or hibernate.</param>
/// <param name="At">When; null when the notice does not say.</param>
internal sealed record InterruptionNotice(string Action, DateTimeOffset? At);

/// <summary>What a machine of the cloud can learn about itself.</summary>
internal interface IHostMachine
{
    /// <summary>Who it is; null when the agent runs on no machine of the cloud.</summary>
    Task<HostIdentity?> GetIdentityAsync(CancellationToken cancellationToken);

    /// <summary>The notice; null while there is none.</summary>
    Task<InterruptionNotice?> GetInterruptionAsync(CancellationToken cancellationToken);
}

/// <summary>No machine of the cloud.</summary>
internal sealed class NoHostMachine : IHostMachine
{
    public Task<HostIdentity?> GetIdentityAsync(CancellationToken cancellationToken) => Task.FromResult<HostIdentity?>(null);

    public Task<InterruptionNotice?> GetInterruptionAsync(CancellationToken cancellationToken) => Task.FromResult<InterruptionNotice?>(null);
}
