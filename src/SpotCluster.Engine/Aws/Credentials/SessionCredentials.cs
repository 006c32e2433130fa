using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>
/// The credentials of a session, found at the first call: those of the named profile, or what the AWS SDK finds in
/// environment, profile, web identity and role. Errors come out as <see cref="SpotException"/> with the command to run.
/// </summary>
internal sealed class SessionCredentials : AWSCredentials, IDisposable
{
    private const string ProfileVariable = "AWS_PROFILE";
    private readonly EngineOptions _options;
    private readonly Cached<AWSCredentials> _found;
    private volatile ImmutableCredentials? _current;

    public SessionCredentials(EngineOptions options)
    {
        _options = options;
        _found = new Cached<AWSCredentials>(FindAsync);
    }

    /// <summary>The profile that is used; null for none.</summary>
    public string? ProfileName => _options.ProfileName ?? (IsSimulated ? null : Setting(ProfileVariable));

    /// <summary>Where they came from, for people; null before the first call.</summary>
    public string? Source => _found.Known switch
    {
        null => null,
        _ when IsSimulated => "simulator",
        EnvironmentVariablesAWSCredentials => "environment",
        AssumeRoleWithWebIdentityCredentials => "web identity",
        SSOAWSCredentials => $"profile {ProfileName ?? "default"} (SSO)",
        AssumeRoleAWSCredentials role => $"profile {ProfileName ?? "default"} (role {role.RoleArn})",
        URIBasedRefreshingCredentialHelper => "role of this container",
        var found when found.GetType().Name.Contains("InstanceProfile", StringComparison.Ordinal) => "role of this machine",
        _ => $"profile {ProfileName ?? "default"}",
    };

    /// <inheritdoc/>
    public override DateTime? Expiration
    {
        get => _found.Known?.Expiration;
        set => throw new NotSupportedException("The end is that of the credentials that were found.");
    }

    private bool IsSimulated => _options.Transport is not null && _options.ProfileName is null;

    /// <summary>The region of the profile, or of the environment; null when none is set.</summary>
    public string? FindRegion()
    {
        if (IsSimulated)
        {
            return null;
        }

        var ofEnvironment = Setting("AWS_REGION") ?? Setting("AWS_DEFAULT_REGION");
        if (_options.ProfileName is null && ofEnvironment is not null)
        {
            return ofEnvironment;
        }

        var chain = new CredentialProfileStoreChain();
        return chain.TryGetProfile(ProfileName ?? "default", out var profile) && profile.Region is { } region
            ? region.SystemName
            : ofEnvironment;
    }

    /// <inheritdoc/>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        await FetchAsync(CancellationToken.None).ConfigureAwait(false);
        return GetCredentials();
    }

    /// <summary>Finds and renews them where that is due. Comes before each signature.</summary>
    public async Task FetchAsync(CancellationToken cancellationToken)
    {
        var found = await _found.GetAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _current = await found.GetCredentialsAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (SpotException or OperationCanceledException))
        {
            throw CredentialErrors.NotUsable(found, ProfileName, e);
        }
    }

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() =>
        _current ?? throw new InvalidOperationException("The credentials were not fetched before the signature.");

    /// <inheritdoc/>
    public void Dispose() => _found.Dispose();

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private async Task<AWSCredentials> FindAsync(CancellationToken cancellationToken)
    {
        if (IsSimulated)
        {
            return new BasicAWSCredentials("AKIASIMULATED0000000", "simulated");
        }

        // As in every AWS tool, keys in the environment win over a profile that only the environment names.
        var name = _options.ProfileName ?? (Setting("AWS_ACCESS_KEY_ID") is null ? Setting(ProfileVariable) : null);
        if (name is not null)
        {
            return FromProfile(name);
        }

        try
        {
            // Without the thread of the pool a look for the role of this machine would hold up the caller.
            return await Task.Run(() => DefaultAWSCredentialsIdentityResolver.GetCredentials(), cancellationToken).ConfigureAwait(false);
        }
        catch (AmazonClientException e)
        {
            throw CredentialErrors.NotFound(e);
        }
    }

    private static AWSCredentials FromProfile(string name)
    {
        var chain = new CredentialProfileStoreChain();
        if (!chain.TryGetProfile(name, out var profile))
        {
            throw CredentialErrors.ProfileNotFound(name, chain.ListProfiles().Select(known => known.Name));
        }

        try
        {
            return profile.GetAWSCredentials(chain);
        }
        catch (Exception e) when (e is AmazonClientException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            throw CredentialErrors.ProfileIncomplete(name, e);
        }
    }
}
