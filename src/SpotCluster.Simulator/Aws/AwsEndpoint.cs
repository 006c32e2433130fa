using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Simulator.Aws;

/// <summary>A request to an AWS service.</summary>
internal sealed class AwsCall : SimulatedCall
{
    /// <summary>The parameters as a tree.</summary>
    public required QueryNode Query { get; init; }

    /// <summary>The JSON body of services that speak JSON.</summary>
    public JObject Json { get; init; } = [];

    /// <summary>The access key that signed the request; null when it is not signed.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>Id of the request, as the answer will show it.</summary>
    public string RequestId { get; set; } = "";
}

/// <summary>One AWS service behind the endpoint.</summary>
internal interface IAwsService
{
    /// <summary>The name in the scope of signatures.</summary>
    string SigningName { get; }

    /// <summary>Answers a call.</summary>
    SimulatedResponse Answer(AwsCall call);

    /// <summary>A refusal in the service's format.</summary>
    SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault);
}

/// <summary>
/// Every AWS service of the account under one address. The service and region of a request come from the scope of its
/// signature, because clients with one endpoint URL send all of them to the same host; else from the host name.
/// </summary>
internal sealed class AwsEndpoint(AwsAccount account, IReadOnlyList<IAwsService> services) : ISimulatedService
{
    private static readonly Regex Scope = new(
        @"Credential=(?<key>[^/,\s]+)/(?<date>\d{8})/(?<region>[^/]+)/(?<service>[^/]+)/aws4_request",
        RegexOptions.CultureInvariant);

    private static readonly Regex HostName = new(
        @"^(api\.)?(?<service>[a-z0-9-]+)(\.(?<region>[a-z]+(-[a-z]+)+-\d))?\.(amazonaws\.com|api\.aws)(\.cn)?$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    private long _requests;

    public SimulatedCall? Recognize(SimulatedRequest request)
    {
        var scope = Scope.Match(request.Header("Authorization") ?? Uri.UnescapeDataString(request.Uri.Query.Replace("X-Amz-Credential", "Credential", StringComparison.Ordinal)));
        var host = HostName.Match(request.Uri.Host);
        var isUnsigned = !scope.Success && request.Body.Contains($"Action={StsService.WithWebIdentity}", StringComparison.Ordinal);
        if (!scope.Success && !host.Success && !isUnsigned)
        {
            return null;
        }

        var service = isUnsigned ? "sts" : (scope.Success ? scope : host).Groups["service"].Value;
        var region = (scope.Success ? scope : host).Groups["region"].Value;
        if (region.Length == 0)
        {
            region = "us-east-1";
        }

        var target = request.Header("X-Amz-Target");
        var json = new JObject();
        Dictionary<string, string> parameters;
        string operation;
        if (target is not null)
        {
            operation = target.Substring(target.LastIndexOf('.') + 1);
            try
            {
                json = request.Body.Length == 0 ? json : JObject.Parse(request.Body);
            }
            catch (JsonException)
            {
                // A body that is no JSON is answered like one that lacks every member.
            }

            parameters = json.Properties().ToDictionary(
                property => property.Name, property => property.Value.ToString(Formatting.None).Trim('"'), StringComparer.Ordinal);
        }
        else
        {
            var body = QueryNode.ParseForm(request.Body);
            parameters = body.ContainsKey("Action") ? body : QueryNode.ParseForm(request.Uri.Query.TrimStart('?'));
            operation = parameters.TryGetValue("Action", out var action) ? action : "";
        }

        if (host.Success && !AwsAccount.Exists(region) && host.Groups["region"].Success)
        {
            throw new HostUnknownException(request.Uri.Host);
        }

        return new AwsCall
        {
            Request = request,
            Service = service,
            Operation = operation,
            Region = region,
            Parameters = parameters,
            Query = QueryNode.Parse(parameters),
            Json = json,
            AccessKeyId = scope.Success ? scope.Groups["key"].Value : null,
        };
    }

    public SimulatedResponse Answer(SimulatedCall call)
    {
        var aws = (AwsCall)call;
        aws.RequestId = NewRequestId();
        var service = ServiceOf(aws);
        if (aws is { AccessKeyId: null, Operation: StsService.WithWebIdentity })
        {
            return service.Answer(aws);
        }

        if (aws.AccessKeyId is null)
        {
            throw service.SigningName == "ec2"
                ? new ServiceFaultException(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
                : new ServiceFaultException(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        }

        if (account.IsUnknownKey(aws.AccessKeyId))
        {
            throw AwsFaults.Named(service.SigningName == "ec2" ? "AuthFailure" : "InvalidClientTokenId");
        }

        SignatureCheck.RequireTime(aws.Request, account.ClockAhead, service.SigningName == "ec2");
        CheckKey(aws, service.SigningName == "ec2");
        if (!AwsAccount.Exists(aws.Region))
        {
            throw new ServiceFaultException(
                service.SigningName == "ec2" ? 401 : 403,
                service.SigningName == "ec2" ? "AuthFailure" : "SignatureDoesNotMatch",
                $"Credential should be scoped to a valid region, not '{aws.Region}'.");
        }

        if (!account.IsEnabled(aws.Region))
        {
            throw service.SigningName == "ec2"
                ? AwsFaults.Named("AuthFailure")
                : AwsFaults.Named("InvalidClientTokenId");
        }

        RequireAllowed(aws);
        return service.Answer(aws);
    }

    public SimulatedResponse Refuse(SimulatedCall call, ServiceFaultException fault)
    {
        var aws = (AwsCall)call;
        if (aws.RequestId.Length == 0)
        {
            aws.RequestId = NewRequestId();
        }

        return (services.FirstOrDefault(service => service.SigningName == aws.Service) ?? services[0]).Refuse(aws, fault);
    }

    /// <summary>Refuses what the policy of the account does not allow: the call itself, and what it does on behalf of the caller.</summary>
    private void RequireAllowed(AwsCall call)
    {
        // A role of single sign-on, and who somebody is, need no permission.
        if (account.Allowed is not { } allowed || call is { Service: "sts", Operation: not "DecodeAuthorizationMessage" } || call.Service.StartsWith("sso", StringComparison.Ordinal))
        {
            return;
        }

        var service = call.Service switch
        {
            "monitoring" => "cloudwatch",
            "tagging" => "tag",
            var name => name,
        };
        var needed = new List<string> { $"{service}:{call.Operation}" };
        if (service == "ec2")
        {
            if (call.Operation == "CreateFleet")
            {
                needed.AddRange(["ec2:RunInstances", "ec2:CreateTags", "iam:CreateServiceLinkedRole", "ssm:GetParameters"]);
            }
            else if (call.Parameters.Keys.Any(name => name.StartsWith("TagSpecification", StringComparison.Ordinal)))
            {
                needed.Add("ec2:CreateTags");
            }
        }

        if (needed.Find(action => !allowed.Contains(action)) is { } denied)
        {
            throw service == "ec2" ? AwsFaults.Denied(denied, account.Arn)
                : new ServiceFaultException(403, "AccessDeniedException", $"User: {account.Arn} is not authorized to perform: {denied} because no identity-based policy allows the {denied} action");
        }
    }

    private void CheckKey(AwsCall call, bool isEc2)
    {
        if (account.FindKey(call.AccessKeyId) is not { } key)
        {
            return;
        }

        SignatureCheck.RequireSecret(call.Request, key.Secret, isEc2);
        if (key.Token != call.Request.Header("X-Amz-Security-Token"))
        {
            throw isEc2 ? AwsFaults.Named("AuthFailure") : AwsFaults.Named("InvalidClientTokenId");
        }

        if (key.ExpiresAt <= account.Clock.GetUtcNow())
        {
            throw isEc2 ? AwsFaults.Named("RequestExpired") : AwsFaults.Named("ExpiredToken");
        }
    }

    private IAwsService ServiceOf(AwsCall call) =>
        services.FirstOrDefault(service => service.SigningName == call.Service)
        ?? throw new ServiceFaultException(400, "UnknownService", $"The simulator does not support the service '{call.Service}'.");

    private string NewRequestId()
    {
        var number = Interlocked.Increment(ref _requests);
        var high = Chance.Bits(account.Seed, FormattableString.Invariant($"request/{number}/a"));
        var low = Chance.Bits(account.Seed, FormattableString.Invariant($"request/{number}/b"));
        var hex = FormattableString.Invariant($"{high:x16}{low:x16}");
        return $"{hex.Substring(0, 8)}-{hex.Substring(8, 4)}-{hex.Substring(12, 4)}-{hex.Substring(16, 4)}-{hex.Substring(20)}";
    }
}

/// <summary>A host name that no DNS server knows.</summary>
internal sealed class HostUnknownException(string host) : Exception($"No such host is known. ({host}:443)")
{
    public string Host { get; } = host;
}
