using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Core;

/// <summary>Versions of Bacalhau, and the container images that they are.</summary>
public static class NodeVersion
{
    /// <summary>The version that this one was made for.</summary>
    public const string Default = "v1.9.3";

    /// <summary>What moves under one's feet: the newest release, whichever that is when a machine boots.</summary>
    public const string Latest = "latest";

    /// <summary>True for <c>1.9.3</c>, <c>v1.9.3</c>, <c>1.9.0-rc1</c>, <c>latest</c>, and a version with the digest of its image, <c>v1.9.3@sha256:…</c>.</summary>
    public static bool IsVersion(string text) =>
        text == Latest || Regex.IsMatch(text, @"^v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(-[A-Za-z0-9.]{1,20})?(@sha256:[0-9a-f]{64})?$", RegexOptions.CultureInvariant);

    /// <summary>The spelling of the project's own releases.</summary>
    public static string Normalize(string text) => text == Latest || text.StartsWith('v') ? text : "v" + text;

    /// <summary>The image with a Docker engine inside, which runs jobs of the engine type docker.</summary>
    public static string Image(string version)
    {
        var parts = version.Split('@');
        return $"ghcr.io/bacalhau-project/bacalhau:{parts[0]}-dind" + (parts.Length > 1 ? "@" + parts[1] : "");
    }
}
