using System.Reflection;
using Amazon.EC2;
using Amazon.Runtime;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>What the class of a request tells of its operation.</summary>
internal static class AwsOperation
{
    private static readonly string[] Reading = ["Describe", "Get", "List"];
    private static readonly string[] Making = ["Create", "Run", "Allocate", "Import", "Copy", "Register", "Request", "Purchase"];

    private static readonly Func<object, object> Clone =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    /// <summary>AWS's name of the operation.</summary>
    public static string NameOf(AmazonWebServiceRequest request)
    {
        if (request is INamedRequest named)
        {
            return named.Operation;
        }

        const string Suffix = "Request";
        var name = request.GetType().Name;
        return name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }

    /// <summary>False for what only reads, and for a dry run.</summary>
    public static bool Changes(AmazonWebServiceRequest request) =>
        !Starts(NameOf(request), Reading) && request.GetType().GetProperty("DryRun")?.GetValue(request) is not true;

    /// <summary>
    /// True when a repeat of a call that was done already would make a second thing, or be refused as a duplicate: it
    /// makes something, and takes no token. Such a call is repeated only when the service said that it was not done.
    /// </summary>
    public static bool RepeatMayDuplicate(AmazonWebServiceRequest request) =>
        request is AmazonEC2Request
        && Starts(NameOf(request), Making)
        && request.GetType().GetProperty("ClientToken") is null

        // The same tag or route again changes nothing.
        && NameOf(request) is not ("CreateTags" or "CreateRoute");

    /// <summary>A copy of a request, with the same lists.</summary>
    public static T Copy<T>(T request)
        where T : AmazonWebServiceRequest => (T)Clone(request);

    private static bool Starts(string operation, string[] prefixes) => Array.Exists(prefixes, prefix => operation.StartsWith(prefix, StringComparison.Ordinal));
}
