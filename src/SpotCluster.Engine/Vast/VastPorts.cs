using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>The ports that a container opens.</summary>
public static class VastPorts
{
    /// <summary>Throws when one of the ports is not valid.</summary>
    /// <param name="ports">Numbers, optionally followed by /tcp or /udp.</param>
    /// <exception cref="SpotException">A port is not valid.</exception>
    public static void Check(IReadOnlyList<string> ports)
    {
        foreach (var port in ports)
        {
            var parts = port.Split('/');
            if (parts.Length > 2
                || (parts.Length == 2 && parts[1] is not "tcp" and not "udp")
                || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number is < 1 or > 65535)
            {
                throw new SpotException(
                    SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument,
                    $"The port '{port}' is not valid: a number from 1 to 65535 is required, optionally followed by /tcp or /udp.")
                {
                    Target = port,
                };
            }
        }
    }
}
