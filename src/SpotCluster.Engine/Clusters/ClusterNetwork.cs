using System.Net;
using System.Net.Sockets;

namespace SpotCluster.Engine.Clusters;

/// <summary>The network of each VPC that a launch makes.</summary>
internal static class ClusterNetwork
{
    /// <summary>The same in every region: the VPCs are not connected.</summary>
    public const string Cidr = "10.0.0.0/16";

    /// <summary>True for an address inside of it: machines there look for it in their own network.</summary>
    public static bool Contains(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [10, 0, _, _];
}
