using Spectre.Console;
using SpotCluster.Cli.Consoles;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Rented machines, in the words that users of Vast.ai know.</summary>
internal static class RentalTable
{
    public static void Write(IConsole console, IReadOnlyCollection<SpotInstance> instances)
    {
        var table = new ReportTable(console, "Instance ID", "?Name", "GPU", "~Status", ">Cost/hr", "SSH");
        foreach (var instance in instances)
        {
            table.Add(
                Cells.Of(instance.Id),
                Cells.Of(instance.Name),
                Cells.Of(instance.GpuCount > 1 ? instance.InstanceType : instance.GpuName),
                Cells.Of(Status(instance)),
                Cells.Of(Cells.HourlyPrice(instance.HourlyPrice)),
                Cells.Of(Address(instance.SshCommand)));
        }

        table.Write(console.Out);
        console.Out.Write(Cells.Of($"{Cells.Count(instances.Count, "machine")}, {Cells.HourlyPrice(InstanceTable.Sum(instances))} per hour."));
        console.Out.WriteLine();
    }

    /// <summary>The address as <c>root@host:port</c>.</summary>
    public static string Address(string? sshCommand) =>
        sshCommand?.Split(' ') is ["ssh", "-p", var port, var target] ? $"{target}:{port}" : "";

    private static string Status(SpotInstance instance) =>
        instance.StateReason is { Length: > 0 } reason && instance.State is not SpotInstanceState.Pending
            ? $"{instance.State.ToString().ToLowerInvariant()} ({reason})"
            : instance.State.ToString().ToLowerInvariant();
}
