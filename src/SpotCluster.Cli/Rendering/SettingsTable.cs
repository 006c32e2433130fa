using SpotCluster.Cli.Consoles;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>The settings in force.</summary>
internal static class SettingsTable
{
    public static void Write(IConsole console, IReadOnlyList<SpotSetting> settings)
    {
        var table = new ReportTable(console, "Setting", "~Value", "Source", "~?Location");
        foreach (var setting in settings)
        {
            table.Add(
                Cells.Of(setting.Name),
                Cells.Of(SettingTable.ToText(setting.Value)),
                Cells.Of(setting.Source.ToString()),
                Cells.Quiet(setting.Location ?? ""));
        }

        table.Write();
    }
}
