using System.Globalization;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Reports what a refusal means. By the service's code and sentence, not by the status: a wrong key may come as 404, a
/// gone offer as 404 or 410, missing credit as 400, and a refusal also as 200.
/// </summary>
internal static class VastErrors
{
    private const string CreditAdvice =
        "Add credit on the Billing page of the Vast.ai console. To stop the billing instead: Invoke-SpotNuke -Provider Vast (spotcluster destroy-all).";

    private const string OperationKey = "vast.operation";

    private static readonly Regex Threshold = new(@"threshold\s*=\s*([0-9.]+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);
    private static readonly Regex KeyInAddress = new(@"api_key=[^&\s""']+", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    /// <summary>True when the service asks to slow down; it does so in JSON and in plain text.</summary>
    public static bool IsThrottled(VastReply reply) =>
        reply.Status == 429 || (!reply.Succeeded && Has(reply.Message, "requests too frequent"));

    /// <summary>The interval that a slow-down names; null when it names none.</summary>
    public static TimeSpan? ThresholdOf(VastReply reply) =>
        Threshold.Match(reply.Text) is { Success: true } match
            && double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds is > 0 and < 600
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>True when nobody can tell from the answer whether the request was carried out.</summary>
    public static bool IsUncertain(VastReply reply) =>
        reply.Status >= 500 || (reply.IsSuccessStatus && reply.Json is not Newtonsoft.Json.Linq.JObject);

    /// <summary>The error that an answer is. <paramref name="key"/> is blotted out wherever the service repeats it.</summary>
    public static SpotException From(VastReply reply, VastCall call, VastKey? key)
    {
        var code = reply.Code ?? "";
        var text = reply.Message ?? "";
        var (id, category, sentence, action) = Classify(reply, call, code, text);
        return new SpotException(id, category, Redact(sentence, key))
        {
            Data = { [OperationKey] = call.Operation },
            Target = call.Target,
            ServiceCode = code.Length > 0 ? Redact(code, key) : "HTTP " + reply.Status.ToString(CultureInfo.InvariantCulture),
            RecommendedAction = action,
        };
    }

    /// <summary>
    /// True for the one refusal that starts a clean-up: the service itself refused a create call because the credit is used
    /// up. Nothing that was worked out here, and no refusal of another call, is one.
    /// </summary>
    public static bool IsRentWithoutCredit(SpotException error) =>
        error.ErrorId == SpotErrorIds.InsufficientCredit && error.Data[OperationKey] is VastClient.CreateOperation;

    /// <summary>True when the same call may succeed a little later.</summary>
    public static bool MayPass(SpotException error) => error.Category
        is SpotErrorCategory.Unavailable or SpotErrorCategory.Connection or SpotErrorCategory.Timeout
        or SpotErrorCategory.LimitsExceeded or SpotErrorCategory.Busy or SpotErrorCategory.InvalidData;

    /// <summary>The error of a request that got no answer.</summary>
    public static SpotException Unanswered(VastCall call, Uri address, Exception error) => error is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
        ? new(SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"Vast.ai answered {call.Operation} with more than {VastTransport.MostBytes >> 20} MiB, the limit for an answer.", error)
        {
            Target = call.Target,
            RecommendedAction = $"Check the proxy and {VastKeyStore.AddressVariable}, and run the command again.",
        }
        : new(
            Failures.IsLate(error) ? SpotErrorIds.ServiceFailed : SpotErrorIds.EndpointUnreachable,
            Failures.IsLate(error) ? SpotErrorCategory.Timeout : SpotErrorCategory.Connection,
            LateCommandException.In(error) is { } late ? $"Vast.ai did not answer {call.Operation}: {late.Message}"
                : Failures.IsLate(error)
                ? FormattableString.Invariant($"Vast.ai did not answer {call.Operation} completely within {VastTransport.UsualAnswerLimit.TotalSeconds:0} s, after retries where that is safe.")
                : $"Cannot reach Vast.ai at {address.GetLeftPart(UriPartial.Authority)}: {error.GetBaseException().Message}",
            error)
        {
            Target = call.Target,
            RecommendedAction = LateCommandException.In(error) is null ? "Check the network and the proxy, and run the command again." : LateCommandException.Advice,
        };

    public static string Redact(string text, VastKey? key)
    {
        var shown = KeyInAddress.Replace(text, "api_key=***");
        return key is not { Value.Length: >= 8 } ? shown : shown.Replace(key.Value, "***", StringComparison.Ordinal);
    }

    private static (string Id, SpotErrorCategory Category, string Sentence, string? Action) Classify(
        VastReply reply, VastCall call, string code, string text)
    {
        var about = call.Target is null ? call.Operation : $"{call.Operation} of {call.Target}";
        var said = (code, text) switch
        {
            ("", "") => "HTTP " + reply.Status.ToString(CultureInfo.InvariantCulture),
            (_, "") => code,
            ("", _) => text,
            _ => $"{code}: {text}",
        };

        if (IsThrottled(reply))
        {
            return (
                SpotErrorIds.RequestThrottled, SpotErrorCategory.LimitsExceeded,
                reply.RetryAfter > VastTransport.Patience
                    ? FormattableString.Invariant($"Vast.ai requires a wait of {reply.RetryAfter.Value.TotalSeconds:0} seconds before {about}, which is above the limit for retries: {said}")
                    : $"Vast.ai still throttles {about}: {said}",
                "Try again later, and check for other programs that use the same key.");
        }

        if (reply.Status is >= 300 and < 400)
        {
            var where = reply.Location is { IsAbsoluteUri: true } address ? " to " + address.GetLeftPart(UriPartial.Authority) : "";
            return (
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Connection,
                $"The address of the Vast.ai API redirects {about}{where}, which is not followed because the key would be sent there.",
                $"Check the proxy and {VastKeyStore.AddressVariable}.");
        }

        if (reply.IsPage)
        {
            // Whatever its status is, it was not the API that gave it: nothing about the key, a right or an instance is said.
            return (
                SpotErrorIds.ServiceFailed, reply.Status is >= 400 and < 500 ? SpotErrorCategory.Connection : SpotErrorCategory.Unavailable,
                $"The Vast.ai API did not answer {about}: a web page came back instead of JSON (HTTP {reply.Status.ToString(CultureInfo.InvariantCulture)}), "
                + "from a proxy or firewall, or because of maintenance.",
                $"Try again in a few minutes; check the network, the proxy and {VastKeyStore.AddressVariable}.");
        }

        if (reply is { IsSuccessStatus: true, Json: null })
        {
            return (SpotErrorIds.ResponseInvalid, SpotErrorCategory.InvalidData, $"Vast.ai answered {about} with text that is not valid JSON.", "Run the command again.");
        }

        switch (code)
        {
            case "insufficient_credit":
                return Credit(said);
            case "spend_rate_limit":
                return (
                    SpotErrorIds.SpendRateLimited, SpotErrorCategory.LimitsExceeded,
                    $"Vast.ai limits the spend rate of this new account: {said}", "Choose a cheaper offer, or try again later. The credit is sufficient.");
            case "auth_error":
                return Authentication(text, said);
            case "not_authorized":
                return Permission(said);
            case "no_such_instance" or "not_found" when call.Target is not null && call.Operation != VastClient.CreateOperation:
                return (SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No instance '{call.Target}' exists: {said}", null);
            case "server_error":
                return (SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"Vast.ai failed at {about}: {said}", "Try again in a few minutes.");
            case "deprecated_endpoint" or "endpoint_deprecated":
                return (
                    SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidOperation,
                    $"Vast.ai no longer serves {about} at this address: {said}", "Install a newer version of SpotCluster.");
            case "invalid_price":
                return (SpotErrorIds.PriceInvalid, SpotErrorCategory.InvalidArgument, $"Vast.ai refused the bid for {call.Target}: {said}", "Bid at least the price that Find-SpotOffer (spotcluster offers) shows, or use -WinningBid (--winning-bid).");
        }

        if (Has(said, "no_such_ask") || (call.Operation == VastClient.CreateOperation && (Has(text, "not available") || Has(text, "no longer available"))))
        {
            return (
                SpotErrorIds.OfferTaken, SpotErrorCategory.Unavailable,
                $"The offer {call.Target} is not available any more: {said}", "Search again and rent the next one.");
        }

        if (Has(text, "route access"))
        {
            return Permission(said);
        }

        if (code.Length == 0 && (Has(text, "insufficient credit") || Has(text, "lacks credit")))
        {
            return Credit(said);
        }

        if (code.Length == 0 && (Has(text, "Invalid user key") || Has(text, "requires login") || Has(text, "Session expired")))
        {
            return Authentication(text, said);
        }

        return reply.Status switch
        {
            401 when reply.Json is not null => Authentication(text, said),
            403 when reply.Json is not null => Permission(said),
            >= 500 => (
                SpotErrorIds.ServiceFailed, SpotErrorCategory.Unavailable, $"Vast.ai failed at {about}: {said}", "Try again in a few minutes."),
            _ => (SpotErrorIds.RequestRefused, SpotErrorCategory.InvalidOperation, $"Vast.ai refused {about}: {said}", null),
        };
    }

    private static (string, SpotErrorCategory, string, string?) Credit(string said) => (
        SpotErrorIds.InsufficientCredit, SpotErrorCategory.LimitsExceeded,
        $"The Vast.ai account lacks credit: {said}", CreditAdvice);

    private static (string, SpotErrorCategory, string, string?) Permission(string said) => (
        SpotErrorIds.PermissionMissing, SpotErrorCategory.PermissionDenied,
        $"The Vast.ai API key lacks permission for this call: {said}", "Use a key with permission for this route.");

    private static (string, SpotErrorCategory, string, string?) Authentication(string text, string said)
    {
        if (Has(text, "Session expired"))
        {
            return (
                SpotErrorIds.VastSessionExpired, SpotErrorCategory.Authentication,
                $"The two-factor session of the Vast.ai key has expired: {said}", "Sign in again with the Vast.ai CLI, or use an API key.");
        }

        return Has(text, "route access")
            ? Permission(said)
            : (
                SpotErrorIds.VastKeyInvalid, SpotErrorCategory.Authentication,
                $"Vast.ai does not accept the API key: {said}", $"Set {VastKeyStore.KeyVariable} to a valid key from the Keys page of the Vast.ai console.");
    }

    private static bool Has(string? text, string part) => text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase);

}
