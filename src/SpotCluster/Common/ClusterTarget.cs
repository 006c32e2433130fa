using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cluster that a command was given.</summary>
/// <param name="Name">Its name; wildcards only where a person wrote it.</param>
/// <param name="Provider">The provider that it runs at; null when it is not known.</param>
internal sealed record ClusterTarget(string Name, SpotProvider? Provider)
{
    /// <summary>The account that it is of; null when it is not known.</summary>
    public string? AccountId { get; init; }

    /// <summary>True for a pattern that stands for the clusters that there are.</summary>
    public bool IsPattern { get; private init; }

    /// <summary>The cluster that an object is, or belongs to.</summary>
    /// <param name="item">A name, or an object from the pipeline.</param>
    /// <param name="provider">The provider of a name; null when it is not known.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ParameterInvalid"/> for an object that is no cluster and belongs to none.</exception>
    public static ClusterTarget Read(object item, SpotProvider? provider)
    {
        var piped = new PipedObject(item);
        if (piped.Text is { } text)
        {
            return new ClusterTarget(text, provider) { IsPattern = Wildcard.IsPattern(text) };
        }

        // The name of a row may be that of anything: what belongs to a cluster says so.
        var isNamed = piped.TypeName == nameof(Model.SpotCluster);

        // A document for a cluster that is not there yet names it, and belongs to none.
        var belongs = piped.IsRow || piped.TypeName is not (null or nameof(SpotUserData) or nameof(SpotPlan));
        var name = isNamed ? piped["Name"] : belongs ? piped["ClusterName"] : null;
        return name is null
            ? throw Piped.Wrong(piped, "clusters, and objects that belong to one", "Get-SpotCluster", piped["Id"] is { } id ? $" ({id}) that belongs to no cluster" : "")
            : new ClusterTarget(name, piped.Provider ?? provider) { AccountId = piped["AccountId"] };
    }

    /// <summary>True for the same cluster: names are compared without regard to case, and accounts where both are known.</summary>
    public bool Equals(ClusterTarget? other) =>
        other is not null && Provider == other.Provider && (AccountId is null || other.AccountId is null || AccountId == other.AccountId) && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);
}
