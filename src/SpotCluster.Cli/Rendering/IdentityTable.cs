using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Who the cloud says we are.</summary>
internal static class IdentityTable
{
    public static void Write(IConsole console, SpotIdentity identity)
    {
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        Row("Account", identity.AccountAlias is { } alias ? $"{identity.AccountId} ({alias})" : identity.AccountId);
        Row("Caller", identity.Arn ?? "unknown");
        Row("Credential source", identity.Source ?? "unknown");
        Row("Valid until", identity.ExpiresAt is { } end ? Cells.Time(end) : "unknown");
        Row("Default region", identity.Region ?? "none");
        console.Out.Write(grid);

        void Row(string name, string value) => grid.AddRow(Cells.Quiet(name), Cells.Of(value));
    }
}
