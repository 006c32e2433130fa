using SpotCluster.Model;

namespace SpotCluster.Engine.Core;

/// <summary>A provider, as far as every floor of the engine uses one.</summary>
public interface IProvider
{
    /// <summary>What it is and what it does not have.</summary>
    ProviderFacts Facts { get; }

    /// <summary>False when it is known without a call that there are no credentials for it.</summary>
    bool HasCredentials { get; }
}

/// <summary>What not every provider has.</summary>
public enum ProviderCapability
{
    /// <summary>A cluster gets more or fewer instances.</summary>
    Resize,

    /// <summary>The expiry and the tags of a cluster change.</summary>
    ChangeCluster,

    /// <summary>An instance has a serial console.</summary>
    ConsoleOutput,

    /// <summary>An instance is created anew from its image, and remains.</summary>
    Recycle,

    /// <summary>A launch takes a field of the request.</summary>
    RequestField,
}

/// <summary>What a provider declares about itself. Everything that chooses between providers reads it.</summary>
public sealed record ProviderFacts
{
    /// <summary>The provider.</summary>
    public required SpotProvider Provider { get; init; }

    /// <summary>Reports whether an id has the form of its instances.</summary>
    public required Func<string, bool> IsInstanceId { get; init; }

    /// <summary>Reports whether a region, by its name or with wildcards, may be one of its own.</summary>
    public required Func<string, bool> MayHaveRegion { get; init; }

    /// <summary>Reports whether SpotCluster manages an instance that was listed with unmanaged ones.</summary>
    public Func<SpotInstance, bool> IsManaged { get; init; } = _ => true;

    /// <summary>What to specify instead of a region that it does not have.</summary>
    public string RegionAdvice { get; init; } = "Specify a region of the provider, or omit the region.";

    /// <summary>Default regions of a session narrow it.</summary>
    public bool HasDefaultRegions { get; init; }

    /// <summary>A cluster can contain resources that SpotCluster does not manage.</summary>
    public bool HasUnmanagedInClusters { get; init; }

    /// <summary>What it does not have, each with its error. <see cref="Lacking"/> reads it.</summary>
    public IReadOnlyDictionary<ProviderCapability, MissingCapability> Missing { get; init; } = new Dictionary<ProviderCapability, MissingCapability>();

    /// <summary>What people call it.</summary>
    public string Name => ProviderNames.Of(Provider);

    /// <summary>The error of a capability that it does not have; null for one that it has.</summary>
    /// <param name="capability">What is needed.</param>
    /// <param name="what">The item that needs it, for the message.</param>
    /// <param name="target">The id or name of the item.</param>
    /// <param name="region">Its region.</param>
    public SpotException? Lacking(ProviderCapability capability, string what, string? target = null, string? region = null) =>
        !Missing.TryGetValue(capability, out var missing) ? null : new SpotException(
            missing.ErrorId,
            missing.ErrorId == SpotErrorIds.ParameterInvalid ? SpotErrorCategory.InvalidArgument : SpotErrorCategory.InvalidOperation,
            missing.Sentence.Replace("{0}", what, StringComparison.Ordinal))
        {
            Target = target ?? what,
            Region = region,
            RecommendedAction = missing.Action,
        };
}

/// <summary>A capability that a provider does not have.</summary>
/// <param name="Sentence">The message; <c>{0}</c> stands for the item.</param>
/// <param name="Action">What to do instead.</param>
/// <param name="ErrorId">The error id.</param>
public sealed record MissingCapability(string Sentence, string Action, string ErrorId = SpotErrorIds.InstanceNotChangeable);

/// <summary>Chooses among providers; the first of a list is the one that is meant where nothing names one.</summary>
public static class ProviderChoice
{
    /// <summary>The one of a name.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ParameterInvalid"/>: there is none.</exception>
    public static T Of<T>(this IReadOnlyList<T> providers, SpotProvider provider)
        where T : IProvider =>
        providers.FirstOrDefault(one => one.Facts.Provider == provider) ?? throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Provider {provider} is not supported.");

    /// <summary>Reports whether SpotCluster manages an instance.</summary>
    public static bool Manage(this IReadOnlyList<IProvider> providers, SpotInstance instance) =>
        providers.FirstOrDefault(one => one.Facts.Provider == instance.Provider)?.Facts.IsManaged(instance) ?? true;

    /// <summary>That of an instance: the one that its key names, or the one that its id has the form of.</summary>
    internal static T Of<T>(this IReadOnlyList<T> providers, InstanceKey key)
        where T : IProvider =>
        providers.Skip(1).FirstOrDefault(one => one.Facts.Provider == key.Provider) ?? providers.FirstOrDefault(one => one.Facts.IsInstanceId(key.Id)) ?? providers[0];

    /// <summary>The instances of each provider.</summary>
    internal static IReadOnlyList<(T Provider, InstanceKey[] Keys)> Each<T>(this IReadOnlyList<T> providers, IReadOnlyList<InstanceKey> keys)
        where T : IProvider =>
        [.. providers.Select(one => (one, keys.Where(key => ReferenceEquals(providers.Of(key), one)).ToArray())).Where(pair => pair.Item2.Length > 0)];

    /// <summary>
    /// Those that are named; without names the first one, or where every one is wanted, those that there are credentials for and
    /// that the regions may be of. Each with its regions.
    /// </summary>
    internal static IReadOnlyList<(T Provider, IReadOnlyList<string> Regions)> Choose<T>(this IReadOnlyList<T> providers, ProviderScope scope)
        where T : class, IProvider
    {
        var isOpen = scope.Named.Count == 0 && scope.EveryProvider;
        var chosen = new List<(T, IReadOnlyList<string>)>();
        foreach (var provider in providers)
        {
            var regions = provider.Facts.HasDefaultRegions ? scope.Regions : scope.RegionsElsewhere;
            string[] own = [.. regions.Where(provider.Facts.MayHaveRegion)];
            if (isOpen ? provider.HasCredentials && (regions.Count == 0 || own.Length > 0)
                : scope.Named.Count == 0 ? ReferenceEquals(provider, providers[0]) : scope.Named.Contains(provider.Facts.Provider))
            {
                chosen.Add((provider, isOpen ? own : regions));
            }
        }

        return chosen;
    }

    /// <summary>The error of regions that are all of another provider than the only one that is named; null for others.</summary>
    internal static SpotException? Misplaced<T>(this IReadOnlyList<T> providers, ProviderScope scope)
        where T : class, IProvider
    {
        if (scope.Named is not [var named] || providers.Of(named).Facts is not { HasDefaultRegions: false } facts
            || scope.RegionsElsewhere.Count == 0 || scope.RegionsElsewhere.Any(facts.MayHaveRegion))
        {
            return null;
        }

        var region = scope.Regions[0];
        var owner = providers.FirstOrDefault(one => one.Facts.Provider != named && one.Facts.MayHaveRegion(region));
        return new SpotException(
            SpotErrorIds.RegionUnknown, SpotErrorCategory.InvalidArgument, $"'{region}' is not valid at {facts.Name}" + (owner is null ? "." : $": it is a region of {owner.Facts.Name}."))
        {
            Target = region,
            RecommendedAction = facts.RegionAdvice,
        };
    }
}

/// <summary>Which providers and regions a command is about.</summary>
/// <param name="Named">Providers that are named.</param>
/// <param name="EveryProvider">Without names: every provider.</param>
/// <param name="Regions">Regions.</param>
/// <param name="RegionsElsewhere">The regions without those that are only a default of the session, for providers that have no default regions.</param>
internal sealed record ProviderScope(IReadOnlyList<SpotProvider> Named, bool EveryProvider, IReadOnlyList<string> Regions, IReadOnlyList<string> RegionsElsewhere);
