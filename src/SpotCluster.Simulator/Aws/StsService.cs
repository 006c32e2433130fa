using System.Globalization;
using System.Text.RegularExpressions;

namespace SpotCluster.Simulator.Aws;

/// <summary>AWS Security Token Service: who am I, and the credentials of a role.</summary>
internal sealed class StsService(AwsAccount account) : IAwsService
{
    public const string WithWebIdentity = "AssumeRoleWithWebIdentity";
    private const string Namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    private static readonly Regex RoleArn = new(@"^arn:aws:iam::(?<account>\d{12}):role/(?:.*/)?(?<name>[^/]+)$", RegexOptions.CultureInvariant);

    public string SigningName => "sts";

    public SimulatedResponse Answer(AwsCall call) => call.Operation switch
    {
        // AWS grants this one to everybody, whatever the policies say.
        "GetCallerIdentity" => QueryProtocol.Answer(
            call,
            Namespace,
            new XmlBody().Text("Arn", account.ArnOf(call.AccessKeyId)).Text("UserId", AwsAccount.UserId).Text("Account", account.Id)),
        "AssumeRole" => Assume(call),
        WithWebIdentity when string.IsNullOrEmpty(call.Query["WebIdentityToken"].Value) =>
            throw new ServiceFaultException(400, "InvalidIdentityToken", "No OpenIDConnect token was provided."),
        WithWebIdentity => Assume(call),
        _ => throw new ServiceFaultException(400, "InvalidAction", $"Could not find operation {call.Operation} for version 2011-06-15"),
    };

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => QueryProtocol.Refuse(call, Namespace, fault);

    private SimulatedResponse Assume(AwsCall call)
    {
        var arn = call.Query["RoleArn"].Value ?? "";
        var session = call.Query["RoleSessionName"].Value ?? "";
        if (account.IsDenied(call.Operation) || RoleArn.Match(arn) is not { Success: true } role || role.Groups["account"].Value != account.Id)
        {
            throw new ServiceFaultException(
                403, "AccessDenied", $"User: {account.ArnOf(call.AccessKeyId)} is not authorized to perform: sts:{call.Operation} on resource: {arn}");
        }

        if (call.Query["SerialNumber"].Value is not null && call.Query["TokenCode"].Value != account.MfaCode)
        {
            throw new ServiceFaultException(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ");
        }

        var seconds = int.TryParse(call.Query["DurationSeconds"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 3600;
        var taken = $"arn:aws:sts::{account.Id}:assumed-role/{role.Groups["name"].Value}/{session}";
        var key = account.NewSession(taken, TimeSpan.FromSeconds(seconds));
        var body = new XmlBody();
        body.Element("AssumedRoleUser", () => body.Text("AssumedRoleId", $"AROASIMULATED0000001:{session}").Text("Arn", taken));
        body.Element("Credentials", () => body
            .Text("AccessKeyId", key.Id)
            .Text("SecretAccessKey", key.Secret)
            .Text("SessionToken", key.Token)
            .Text("Expiration", key.ExpiresAt!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        return QueryProtocol.Answer(call, Namespace, body);
    }
}
