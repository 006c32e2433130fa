using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>
/// Reports regions that could not be listed, each once: at once where that is the failure of one region, and together at
/// the end where a policy denies several.
/// </summary>
/// <param name="asked">Every region that is asked.</param>
/// <param name="host">Told of the failures.</param>
internal sealed class UnlistedRegions(IReadOnlyCollection<string> asked, IOperationHost host)
{
    private readonly Dictionary<string, SpotException> _failed = new(StringComparer.Ordinal);
    private readonly List<SpotException> _denied = [];

    /// <summary>True while every region has answered.</summary>
    public bool None
    {
        get
        {
            lock (_failed)
            {
                return _failed.Count == 0;
            }
        }
    }

    /// <summary>Takes in the failure of a region, by its <see cref="SpotException.Region"/>; the first one counts.</summary>
    public void Add(SpotException error)
    {
        lock (_failed)
        {
            if (!_failed.TryAdd(error.Region!, error))
            {
                return;
            }

            if (error.Category is SpotErrorCategory.PermissionDenied)
            {
                _denied.Add(error);
                return;
            }
        }

        host.Error(error);
    }

    /// <summary>Reports the denials that were collected.</summary>
    public void Report()
    {
        lock (_failed)
        {
            foreach (var group in _denied.GroupBy(error => error.ServiceCode, StringComparer.Ordinal))
            {
                SpotException[] errors = [.. group.OrderBy(error => error.Region, StringComparer.Ordinal)];
                host.Error(errors.Length == 1 ? errors[0] : Together(errors));
            }

            _denied.Clear();
        }
    }

    /// <summary>The error of what could not be listed.</summary>
    public static SpotException Error(string region, string what, SpotException cause) => new(
        SpotErrorIds.RegionNotListed, cause.Category, $"{what}: {cause.Message}", cause)
    {
        Target = region,
        Region = region,
        ServiceCode = cause.ServiceCode,
        RequestId = cause.RequestId,
        RecommendedAction = cause.RecommendedAction,
    };

    /// <summary>The error of a region that could not be listed; of one that does not exist, which has no state, it is that error itself.</summary>
    public static SpotException NotListed(string region, SpotException cause) => cause.ErrorId == SpotErrorIds.RegionUnknown && cause.Region == region
        ? cause
        : Error(region, $"Cannot list {region}, so its state is unknown", cause);

    private SpotException Together(SpotException[] errors)
    {
        var first = errors[0];
        string[] answered = [.. asked.Where(region => !_failed.ContainsKey(region)).OrderBy(region => region, StringComparer.Ordinal)];
        var statement = answered.Length == 0 ? "" : $" If these are not regions of the account, specify its regions, and only those are listed: SPOTCLUSTER_REGIONS={string.Join(",", answered)}, or regions in spotcluster.yaml.";
        return new SpotException(
            SpotErrorIds.RegionNotListed,
            first.Category,
            $"Cannot list {errors.Length} regions, so their state is unknown: {string.Join(", ", errors.Select(error => error.Region))}. {(first.InnerException ?? first).Message}",
            first)
        {
            Target = first.Region,
            Region = first.Region,
            ServiceCode = first.ServiceCode,
            RequestId = first.RequestId,
            RecommendedAction = first.RecommendedAction + statement,
        };
    }
}
