using Amazon.Runtime;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>
/// The credentials of a session, found at the first call: those of the named profile, or what an AWS tool finds in
/// environment, profile, web identity and role. Errors come out as <see cref="Model.SpotException"/> with the command to run.
/// </summary>
internal sealed class SessionCredentials : AWSCredentials, IFetchedCredentials, IDisposable
{
    private const string FallbackRegion = "us-east-1";
    private readonly EngineOptions _options;
    private readonly AwsClientSetup _setup;
    private readonly SsoTokens _tokens;
    private readonly Cached<FoundCredentials> _found;
    private readonly MfaAnswer _mfa;

    public SessionCredentials(EngineOptions options, AwsClientSetup setup, SsoTokens tokens)
    {
        _options = options;
        _setup = setup;
        _tokens = tokens;
        _mfa = new MfaAnswer(options.MfaCode);
        _found = new Cached<FoundCredentials>(FindAsync);
    }

    /// <summary>Where they came from, for people; null before the first call.</summary>
    public string? Source => _found.Known?.Source;

    /// <inheritdoc/>
    public override DateTime? Expiration
    {
        get => _found.Known?.Credentials.Expiration;
        set => throw new NotSupportedException("The end is that of the credentials that were found.");
    }

    /// <summary>The device whose code is needed before the next call; null where there are credentials, a code, or no such role.</summary>
    public string? MfaDevice => _setup.ReadsNoFiles || _options.Keys is not null || _mfa.IsThere || Expiration - _options.Clock.GetUtcNow().UtcDateTime > FetchedCredentials.Margin
        ? null
        : Chain().FindMfaDevice(_options.ProfileName);

    /// <summary>Takes in the code of the device.</summary>
    public void Give(string mfaCode) => _mfa.Give(mfaCode);

    /// <summary>The region of the profile, or of the environment; null when none is set.</summary>
    public string? FindRegion()
    {
        if (_setup.ReadsNoFiles)
        {
            return null;
        }

        var ofEnvironment = Region("AWS_REGION") ?? Region("AWS_DEFAULT_REGION");
        return _options.ProfileName is null && ofEnvironment is not null
            ? ofEnvironment
            : _setup.Files.Find(_setup.ProfileName ?? ProfileFiles.DefaultName)?["region"] ?? ofEnvironment;
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
        await found.Credentials.FetchAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() =>
        (_found.Known ?? throw new InvalidOperationException("The credentials were not fetched before the signature.")).Credentials.GetCredentials();

    /// <inheritdoc/>
    public void Dispose()
    {
        _found.Known?.Credentials.Dispose();
        _found.Dispose();
    }

    // A blank at the end would become a part of a host name that nobody finds.
    private static string? Region(string variable) => AwsClientSetup.Variable(variable) is not { } value ? null
        : AwsRegions.IsName(value) ? value
        : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"{variable} is not valid: '{VisibleText.Clean(value)}' is not a valid region name.")
        {
            Target = variable,
            RecommendedAction = AwsRegions.IsName(value.Trim()) ? $"Remove the spaces: set {variable} to {value.Trim()}." : $"Set {variable} to a name such as us-east-1.",
        };

    private CredentialChain Chain() => new(_setup, _tokens, FindRegion() ?? FallbackRegion, _mfa);

    private Task<FoundCredentials> FindAsync(CancellationToken cancellationToken)
    {
        if (_options.Keys is { } keys)
        {
            foreach (var (part, value) in new[] { ("access key", keys.AccessKey), ("secret key", keys.SecretKey), ("session token", keys.SessionToken) })
            {
                CredentialErrors.RequireWord(value, $"The {part} of {keys.Source}", "Give it as one word without blanks and line ends.");
            }

            AWSCredentials given = keys.SessionToken is null
                ? new BasicAWSCredentials(keys.AccessKey, keys.SecretKey)
                : new SessionAWSCredentials(keys.AccessKey, keys.SecretKey, keys.SessionToken);
            return Task.FromResult(new FoundCredentials(new SdkCredentials(given, null, _options.Clock), keys.Source));
        }

        if (_setup.ReadsNoFiles)
        {
            var simulated = new BasicAWSCredentials("AKIASIMULATED0000000", "simulated");
            return Task.FromResult(new FoundCredentials(new SdkCredentials(simulated, null, _options.Clock), "simulator"));
        }

        return Chain().FindAsync(_options.ProfileName, cancellationToken);
    }
}
