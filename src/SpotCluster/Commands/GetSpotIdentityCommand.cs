using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Who the cloud says we are.</summary>
[Cmdlet(VerbsCommon.Get, "SpotIdentity")]
[OutputType(typeof(SpotIdentity))]
public sealed class GetSpotIdentityCommand : SpotEngineCmdlet
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var engine in OpenEngines())
        {
            Run(ProfileName, async (pump, token) => pump.Write(await engine.GetIdentityAsync(token).ConfigureAwait(false)));
        }
    }
}
