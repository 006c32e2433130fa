using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Whose key it is, for the confirmation of a removal, and what the account has beside instances.</summary>
public static class VastAccount
{
    /// <summary>
    /// The account of the key. Where the service does not give it, it is <see cref="RemovalPlan.UnreadableAccount"/>, and a warning has the reason:
    /// no bill runs on because a name is missing. A key that is not accepted and a service that does not answer stay errors.
    /// </summary>
    public static async Task<SpotIdentity> GetAsync(IVastService vast, IOperationHost host, CancellationToken cancellationToken)
    {
        string reason;
        try
        {
            var identity = await vast.GetIdentityAsync(cancellationToken).ConfigureAwait(false);
            if (identity.AccountId.Length > 0)
            {
                return identity;
            }

            reason = "The answer has no id.";
        }
        catch (SpotException error) when (IsUnreadable(error))
        {
            reason = error.Message;
        }

        host.Warning($"Cannot read the account of the Vast.ai key, so the owner of these instances is not confirmed: {reason} The removal uses the instances that the key lists.");
        return new SpotIdentity { Provider = SpotProvider.Vast, AccountId = RemovalPlan.UnreadableAccount };
    }

    /// <summary>What the volumes of an account cost, which no removal of instances ends; null without volumes. Fails nothing.</summary>
    public static async Task<string?> VolumesTextAsync(IVastService vast, IOperationHost host, CancellationToken cancellationToken)
    {
        try
        {
            var volumes = await vast.GetVolumesAsync(new RemovalScope { Provider = SpotProvider.Vast }, host, cancellationToken).ConfigureAwait(false);
            return volumes.Count == 0 ? null : new BilledVolumes(volumes.Count, volumes.Aggregate((decimal?)0, (sum, volume) => sum + volume.HourlyPrice)).ToString();
        }
        catch (SpotException error)
        {
            BilledVolumes.ReportUnknown(error, host);
            return null;
        }
    }

    /// <summary>True for a failure that is about the account alone: neither about the key, nor about the way to the service.</summary>
    internal static bool IsUnreadable(SpotException error) => error.Category
        is SpotErrorCategory.PermissionDenied or SpotErrorCategory.InvalidOperation or SpotErrorCategory.InvalidData or SpotErrorCategory.NotFound or SpotErrorCategory.Unavailable;
}
