using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Machines that are marked for termination, the oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "SpotTermination")]
[OutputType(typeof(SpotTermination))]
public sealed class GetSpotTerminationCommand : SpotBackendCmdlet
{
    /// <summary>Only of this agent.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string? AgentId { get; set; }

    /// <summary>Which of them.</summary>
    [Parameter]
    [ValidateSet("Pending", "DeadLetter", "Terminated", "All")]
    public string Stage { get; set; } = "Pending";

    /// <summary>The most machines.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int First { get; set; } = 200;

    /// <inheritdoc/>
    protected override void ProcessRecord() => WithBackend(AgentId, async (backend, pump, token) =>
    {
        var state = Stage.Equals("DeadLetter", StringComparison.OrdinalIgnoreCase) ? "dead_letter" : Stage.ToLowerInvariant();
        foreach (var item in await backend.GetTerminationsAsync(state, AgentId, First, token).ConfigureAwait(false))
        {
            pump.Write(item);
        }
    });
}
