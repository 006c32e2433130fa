namespace SpotCluster.Model;

/// <summary>Who the cloud says we are.</summary>
public sealed class SpotIdentity
{
    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The account id.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>The account's alias; null when it has none or we may not read it.</summary>
    public string? AccountAlias { get; set; }

    /// <summary>The ARN of the caller.</summary>
    public string? Arn { get; set; }

    /// <summary>Where the credentials came from: profile, environment, role, simulator.</summary>
    public string? Source { get; set; }

    /// <summary>When they end, UTC; null for long-lived ones or when unknown.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>The default region.</summary>
    public string? Region { get; set; }

    /// <summary>True when the text is the account id, or its alias, written out.</summary>
    public bool IsNamed(string text) =>
        text.Trim() is { Length: > 0 } name
        && (string.Equals(name, AccountId, StringComparison.Ordinal) || string.Equals(name, AccountAlias, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override string ToString() => Arn ?? AccountId;
}
