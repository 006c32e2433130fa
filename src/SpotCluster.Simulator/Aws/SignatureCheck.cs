using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace SpotCluster.Simulator.Aws;

/// <summary>Checks a Signature Version 4: with the secret when it is known, and its time when the clocks differ.</summary>
internal static class SignatureCheck
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);
    private static readonly Regex Parts = new(
        @"Credential=[^/]+/(?<scope>[^,\s]+),\s*SignedHeaders=(?<headers>[^,\s]+),\s*Signature=(?<signature>[0-9a-f]+)", RegexOptions.CultureInvariant);

    /// <summary>Refuses a request that was signed with another secret.</summary>
    public static void RequireSecret(SimulatedRequest request, string secret, bool isEc2)
    {
        var parts = Parts.Match(request.Header("Authorization") ?? "");
        if (!parts.Success || Sign(request, secret, parts.Groups["scope"].Value, parts.Groups["headers"].Value) != parts.Groups["signature"].Value)
        {
            // EC2 does not tell a wrong secret from a wrong key.
            throw isEc2 ? AwsFaults.Named("AuthFailure") : AwsFaults.Named("SignatureDoesNotMatch");
        }
    }

    /// <summary>Refuses a request that was signed more than five minutes before or after the time of the cloud.</summary>
    /// <param name="request">The request.</param>
    /// <param name="ahead">By how much the clock of the cloud is ahead of that of the signer.</param>
    /// <param name="isEc2">EC2 has its own code, without the times.</param>
    public static void RequireTime(SimulatedRequest request, TimeSpan ahead, bool isEc2)
    {
        if (ahead.Duration() <= Tolerance
            || !DateTime.TryParseExact(request.Header("X-Amz-Date"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var signed))
        {
            return;
        }

        if (isEc2)
        {
            throw AwsFaults.Named("RequestExpired");
        }

        var now = signed + ahead;
        throw AwsFaults.Named("SignatureDoesNotMatch", ahead > TimeSpan.Zero
            ? $"Signature expired: {Text(signed)} is now earlier than {Text(now - Tolerance)} ({Text(now)} - 5 min.)"
            : $"Signature not yet current: {Text(signed)} is still later than {Text(now + Tolerance)} ({Text(now)} + 5 min.)");
    }

    private static string Sign(SimulatedRequest request, string secret, string scope, string headers)
    {
        var canonical = new StringBuilder()
            .Append(request.Method).Append('\n')
            .Append(request.Uri.AbsolutePath).Append('\n')
            .Append(string.Join("&", request.Uri.Query.TrimStart('?').Split('&').OrderBy(pair => pair, StringComparer.Ordinal))).Append('\n');
        foreach (var name in headers.Split(';'))
        {
            var value = request.Header(name) ?? (name == "host" ? request.Uri.Authority : "");
            canonical.Append(name).Append(':').Append(Regex.Replace(value.Trim(), " +", " ", RegexOptions.CultureInvariant)).Append('\n');
        }

        var body = request.Header("X-Amz-Content-SHA256") is { Length: 64 } hash ? hash : Hash(request.Body);
        canonical.Append('\n').Append(headers).Append('\n').Append(body);
        var toSign = $"AWS4-HMAC-SHA256\n{request.Header("X-Amz-Date")}\n{scope}\n{Hash(canonical.ToString())}";
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in scope.Split('/').Append(toSign))
        {
            using var hmac = new HMACSHA256(key);
            key = hmac.ComputeHash(Encoding.UTF8.GetBytes(part));
        }

        return Hex(key);
    }

    private static string Hash(string text)
    {
        return Hex(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static string Hex(byte[] bytes) => string.Concat(bytes.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

    private static string Text(DateTime time) => time.ToString(TimeFormat, CultureInfo.InvariantCulture);
}
