using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SpotCluster.Engine.Core;

/// <summary>The network of each VPC that a launch makes.</summary>
internal static class ClusterNetwork
{
    /// <summary>The same in every region: the VPCs are not connected.</summary>
    public const string Cidr = "10.0.0.0/16";

    /// <summary>What is wrong with an IPv4 network that connections may come from, in CIDR notation; null for nothing.</summary>
    public static string? CheckSource(string text)
    {
        var parts = text.Split('/');
        if (parts.Length != 2 || !TryParse(parts[0], out var address)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bits) || bits > 32)
        {
            return "an IPv4 network such as 203.0.113.0/24 is required, or 203.0.113.7/32 for one address";
        }

        var host = bits == 32 ? 0 : uint.MaxValue >> bits;
        return (address & host) == 0 ? null : $"{text} is not a valid network: with /{bits} it starts at {Format(address & ~host)}";
    }

    /// <summary>True for an address inside of it: machines there look for it in their own network.</summary>
    public static bool Contains(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [10, 0, _, _];

    // Four numbers: the system's own reader also takes 10.1 and 0x0a.0.0.1.
    private static bool TryParse(string text, out uint address)
    {
        address = 0;
        var parts = text.Split('.');
        foreach (var part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            address = (address << 8) | number;
        }

        return parts.Length == 4;
    }

    private static string Format(uint address) =>
        string.Format(CultureInfo.InvariantCulture, "{0}.{1}.{2}.{3}", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
}
