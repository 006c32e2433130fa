using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Rented machines, in the words that users of Vast.ai know.</summary>
internal static class RentalTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotInstance> instances)
    {
        var hasPorts = instances.Any(instance => Ports(instance).Length > 0);
        string[] headings = ["Instance ID", "?Name", "GPU", "~Status", ">Cost/hr", "SSH", .. hasPorts ? ["~?Ports"] : Array.Empty<string>()];
        var table = new ReportTable(console, headings);
        foreach (var instance in instances)
        {
            Text[] cells =
            [
                Cells.Of(instance.Id),
                Cells.Of(instance.Name),
                Cells.Of(instance.GpuCount > 1 ? instance.InstanceType : instance.GpuName),
                Cells.Of(Status(instance)),
                Cells.Of(Cells.HourlyPrice(instance.HourlyPrice)),
                Cells.Of(Address(instance.SshCommand)),
            ];
            table.Add(hasPorts ? [.. cells, Cells.Of(Ports(instance))] : cells);
        }

        table.Write(console.Out);
        console.Out.Write(Cells.Of($"{Cells.Count(instances.Count, "instance")}, {Cells.HourlyPrice(InstanceTable.Sum(instances))} per hour."));
        console.Out.WriteLine();
    }

    /// <summary>The address as <c>root@host:port</c>.</summary>
    public static string Address(string? sshCommand) =>
        sshCommand?.Split(' ') is ["ssh", "-p", var port, var target] ? $"{target}:{port}" : "";

    // How to log in is a column of its own.
    private static string Ports(SpotInstance instance) => string.Join(' ', instance.Ports.Where(port => !port.StartsWith("22/tcp=", StringComparison.Ordinal)));

    private static string Status(SpotInstance instance) =>
        instance.StateReason is { Length: > 0 } reason && instance.State is not SpotInstanceState.Pending
            ? $"{instance.State.ToString().ToLowerInvariant()} ({reason})"
            : instance.State.ToString().ToLowerInvariant();
}
