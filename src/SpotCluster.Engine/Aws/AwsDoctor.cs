using SpotCluster.Model;

namespace SpotCluster.Engine.Aws;

/// <summary>
/// Decides what AWS's code alone does not: AuthFailure is a wrong key or a region that is not enabled, RequestExpired is
/// an old session or a wrong clock, and a host without an address is a region that does not exist or a dead network.
/// </summary>
internal sealed class AwsDoctor(
    Func<CancellationToken, Task<SpotIdentity>> askIdentity,
    Func<CancellationToken, Task<IReadOnlyDictionary<string, bool>>> askRegions) : ICallDoctor
{
    /// <inheritdoc/>
    public async Task<SpotException> ExplainAsync(
        FailedCall call, Exception exception, CallFailure failure, CancellationToken cancellationToken)
    {
        var plain = PlainDoctor.Explain(call, exception, failure);
        if (plain.ServiceCode is "AuthFailure")
        {
            return await IdentityErrorAsync(cancellationToken).ConfigureAwait(false)
                ?? await RegionErrorAsync(call.Region, plain, cancellationToken).ConfigureAwait(false)
                ?? plain;
        }

        if (plain.ServiceCode is "RequestExpired")
        {
            return await IdentityErrorAsync(cancellationToken).ConfigureAwait(false)
                ?? new SpotException(
                    SpotErrorIds.ClockSkewed,
                    SpotErrorCategory.Authentication,
                    $"{ClockSkew.Describe(null)}, so {call.Operation} in {call.Region} was refused (RequestExpired).")
                {
                    ServiceCode = plain.ServiceCode,
                    RequestId = plain.RequestId,
                    Region = call.Region,
                    RecommendedAction = AwsErrors.Find("RequestTimeTooSkewed").Advice,
                };
        }

        return failure is CallFailure.NotSent && CallFailures.IsNameUnknown(exception)
            ? await RegionErrorAsync(call.Region, plain, cancellationToken).ConfigureAwait(false) ?? plain
            : plain;
    }

    private async Task<SpotException?> IdentityErrorAsync(CancellationToken cancellationToken)
    {
        try
        {
            _ = await askIdentity(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (SpotException e) when (e.Category is SpotErrorCategory.Authentication)
        {
            return e;
        }
        catch (SpotException)
        {
            // STS does not tell either: what EC2 said stands.
            return null;
        }
    }

    private async Task<SpotException?> RegionErrorAsync(string region, SpotException cause, CancellationToken cancellationToken)
    {
        try
        {
            var regions = await askRegions(cancellationToken).ConfigureAwait(false);
            return AwsRegions.Judge(region, regions, cause);
        }
        catch (SpotException)
        {
            return null;
        }
    }
}
