using Amazon.Runtime;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>
/// Credentials that are fetched before each signature and kept until shortly before their end, on the engine's clock.
/// </summary>
internal abstract class FetchedCredentials(TimeProvider clock) : AWSCredentials, IFetchedCredentials, IDisposable
{
    /// <summary>How long before their end they are renewed.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile ImmutableCredentials? _current;
    private DateTimeOffset? _end;

    /// <inheritdoc/>
    public override DateTime? Expiration
    {
        get => _end?.UtcDateTime;
        set => throw new NotSupportedException("The end is that of the credentials that were found.");
    }

    /// <summary>Fetches and renews them where that is due.</summary>
    public async Task FetchAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current is null || (_end is { } end && end - clock.GetUtcNow() <= Margin))
            {
                (_current, _end) = await LoadAsync(cancellationToken).ConfigureAwait(false);
                SecretText.Hide(_current.SecretKey);
                SecretText.Hide(_current.Token);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        await FetchAsync(CancellationToken.None).ConfigureAwait(false);
        return GetCredentials();
    }

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials() =>
        _current ?? throw new InvalidOperationException("The credentials were not fetched before the signature.");

    /// <inheritdoc/>
    public virtual void Dispose() => _gate.Dispose();

    /// <summary>Gets new ones, and their end; null for none.</summary>
    protected abstract Task<(ImmutableCredentials Credentials, DateTimeOffset? End)> LoadAsync(CancellationToken cancellationToken);
}

/// <summary>Credentials of the AWS SDK, which renews them itself.</summary>
/// <param name="inner">Those of the SDK.</param>
/// <param name="profile">The profile that they are of; null for none.</param>
/// <param name="clock">The clock of expiry.</param>
internal sealed class SdkCredentials(AWSCredentials inner, string? profile, TimeProvider clock) : FetchedCredentials(clock)
{
    /// <inheritdoc/>
    public override DateTime? Expiration
    {
        get => inner.Expiration;
        set => throw new NotSupportedException("The end is that of the credentials that were found.");
    }

    /// <inheritdoc/>
    protected override async Task<(ImmutableCredentials Credentials, DateTimeOffset? End)> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A credential process or the service of a role may take its time on the caller's thread.
            var found = await Task.Run(inner.GetCredentialsAsync, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);

            // The SDK knows when to ask again, so it is asked before each signature; what lasts for ever is kept.
            return (found, inner is BasicAWSCredentials or SessionAWSCredentials or EnvironmentVariablesAWSCredentials ? null : DateTimeOffset.MinValue);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw CredentialErrors.NotUsable(inner, profile, failure);
        }
    }
}
