using Amazon.Runtime;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>The credentials of the role of this machine, from its metadata service.</summary>
/// <param name="metadata">The metadata service.</param>
/// <param name="clock">The clock of expiry.</param>
internal sealed class MachineRoleCredentials(InstanceMetadata metadata, TimeProvider clock) : FetchedCredentials(clock)
{
    /// <summary>The name of the role; null before the first answer.</summary>
    public string? Role { get; private set; }

    /// <inheritdoc/>
    protected override async Task<(ImmutableCredentials Credentials, DateTimeOffset? End)> LoadAsync(CancellationToken cancellationToken)
    {
        var role = await metadata.GetRoleAsync(cancellationToken).ConfigureAwait(false) ?? throw CredentialErrors.NotFound(null);
        Role = role.Name;
        return (new ImmutableCredentials(role.AccessKeyId, role.SecretAccessKey, role.Token), role.End);
    }
}
