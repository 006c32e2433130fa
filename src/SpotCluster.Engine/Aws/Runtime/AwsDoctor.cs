using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>
/// Decides what AWS's code alone does not: AuthFailure is a wrong key or a region that is not enabled, RequestExpired is
/// an old session or a wrong clock, and a host without an address is a region that does not exist or a dead network.
/// </summary>
internal sealed class AwsDoctor(
    Func<CancellationToken, Task<SpotIdentity>> askIdentity,
    Func<CancellationToken, Task<IReadOnlyDictionary<string, bool>>> askRegions,
    Func<string, CancellationToken, Task<string>>? decode = null) : ICallDoctor
{
    /// <inheritdoc/>
    public async Task<SpotException> ExplainAsync(
        FailedCall call, Exception exception, CallFailure failure, CancellationToken cancellationToken)
    {
        var plain = PlainDoctor.Explain(call, exception, failure);
        if (plain.ErrorId is SpotErrorIds.PermissionMissing && decode is not null && Encoded(exception) is { } encoded)
        {
            await DecodeAsync(plain, encoded, cancellationToken).ConfigureAwait(false);
            return plain;
        }

        if (plain.ServiceCode is "AuthFailure" && plain.ErrorId is not SpotErrorIds.ImageInvalid)
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

    /// <summary>Keeps the encoded part of a denial beside its message, which does not show it.</summary>
    /// <param name="exception">The denial.</param>
    /// <param name="message">The whole sentence of AWS.</param>
    public static void KeepEncoded(Exception exception, string? message)
    {
        if (Find(message) is { } encoded)
        {
            exception.Data[nameof(Encoded)] = encoded;
        }
    }

    private static string? Encoded(Exception exception) => exception.Data[nameof(Encoded)] as string ?? Find(exception.Message);

    private static string? Find(string? message) =>
        Regex.Match(message ?? "", @"Encoded authorization failure message:\s*(?<text>[A-Za-z0-9_+/=-]+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase) is { Success: true } match
            ? match.Groups["text"].Value
            : null;

    // What was refused, on what, and by which statement: what an administrator needs to know to allow it.
    private async Task DecodeAsync(SpotException error, string encoded, CancellationToken cancellationToken)
    {
        try
        {
            var json = JObject.Parse(await decode!(encoded, cancellationToken).ConfigureAwait(false));
            var statements = json.SelectTokens("matchedStatements.items[*].statementId").Select(id => id.ToString()).Where(id => id.Length > 0).ToList();
            var why = json.Value<bool?>("explicitDeny") == true
                ? "an explicit deny" + (statements.Count == 0 ? "" : $" of the statement {string.Join(", ", statements)}")
                : "no statement that allows it";
            error.RecommendedAction = $"{error.RecommendedAction} Decoded: {json.SelectToken("context.action")} on {json.SelectToken("context.resource")} by {json.SelectToken("context.principal.arn")} is refused by {why}.";
        }
        catch (Exception failure) when (failure is SpotException or JsonException or InvalidCastException)
        {
            error.RecommendedAction += " Cannot decode the authorization message: the permission sts:DecodeAuthorizationMessage is required.";
        }
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
