using System.Globalization;
using Amazon.Runtime;
using Amazon.SecurityToken.Model;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>A role that other credentials, or a token of a web identity, may take.</summary>
internal sealed record RoleWanted
{
    /// <summary>The ARN of the role.</summary>
    public required string Arn { get; init; }

    /// <summary>Name of the session; null for one of ours.</summary>
    public string? SessionName { get; init; }

    /// <summary>What the owner of the role wants to be told; null for nothing.</summary>
    public string? ExternalId { get; init; }

    /// <summary>How long, in seconds; null for the role's own.</summary>
    public int? DurationSeconds { get; init; }

    /// <summary>The device whose code the role needs; null for none.</summary>
    public string? MfaDevice { get; init; }

    /// <summary>Where the code comes from.</summary>
    public MfaAnswer? MfaCode { get; init; }

    /// <summary>File with the token of a web identity, read at each renewal; null when credentials take the role.</summary>
    public string? TokenFile { get; init; }
}

/// <summary>The credentials of a role, taken at STS.</summary>
/// <param name="role">The role.</param>
/// <param name="source">Who takes it; null for a web identity.</param>
/// <param name="sts">STS, with the credentials of <paramref name="source"/>.</param>
/// <param name="clock">The clock of expiry.</param>
internal sealed class AssumedRoleCredentials(RoleWanted role, FetchedCredentials? source, StsClient sts, TimeProvider clock)
    : FetchedCredentials(clock)
{
    private readonly TimeProvider _clock = clock;

    /// <inheritdoc/>
    public override void Dispose()
    {
        sts.Dispose();
        source?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task<(ImmutableCredentials Credentials, DateTimeOffset? End)> LoadAsync(CancellationToken cancellationToken)
    {
        if (role.MfaDevice is not null && RoleCache.Read(role, _clock.GetUtcNow()) is { } kept)
        {
            return kept;
        }

        var code = role.MfaDevice is null ? null : role.MfaCode?.Take() ?? throw CredentialErrors.MfaCodeMissing(role);
        if (source is not null)
        {
            await source.FetchAsync(cancellationToken).ConfigureAwait(false);
        }

        Amazon.SecurityToken.Model.Credentials taken;
        try
        {
            taken = source is null
                ? (await sts.AssumeRoleWithWebIdentityAsync(WithToken(), cancellationToken).ConfigureAwait(false)).Credentials
                : (await sts.AssumeRoleAsync(WithCredentials(code), cancellationToken).ConfigureAwait(false)).Credentials;
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is var failure and not CallFailure.None)
        {
            if (failure is CallFailure.Refused && code is not null && e.Message.Contains("MultiFactorAuthentication", StringComparison.Ordinal))
            {
                role.MfaCode!.WasRefused = true;
                throw CredentialErrors.MfaCodeMissing(role);
            }

            throw failure is CallFailure.Refused ? CredentialErrors.RoleNotTaken(role.Arn, e) : sts.Explain(source is null ? "AssumeRoleWithWebIdentity" : "AssumeRole", e);
        }

        var credentials = new ImmutableCredentials(taken.AccessKeyId, SecretText.Hide(taken.SecretAccessKey), SecretText.Hide(taken.SessionToken));
        DateTimeOffset? end = taken.Expiration is { } time ? new DateTimeOffset(time.ToUniversalTime()) : null;
        if (code is not null)
        {
            role.MfaCode!.WasRefused = false;
            RoleCache.Write(role, credentials, end);
        }

        return (credentials, end);
    }

    private string SessionName =>
        role.SessionName ?? "spotcluster-" + _clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private AssumeRoleRequest WithCredentials(string? code) => new()
    {
        RoleArn = role.Arn,
        RoleSessionName = SessionName,
        ExternalId = role.ExternalId,
        DurationSeconds = role.DurationSeconds,
        SerialNumber = role.MfaDevice,
        TokenCode = code,
    };

    private AssumeRoleWithWebIdentityRequest WithToken()
    {
        try
        {
            return new AssumeRoleWithWebIdentityRequest
            {
                RoleArn = role.Arn,
                RoleSessionName = SessionName,
                DurationSeconds = role.DurationSeconds,
                WebIdentityToken = SecretText.Hide(File.ReadAllText(role.TokenFile!).Trim()),
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.CredentialNotFound,
                SpotErrorCategory.Authentication,
                $"Cannot read the web identity token for the role {role.Arn}: {failure.Message}")
            {
                Target = role.TokenFile,
                RecommendedAction = "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile.",
            };
        }
    }
}
