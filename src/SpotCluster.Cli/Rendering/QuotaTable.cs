using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Quotas of spot vCPUs.</summary>
internal static class QuotaTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotQuota> quotas)
    {
        var table = new ReportTable(console, "Region", "Family", ">vCPUs", ">Used", ">Free", "?Code");
        foreach (var quota in quotas)
        {
            table.Add(
                Cells.Of(quota.Region),
                Cells.Of(quota.Family),
                Cells.Of(Cells.Number(quota.VCpuLimit)),
                Cells.Of(Cells.Number(quota.VCpuUsed)),
                Cells.Strong(Cells.Number(quota.VCpuFree)),
                Cells.Of(quota.QuotaCode));
        }

        table.Write();
    }
}
