using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>User data of the machines of a request.</summary>
internal static class NodeUserData
{
    /// <summary>Reads what the request and the settings name on this machine, keys first. Makes no call.</summary>
    public static NodeSetup Read(ClusterRequest request, SpotSettings settings, DateTimeOffset? expiresAt)
    {
        if ((request.PrivateKeyPath ?? settings.PrivateKeyPath) is { } privateKey)
        {
            PrivateKeyFile.Check(privateKey);
        }

        string[] keys = [.. request.PublicKeyPaths.Select(PublicKeyFile.Read).Distinct(StringComparer.Ordinal)];
        return NodeInput.Read(request.Node, request.Name, keys, expiresAt, settings) with { MaxIdle = request.MaxIdle };
    }

    /// <summary>Says what its user may not have meant.</summary>
    public static void Warn(NodeSetup node, IOperationHost host)
    {
        if (node.Orchestrators.Count > 0 && node.Version == NodeVersion.Latest)
        {
            host.Warning("The version latest is resolved when an instance boots, so instances of one cluster may differ. Specify a version to pin it.");
        }
    }

    /// <summary>The user data in base64; null when the machines are told nothing.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.UserDataTooLarge"/>.</exception>
    public static string? Compose(ClusterRequest request, NodeSetup node) =>
        request.UserData is { Length: > 0 } own ? UserDataComposer.Compose(own, node.ExpiresAt, node.MaxIdle)
        : node.IsEmpty ? null
        : UserDataComposer.Pack(CloudConfig.Write(node), () => UserDataComposer.BiggestParts(CloudConfig.Parts(node)));

    /// <summary>The same for people to look at.</summary>
    public static SpotUserData Show(ClusterRequest request, NodeSetup node)
    {
        var packed = Compose(request, node) is { } base64 ? Convert.FromBase64String(base64) : [];
        return new SpotUserData
        {
            ClusterName = request.Name,
            Text = packed.Length == 0 ? "" : request.UserData ?? CloudConfig.Write(node.Masked()),
            Bytes = packed.Length,
            Limit = UserDataComposer.Limit,
            IsCompressed = packed is [0x1f, 0x8b, ..],
            Parts = packed.Length == 0 || request.UserData is not null
                ? []
                : [.. CloudConfig.Parts(node).Select(part => new SpotUserDataPart { Name = part.Name, Bytes = part.Bytes })],
        };
    }
}
