using System.Management.Automation;
using System.Net;
using System.Security;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Takes a secret as text too, as AWS Tools for PowerShell does, and hides it from everything that is written from then on.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not string text)
        {
            return value;
        }

        SecretText.Hide(text);
        return new NetworkCredential("", text).SecurePassword;
    }

    /// <summary>The text of a secret, hidden from everything that is written; null for none.</summary>
    public static string? Text(SecureString? secret) => secret is null ? null : SecretText.Hide(new NetworkCredential("", secret).Password);
}
