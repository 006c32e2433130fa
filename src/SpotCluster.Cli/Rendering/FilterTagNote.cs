using SpotCluster.Cli.Running;

namespace SpotCluster.Cli.Rendering;

/// <summary>Says which filter tag a list is of, and where that comes from: another one finds other clusters.</summary>
internal static class FilterTagNote
{
    public static void Write(CommandRun run, IEngineSession engine)
    {
        var settings = engine.Configuration.Settings;
        run.Report.Add("filterTag", settings.FilterTag);
        run.Report.Add("filterTagSource", settings.FilterTagSource);
        if (!run.IsJson)
        {
            run.Host.Note($"Filter tag: {settings.FilterTag} ({settings.FilterTagSource}).");
        }
    }
}
