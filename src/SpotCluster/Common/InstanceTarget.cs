using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>An instance that a command was given.</summary>
/// <param name="Key">Its id, with region and provider where they are known.</param>
/// <param name="ClusterName">Its cluster; null when it is not known or there is none.</param>
/// <param name="Instance">The whole instance where Get-SpotInstance wrote it; null for an id.</param>
internal sealed record InstanceTarget(InstanceKey Key, string? ClusterName, SpotInstance? Instance)
{
    /// <summary>The instance for prompts: id, cluster, region.</summary>
    public string Description
    {
        get
        {
            var place = string.Join(", ", new[] { ClusterName, Key.Region }.Where(part => !string.IsNullOrEmpty(part)));
            return place.Length == 0 ? Key.Id : $"{Key.Id} ({place})";
        }
    }

    /// <summary>The instance that an object is, or is about.</summary>
    /// <param name="item">An id, or an object from the pipeline.</param>
    /// <param name="region">The region of an id; null when it is not known.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ParameterInvalid"/> for an object that is about no instance.</exception>
    public static InstanceTarget Read(object item, string? region)
    {
        var piped = new PipedObject(item);
        if (piped.Text is { } text)
        {
            return new InstanceTarget(new InstanceKey(text.Trim(), region), null, null);
        }

        var isInstance = string.Equals(piped["Type"] ?? "instance", "instance", StringComparison.OrdinalIgnoreCase);
        var id = piped.TypeName switch
        {
            nameof(SpotInstance) or nameof(SpotCommandResult) => piped["Id"],
            nameof(SpotResource) or nameof(SpotRemoval) => isInstance ? piped["Id"] : null,
            nameof(SpotChange) => piped["InstanceId"],
            nameof(SpotCost) => piped["Scope"] == nameof(SpotCostScope.Instance) ? piped["Name"] : null,
            null when piped.IsRow && isInstance => piped["InstanceId"] ?? piped["Id"],
            _ => null,
        };

        // A row may be of anything: a number is an id of Vast.ai only where the row says so.
        if (id is null || !(InstanceKey.IsAwsId(id) || (InstanceKey.IsVastId(id) && (piped.TypeName is not null || piped.Provider == SpotProvider.Vast))))
        {
            throw Piped.Wrong(piped, "instances", "Get-SpotInstance", piped["Type"] is { } type && !isInstance ? $" of type {type}" : "");
        }

        var place = piped["Region"];
        if (region is not null && place is not null && !string.Equals(region, place, StringComparison.OrdinalIgnoreCase))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Instance {id} is in {place}, and -Region is {region}.")
            {
                Target = id,
                RecommendedAction = "Omit -Region: the object has its own.",
            };
        }

        var provider = piped.Provider ?? (InstanceKey.IsVastId(id) ? SpotProvider.Vast : SpotProvider.Aws);
        return new InstanceTarget(
            new InstanceKey(id, place ?? region, provider),
            piped["ClusterName"],
            piped.TypeName == nameof(SpotInstance) ? piped.As<SpotInstance>() : null);
    }
}
