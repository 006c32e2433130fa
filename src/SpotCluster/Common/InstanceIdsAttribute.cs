using System.Management.Automation;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Takes an instance for its id, and refuses an object that is about none: PowerShell would take the text of any object.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class InstanceIdsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Texts.Of(inputData, item => InstanceTarget.Read(item, region: null).Key.Id);
}

/// <summary>Takes a cluster, or what belongs to one, for its name.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ClusterNamesAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Texts.Of(inputData, item => ClusterTarget.Read(item, provider: null).Name);
}

/// <summary>From arguments to texts.</summary>
internal static class Texts
{
    /// <summary>The text of each item.</summary>
    public static object Of(object? input, Func<object, string> text)
    {
        if (input is null)
        {
            return null!;
        }

        try
        {
            return LanguagePrimitives.GetEnumerable(input) is { } items
                ? items.Cast<object?>().Select(item => item is null ? null : text(item)).ToArray()
                : new[] { text(input) };
        }
        catch (SpotException wrong)
        {
            throw new ArgumentTransformationMetadataException($"{wrong.Message} {wrong.RecommendedAction}", wrong);
        }
    }
}
