using System.Globalization;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Agent;

/// <summary>Reports of clean-ups that the backend has not confirmed, one file each.</summary>
internal sealed class CleanupReports(string folder)
{
    private const string Prefix = "cleanup-";

    public void Put(JObject report, DateTimeOffset at)
    {
        var name = Prefix + at.UtcDateTime.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture) + ".report.json";
        try
        {
            PrivateFile.Write(Path.Combine(folder, name), report.ToString(Formatting.None));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(folder, failure);
        }
    }

    /// <summary>The oldest first. A file that is none is passed over.</summary>
    public IReadOnlyList<(string Path, JObject Report)> Read() =>
    [
        .. Directory.GetFiles(folder, Prefix + "*.report.json")
            .OrderBy(path => path, StringComparer.Ordinal)
            .Select(path => (path, BackendJson.TryParse(File.ReadAllText(path)) as JObject))
            .Where(pair => pair.Item2 is not null)
            .Select(pair => (pair.path, pair.Item2!)),
    ];

    public static void Remove(string path) => File.Delete(path);
}
