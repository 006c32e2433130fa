using System.Management.Automation;
using System.Reflection;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Keys out of the objects that AWS Tools for PowerShell keeps them in. Its types are another copy of the SDK, so they are read by their members.</summary>
internal static class GivenKeys
{
    /// <summary>The session variable of AWS Tools for PowerShell.</summary>
    public const string Variable = "StoredAWSCredentials";

    /// <summary>
    /// The keys of a PSCredential, of credentials of the AWS SDK, or of what <c>$StoredAWSCredentials</c> holds; null for none.
    /// </summary>
    /// <param name="value">The object.</param>
    /// <param name="source">Where it came from, for people.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.CredentialInvalid"/> for an object without keys.</exception>
    public static AwsKeys? Read(object? value, string source)
    {
        value = value is PSObject wrapped ? wrapped.BaseObject : value;
        try
        {
            return value switch
            {
                null => null,
                PSCredential login => new AwsKeys(login.UserName, login.GetNetworkCredential().Password, null, source),
                _ => OfSdk(Member(value, "Credentials") ?? value, source),
            };
        }
        catch (TargetInvocationException failure)
        {
            throw NotUsable(source, failure.InnerException ?? failure);
        }
    }

    private static AwsKeys OfSdk(object credentials, string source)
    {
        var keys = credentials.GetType().GetMethod("GetCredentials", Type.EmptyTypes)?.Invoke(credentials, null) ?? credentials;
        return Member(keys, "AccessKey") is string access && Member(keys, "SecretKey") is string secret
            ? new AwsKeys(access, secret, Member(keys, "Token") is string { Length: > 0 } token ? token : null, source)
            : throw NotUsable(source, null);
    }

    private static object? Member(object value, string name) =>
        value.GetType().GetProperty(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(value);

    private static SpotException NotUsable(string source, Exception? failure) => new(
        SpotErrorIds.CredentialInvalid, SpotErrorCategory.Authentication,
        $"{source} is not valid: {failure?.Message ?? "it is neither a PSCredential nor credentials of AWS Tools for PowerShell"}.", failure)
    {
        Target = source,
        RecommendedAction = "Give a PSCredential with the access key id as user name and the secret key as password, or what Get-AWSCredential writes.",
    };
}
