using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Core;

/// <summary>What is valid for the inputs of a node.</summary>
internal static class NodeRules
{
    /// <summary>What is wrong with an orchestrator's address; null when nothing is.</summary>
    public static string? CheckOrchestrator(string text) =>
        Regex.IsMatch(text, @"^((nats|tls)://)?([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$", RegexOptions.CultureInvariant)
            ? null
            : "an address such as nats://orchestrator.example.com:4222 is required, without a secret";

    /// <summary>What is wrong with the address of an API; null when nothing is.</summary>
    public static string? CheckUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? null
            : "an address such as https://orchestrator.example.com:1234 is required, without a secret";

    /// <summary>What is wrong with the source of a token; null when nothing is.</summary>
    public static string? CheckTokenSource(string text) =>
        Regex.IsMatch(text, @"^resolve:(ssm:(arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter)?|secretsmanager:(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?)[A-Za-z0-9_./+=@-]{1,512}$", RegexOptions.CultureInvariant)
            ? null
            : "resolve:ssm:NAME or resolve:secretsmanager:NAME is needed, where NAME may be an ARN";

    /// <summary>What is wrong with an instance profile; null when nothing is.</summary>
    public static string? CheckInstanceProfile(string text) =>
        Regex.IsMatch(text, @"^([A-Za-z0-9_+=,.@-]{1,128}|arn:aws[a-z-]*:iam::[0-9]{12}:instance-profile/[A-Za-z0-9_+=,.@/-]{1,512})$", RegexOptions.CultureInvariant)
            ? null
            : "the name or the ARN of an instance profile is needed";

    /// <summary>What is wrong with a path on a machine; null when nothing is.</summary>
    public static string? CheckTarget(string path) =>
        path.Length is > 1 and <= 255 && path[0] == '/' && !path.EndsWith('/') && !path.Any(char.IsControl) && !path.Split('/').Contains("..")
            ? null
            : "an absolute path such as /opt/data.txt is required";

    /// <summary>What is wrong with the name of a user; null when nothing is.</summary>
    public static string? CheckUserName(string name) =>
        name == "root" ? "root already exists"
        : Regex.IsMatch(name, "^[a-z_][a-z0-9_-]{0,30}$", RegexOptions.CultureInvariant) ? null
        : "1 to 31 lowercase letters, digits, - and _ are required, starting with a letter";
}
