using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Lists the agents that a backend knows.</summary>
[Cmdlet(VerbsCommon.Get, "SpotAgent")]
[OutputType(typeof(SpotAgent))]
public sealed class GetSpotAgentCommand : SpotBackendCmdlet
{
    /// <summary>Names of agents; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(AgentNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => WithBackend(Name, async (backend, pump, token) =>
    {
        var agents = await backend.GetAgentsAsync(token).ConfigureAwait(false);
        foreach (var agent in agents.Where(agent => Name.Length == 0 || Name.Any(name => Wildcard.IsMatch(name, agent.Name))))
        {
            pump.Write(agent);
        }

        foreach (var name in Name.Where(name => !Wildcard.IsPattern(name) && !agents.Any(agent => Wildcard.IsMatch(name, agent.Name))))
        {
            pump.Error(new SpotException(SpotErrorIds.AgentNotFound, SpotErrorCategory.NotFound, $"No agent '{name}' exists.") { Target = name });
        }
    });
}
