using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Aws.Sso;

/// <summary>
/// SSO on the wire: REST with JSON, without signatures. Requests are told by their paths, because clients with one endpoint
/// URL send all of them to the same host.
/// </summary>
internal sealed class SsoEndpoint(SimulatedSso sso, AwsAccount account) : ISimulatedService
{
    private const string Json = "application/json";

    private static readonly Dictionary<string, (string Method, string Service, string Operation)> Operations = new(StringComparer.Ordinal)
    {
        ["/client/register"] = ("POST", "sso-oidc", "RegisterClient"),
        ["/device_authorization"] = ("POST", "sso-oidc", "StartDeviceAuthorization"),
        ["/token"] = ("POST", "sso-oidc", "CreateToken"),
        ["/federation/credentials"] = ("GET", "sso", "GetRoleCredentials"),
        ["/assignment/accounts"] = ("GET", "sso", "ListAccounts"),
        ["/assignment/roles"] = ("GET", "sso", "ListAccountRoles"),
        ["/logout"] = ("POST", "sso", "Logout"),
    };

    private static readonly Regex Host = new(
        @"^(oidc|portal\.sso)\.(?<region>[a-z0-9-]+)\.(amazonaws\.com|api\.aws)(\.cn)?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    public SimulatedCall? Recognize(SimulatedRequest request)
    {
        var host = Host.Match(request.Uri.Host);
        if (!host.Success && !request.Uri.IsLoopback)
        {
            return null;
        }

        var region = host.Success ? host.Groups["region"].Value : "";
        if (request.Uri.AbsolutePath == "/device")
        {
            return new SimulatedCall { Request = request, Service = "sso-page", Operation = request.Method == "POST" ? "Decide" : "GetPage", Region = region };
        }

        if (!Operations.TryGetValue(request.Uri.AbsolutePath, out var operation) || operation.Method != request.Method)
        {
            return null;
        }

        // Tokens and secrets stay out of the log.
        var query = QueryNode.ParseForm(request.Uri.Query.TrimStart('?'));
        return new SimulatedCall { Request = request, Service = operation.Service, Operation = operation.Operation, Region = region, Parameters = query };
    }

    public SimulatedResponse Answer(SimulatedCall call) => call.Operation switch
    {
        "RegisterClient" => Register(Body(call)),
        "StartDeviceAuthorization" => Start(call, Body(call)),
        "CreateToken" => CreateToken(Body(call)),
        "GetRoleCredentials" => RoleCredentials(call),
        "ListAccounts" => Accounts(call),
        "ListAccountRoles" => Roles(call),
        "Logout" => Logout(call),
        _ => SsoPage.Answer(sso, call.Request),
    };

    public SimulatedResponse Refuse(SimulatedCall call, ServiceFaultException fault)
    {
        var body = call.Service == "sso-oidc"
            ? new JObject { ["error"] = Word(fault.Code), ["error_description"] = fault.Message }
            : new JObject { ["message"] = fault.Message, ["__type"] = "com.amazonaws.switchboard.portal#" + fault.Code };
        return new SimulatedResponse(fault.Status, Json, body.ToString(Formatting.None))
        {
            Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["x-amzn-ErrorType"] = fault.Code },
        };
    }

    // AuthorizationPendingException is authorization_pending in OAuth's words.
    private static string Word(string code) =>
        Regex.Replace(code.Replace("Exception", "", StringComparison.Ordinal), "(?<=[a-z])[A-Z]", "_$0", RegexOptions.CultureInvariant).ToLowerInvariant();

    private static JObject Body(SimulatedCall call)
    {
        try
        {
            return JObject.Parse(call.Request.Body);
        }
        catch (JsonException)
        {
            throw new ServiceFaultException(400, "InvalidRequestException", "The request is not a JSON object");
        }
    }

    private static string Text(JObject body, string name) =>
        (string?)body[name] ?? throw new ServiceFaultException(400, "InvalidRequestException", $"Missing required parameter {name}");

    private static SimulatedResponse Ok(JObject body) => new(200, Json, body.ToString(Formatting.None));

    private SimulatedResponse Register(JObject body)
    {
        if (Text(body, "clientType") != "public" || Text(body, "clientName").Length == 0)
        {
            throw new ServiceFaultException(400, "InvalidClientMetadataException", "Only public clients with a name can register");
        }

        var (id, secret, issued, end) = sso.Register([.. (body["scopes"] as JArray ?? []).Select(scope => (string?)scope ?? "")]);
        return Ok(new JObject
        {
            ["clientId"] = id,
            ["clientSecret"] = secret,
            ["clientIdIssuedAt"] = issued.ToUnixTimeSeconds(),
            ["clientSecretExpiresAt"] = end.ToUnixTimeSeconds(),
        });
    }

    private SimulatedResponse Start(SimulatedCall call, JObject body)
    {
        var (device, user) = sso.Start(Text(body, "clientId"), Text(body, "clientSecret"), Text(body, "startUrl"));
        var page = call.Request.Uri.IsLoopback
            ? call.Request.Uri.GetLeftPart(UriPartial.Authority) + "/device"
            : $"https://device.sso.{(call.Region.Length == 0 ? "us-east-1" : call.Region)}.amazonaws.com/";
        return Ok(new JObject
        {
            ["deviceCode"] = device,
            ["userCode"] = user,
            ["verificationUri"] = page,
            ["verificationUriComplete"] = $"{page}?user_code={user}",
            ["expiresIn"] = (long)sso.DeviceLifetime.TotalSeconds,
            ["interval"] = (long)sso.Interval.TotalSeconds,
        });
    }

    private SimulatedResponse CreateToken(JObject body)
    {
        var (access, refresh) = sso.Take(
            Text(body, "clientId"), Text(body, "clientSecret"), Text(body, "grantType"), (string?)body["deviceCode"], (string?)body["refreshToken"]);
        var answer = new JObject
        {
            ["accessToken"] = access,
            ["tokenType"] = "Bearer",
            ["expiresIn"] = (long)sso.TokenLifetime.TotalSeconds,
        };
        if (refresh is not null)
        {
            answer["refreshToken"] = refresh;
        }

        return Ok(answer);
    }

    private SimulatedResponse RoleCredentials(SimulatedCall call)
    {
        RequireToken(call);
        var key = sso.RoleKey(Parameter(call, "account_id"), Parameter(call, "role_name"));
        return Ok(new JObject
        {
            ["roleCredentials"] = new JObject
            {
                ["accessKeyId"] = key.Id,
                ["secretAccessKey"] = key.Secret,
                ["sessionToken"] = key.Token,
                ["expiration"] = key.ExpiresAt!.Value.ToUnixTimeMilliseconds(),
            },
        });
    }

    private SimulatedResponse Accounts(SimulatedCall call)
    {
        RequireToken(call);
        return Ok(new JObject
        {
            ["accountList"] = new JArray(new JObject
            {
                ["accountId"] = account.Id,
                ["accountName"] = account.Alias ?? "simulator",
                ["emailAddress"] = "simulated@example.com",
            }),
        });
    }

    private SimulatedResponse Roles(SimulatedCall call)
    {
        RequireToken(call);
        if (Parameter(call, "account_id") != account.Id)
        {
            throw new ServiceFaultException(403, "ForbiddenException", "No access");
        }

        return Ok(new JObject
        {
            ["roleList"] = new JArray(sso.Roles.Select(role => new JObject { ["roleName"] = role, ["accountId"] = account.Id })),
        });
    }

    private SimulatedResponse Logout(SimulatedCall call)
    {
        sso.End(call.Request.Header("x-amz-sso_bearer_token"));
        return new SimulatedResponse(200, "", "");
    }

    private void RequireToken(SimulatedCall call)
    {
        sso.RequireToken(call.Request.Header("x-amz-sso_bearer_token"));
        if (account.IsDenied(call.Operation))
        {
            throw new ServiceFaultException(403, "ForbiddenException", "No access");
        }
    }

    private static string Parameter(SimulatedCall call, string name) =>
        call.Parameters.TryGetValue(name, out var value)
            ? value
            : throw new ServiceFaultException(400, "InvalidRequestException", string.Format(CultureInfo.InvariantCulture, "Missing required parameter {0}", name));
}
