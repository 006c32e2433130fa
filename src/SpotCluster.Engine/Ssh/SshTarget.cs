using System.Globalization;
using System.Text.RegularExpressions;
using SpotCluster.Model;

namespace SpotCluster.Engine.Ssh;

/// <summary>How a machine is reached: read from the command that its listing shows.</summary>
/// <param name="Instance">The machine.</param>
/// <param name="User">The user to log in as.</param>
/// <param name="Address">Address or host name.</param>
/// <param name="Port">The port; null for the usual one.</param>
internal sealed record SshTarget(SpotInstance Instance, string User, string Address, int? Port)
{
    // Nothing that ssh could take for an option, and nothing that a shell would touch.
    private static readonly Regex Form = new(
        "^ssh (?:-p (?<port>[0-9]{1,5}) )?(?<user>[A-Za-z_][A-Za-z0-9_.-]*)@(?<address>[A-Za-z0-9][A-Za-z0-9.:-]*)(?: -p (?<port>[0-9]{1,5}))?$",
        RegexOptions.CultureInvariant);

    /// <summary>Reads it.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.SshFailed"/> for a machine that has no address.</exception>
    public static SshTarget Of(SpotInstance instance)
    {
        var match = Form.Match(instance.SshCommand ?? "");
        if (!match.Success)
        {
            throw new SpotException(SpotErrorIds.SshFailed, SpotErrorCategory.InvalidOperation, $"Cannot log in to {instance.Id}: it is {instance.State} and has no address.")
            {
                Target = instance.Id,
                Region = instance.Region,
                RecommendedAction = "Wait until it runs: Wait-SpotInstance -For Reachable, or spotcluster wait --for reachable.",
            };
        }

        int? port = match.Groups["port"].Success ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) : null;
        return new SshTarget(instance, match.Groups["user"].Value, match.Groups["address"].Value, port);
    }
}
