using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SpotCluster.Model;

namespace SpotCluster.Engine.Ssh;

/// <summary>
/// The shell of an instance that does not exist: whatever has an address for documentation (RFC 5737), for benchmarks (RFC 2544)
/// or a name in <c>.example</c> is simulated, and nobody's keys are ever offered to what answers there.
/// </summary>
internal static class SimulatedShell
{
    private static readonly (uint Network, int Bits)[] Simulated =
    [
        (0xC0000200, 24), // 192.0.2.0/24
        (0xC6336400, 24), // 198.51.100.0/24
        (0xCB007100, 24), // 203.0.113.0/24
        (0xC6120000, 15), // 198.18.0.0/15
    ];

    /// <summary>True for an address that no instance of a provider has.</summary>
    public static bool Has(string address)
    {
        if (address.EndsWith(".example", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (!IPAddress.TryParse(address, out var ip) || ip.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        var bytes = ip.GetAddressBytes();
        var number = ((uint)bytes[0] << 24) | ((uint)bytes[1] << 16) | ((uint)bytes[2] << 8) | bytes[3];
        return Array.Exists(Simulated, net => number >> (32 - net.Bits) == net.Network >> (32 - net.Bits));
    }

    /// <summary>What a command does there: the few that are of use in a trial, and 127 for any other.</summary>
    public static (int ExitCode, string Output, string Error) Run(SpotInstance instance, string command)
    {
        var words = command.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            [] or ["true" or ":"] => (0, "", ""),
            ["false"] => (1, "", ""),
            ["exit", var code] when byte.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var value) => (value, "", ""),
            ["echo", ..] => (0, string.Join(" ", words.Skip(1)).Trim('\'', '"') + "\n", ""),
            ["hostname"] => (0, instance.Id + "\n", ""),
            ["whoami"] => (0, (instance.Provider == SpotProvider.Vast ? "root" : "ubuntu") + "\n", ""),
            ["uptime"] => (0, " 00:00:00 up 0 min,  1 user,  load average: 0.00, 0.00, 0.00\n", ""),
            ["systemctl", "is-active", ..] => (0, "active\n", ""),
            _ => (127, "", $"{words[0]}: command not found (the shell of {instance.Id} is simulated)\n"),
        };
    }

    /// <summary>The error of a session, which a simulated instance has not.</summary>
    public static SpotException NoSession(SpotInstance instance) => Refusal(instance, "open a session on");

    /// <summary>The error of a copy: a simulated instance has no disk.</summary>
    public static SpotException NoCopy(SpotInstance instance) => Refusal(instance, "copy to or from");

    private static SpotException Refusal(SpotInstance instance, string what) => new(
        SpotErrorIds.SshFailed, SpotErrorCategory.InvalidOperation, $"Cannot {what} {instance.Id}: the instance is simulated, and no connection was made.")
    {
        Target = instance.Id,
        Region = instance.Region,
        RecommendedAction = "Run single commands there: Get-SpotInstance | Invoke-SpotCommand uptime, or spotcluster run -- uptime.",
    };
}
