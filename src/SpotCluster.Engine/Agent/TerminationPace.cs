using Newtonsoft.Json;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// When machines were terminated, or launched, in the last hour, across restarts: the limit must not begin anew with every crash. A file that cannot be
/// read counts as a full hour.
/// </summary>
internal sealed class TerminationPace(string path, TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>How many more there may be now.</summary>
    public int Remaining(int limit) => Math.Max(0, limit - Recent().Count);

    /// <summary>There is about to be one.</summary>
    public void Note()
    {
        try
        {
            PrivateFile.Write(path, JsonConvert.SerializeObject(Recent().Append(clock.GetUtcNow().ToUnixTimeMilliseconds())));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AgentState.NotWritten(path, failure);
        }
    }

    private List<long> Recent()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var now = clock.GetUtcNow();
        long[] times;
        try
        {
            times = JsonConvert.DeserializeObject<long[]>(File.ReadAllText(path)) ?? [];
        }
        catch (JsonException)
        {
            // Written in one step, so somebody else has been at it. An hour from the file's own age on it is forgotten.
            var age = now - new DateTimeOffset(File.GetLastWriteTimeUtc(path));
            return age < Window ? [.. Enumerable.Repeat(now.ToUnixTimeMilliseconds(), 100_000)] : [];
        }

        var since = (now - Window).ToUnixTimeMilliseconds();
        return [.. times.Where(time => time > since)];
    }
}
