namespace SpotCluster.Model;

/// <summary>A session of AWS single sign-on.</summary>
public sealed class SpotSsoSession
{
    /// <summary>How it came about.</summary>
    public SpotSsoOutcome Outcome { get; set; }

    /// <summary>The profile that it was begun for; null when the session was named itself.</summary>
    public string? ProfileName { get; set; }

    /// <summary>Name of the <c>sso-session</c>; null for a profile with a start URL of its own.</summary>
    public string? SessionName { get; set; }

    /// <summary>The portal of the organization.</summary>
    public string StartUrl { get; set; } = "";

    /// <summary>The region of the portal.</summary>
    public string Region { get; set; } = "";

    /// <summary>When it ends, UTC.</summary>
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>True when it can be renewed without a person.</summary>
    public bool IsRenewable { get; set; }

    /// <summary>The file that every AWS tool of this user finds it in.</summary>
    public string CachePath { get; set; } = "";

    /// <inheritdoc/>
    public override string ToString() => SessionName ?? StartUrl;
}

/// <summary>How a session of single sign-on came about.</summary>
public enum SpotSsoOutcome
{
    /// <summary>A word that this version does not know.</summary>
    Unknown,

    /// <summary>Somebody has signed in.</summary>
    SignedIn,

    /// <summary>It was renewed by its refresh token.</summary>
    Renewed,

    /// <summary>It was good already.</summary>
    StillSignedIn,
}
