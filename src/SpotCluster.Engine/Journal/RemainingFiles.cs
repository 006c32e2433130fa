using Newtonsoft.Json;
using SpotCluster.Model;

namespace SpotCluster.Engine.Journal;

/// <summary>One file per resource, readable by its owner only: processes that run at the same time do not disturb each other.</summary>
public sealed class RemainingFiles(string folder) : IRemainingResources
{
    private const string Extension = ".json";

    /// <inheritdoc/>
    public IReadOnlyList<RemainingResource> Get(string filterTag, IOperationHost host)
    {
        try
        {
            return !Directory.Exists(folder) ? []
                : [.. Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(path => TryRead(path, host)).OfType<RemainingResource>()
                    .Where(resource => resource.FilterTag == filterTag)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            host.Warning($"Cannot read the record of remaining resources in {folder}: {failure.Message}");
            return [];
        }
    }

    /// <inheritdoc/>
    public void Add(RemainingResource resource)
    {
        try
        {
            PrivateFile.CreateFolder(folder);
            PrivateFile.Write(PathOf(resource), JsonConvert.SerializeObject(resource, Formatting.Indented) + "\n");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed,
                SpotErrorCategory.InvalidOperation,
                $"Cannot record in {folder} that {resource.Id} in {resource.Region} remains: {failure.Message}",
                failure)
            {
                Target = folder,
                RecommendedAction = "Free disk space or grant write permission, or set another folder.",
            };
        }
    }

    /// <inheritdoc/>
    public void Remove(RemainingResource resource)
    {
        try
        {
            File.Delete(PathOf(resource));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A record that stays is looked up once more, and nothing is found.
        }
    }

    private static RemainingResource? TryRead(string path, IOperationHost host)
    {
        try
        {
            if (JsonConvert.DeserializeObject<RemainingResource>(File.ReadAllText(path)) is { AccountId.Length: > 0, Region.Length: > 0, Type.Length: > 0, Id.Length: > 0 } resource)
            {
                return resource;
            }

            host.Warning($"The record {path} is not valid and is skipped.");
        }
        catch (FileNotFoundException)
        {
            // It was forgotten between the listing and now.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            host.Warning($"Cannot read the record {path}; it is skipped: {failure.Message}");
        }

        return null;
    }

    private string PathOf(RemainingResource resource) => Path.Combine(folder, $"{resource.AccountId}.{resource.Region}.{resource.Id}{Extension}");
}
