using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Events of a backend's journal, the newest first.</summary>
[Cmdlet(VerbsCommon.Get, "SpotEvent")]
[OutputType(typeof(SpotEvent))]
public sealed class GetSpotEventCommand : SpotBackendCmdlet
{
    /// <summary>Only of this agent.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string? AgentId { get; set; }

    /// <summary>Only of these types.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EventTypeCompleter))]
    public string[] Type { get; set; } = [];

    /// <summary>Only of this severity.</summary>
    [Parameter]
    [ValidateSet("info", "warning", "error")]
    public string? Severity { get; set; }

    /// <summary>The most events, of each type where types are given.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int First { get; set; } = 50;

    /// <inheritdoc/>
    protected override void ProcessRecord() => WithBackend(AgentId, async (backend, pump, token) =>
    {
        foreach (var type in Type.DefaultIfEmpty(""))
        {
            foreach (var item in await backend.GetEventsAsync(AgentId, type.Length == 0 ? null : type, Severity, First, token).ConfigureAwait(false))
            {
                pump.Write(item);
            }
        }
    });
}
