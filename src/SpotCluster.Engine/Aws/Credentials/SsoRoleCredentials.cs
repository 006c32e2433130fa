using Amazon.Runtime;
using Amazon.SSO.Model;

namespace SpotCluster.Engine.Aws.Credentials;

/// <summary>The credentials of a role that the SSO portal gives for a token.</summary>
internal sealed class SsoRoleCredentials(SsoProfile profile, SsoTokens tokens, AwsClientSetup setup) : FetchedCredentials(setup.Calls.Clock)
{
    /// <inheritdoc/>
    protected override async Task<(ImmutableCredentials Credentials, DateTimeOffset? End)> LoadAsync(CancellationToken cancellationToken)
    {
        using var portal = new SsoPortalClient(setup, profile.Region);
        SsoToken? refused = null;
        while (true)
        {
            var token = await tokens.GetAsync(profile, refused, cancellationToken).ConfigureAwait(false);
            var request = new GetRoleCredentialsRequest { AccessToken = token.AccessToken, AccountId = profile.AccountId, RoleName = profile.RoleName };
            try
            {
                var given = (await portal.GetRoleCredentialsAsync(request, cancellationToken).ConfigureAwait(false)).RoleCredentials;
                return (
                    new ImmutableCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken),
                    given.Expiration is > 0 and var end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null);
            }
            catch (UnauthorizedException e)
            {
                // Signed out elsewhere: what the file says about the end is not true, and a refresh token may still be good.
                if (refused is not null)
                {
                    throw CredentialErrors.SsoNotSignedIn(profile, tokens.Cache.PathOf(profile), token.ExpiresAt, e);
                }

                refused = token;
            }
            catch (AmazonServiceException e) when (e is ResourceNotFoundException || (int)e.StatusCode == 403)
            {
                throw CredentialErrors.SsoRoleDenied(profile, e);
            }
            catch (Exception e) when (SsoFailures.IsOfCall(e, cancellationToken))
            {
                throw portal.Explain(request, e);
            }
        }
    }
}
