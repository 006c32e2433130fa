using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>Keys of AWS that somebody gave. Its text is the access key id, and the secrets are hidden from everything that is written.</summary>
public sealed record AwsKeys
{
    /// <param name="accessKey">The access key id.</param>
    /// <param name="secretKey">The secret access key.</param>
    /// <param name="sessionToken">The session token of temporary keys; null for others.</param>
    /// <param name="source">Where they came from, for people.</param>
    public AwsKeys(string accessKey, string secretKey, string? sessionToken, string source)
    {
        AccessKey = accessKey;
        SecretKey = SecretText.Hide(secretKey)!;
        SessionToken = SecretText.Hide(sessionToken);
        Source = source;
    }

    /// <summary>The access key id.</summary>
    public string AccessKey { get; }

    /// <summary>Where they came from, for people.</summary>
    public string Source { get; }

    internal string SecretKey { get; }

    internal string? SessionToken { get; }

    /// <inheritdoc/>
    public override string ToString() => AccessKey;
}
