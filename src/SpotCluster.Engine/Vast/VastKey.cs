using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>An API key and the place that it came from. Its text shows the place only.</summary>
internal sealed class VastKey(string value, string source)
{
    /// <summary>The secret.</summary>
    public string Value { get; } = SecretText.Hide(value)!;

    /// <summary>Environment variable or file.</summary>
    public string Source { get; } = source;

    public override string ToString() => Source;
}
