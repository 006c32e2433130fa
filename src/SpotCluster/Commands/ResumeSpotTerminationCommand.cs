using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Lets terminations that were given up be tried again.</summary>
[Cmdlet(VerbsLifecycle.Resume, "SpotTermination", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByInstance)]
[OutputType(typeof(SpotTermination))]
public sealed class ResumeSpotTerminationCommand : SpotBackendCmdlet
{
    private const string ByInstance = "Instance";
    private const string Everything = "All";
    private const int Most = 1000;

    /// <summary>The EC2 instance id.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = ByInstance, ValueFromPipelineByPropertyName = true, HelpMessage = "Id of an instance from Get-SpotTermination")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DeadLetterCompleter))]
    public string InstanceId { get; set; } = "";

    /// <summary>The account of the instance.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByInstance, ValueFromPipelineByPropertyName = true, HelpMessage = "Account of the instance, 12 digits")]
    [ValidatePattern("^[0-9]{12}$")]
    public string AccountId { get; set; } = "";

    /// <summary>Every dead letter.</summary>
    [Parameter(Mandatory = true, ParameterSetName = Everything, HelpMessage = "All terminations that were given up")]
    public SwitchParameter All { get; set; }

    /// <summary>Only dead letters of this agent.</summary>
    [Parameter(ParameterSetName = Everything)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(AgentIdCompleter))]
    public string? AgentId { get; set; }

    /// <summary>What the pipeline brings: terminations, or rows whose columns are parameters.</summary>
    [Parameter(ParameterSetName = ByInstance, ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject, nameof(SpotTermination));
        if (ParameterSetName == ByInstance)
        {
            if ((!IsWhatIf || IsDeadLetter()) && Consents($"{InstanceId} ({AccountId})", "Requeue termination", force: false))
            {
                WithBackend(InstanceId, async (backend, pump, token) =>
                {
                    await backend.RequeueAsync(AccountId, InstanceId, token).ConfigureAwait(false);
                    await WriteAsync(backend, pump, [InstanceId], token).ConfigureAwait(false);
                });
            }

            return;
        }

        string[] dead = [];
        WithBackend(AgentId, async (backend, _, token) =>
            dead = [.. (await backend.GetTerminationsAsync("dead_letter", AgentId, Most, token).ConfigureAwait(false)).Select(item => item.InstanceId)]);
        if (dead.Length > 0 && Consents(AgentId is null ? "every dead letter of every agent" : $"every dead letter of agent {AgentId}", "Requeue termination", force: false))
        {
            WithBackend(AgentId, async (backend, pump, token) =>
            {
                await backend.RequeueAllAsync(AgentId, token).ConfigureAwait(false);
                await WriteAsync(backend, pump, dead, token).ConfigureAwait(false);
            });
        }
    }

    private bool IsDeadLetter()
    {
        var found = false;
        WithBackend(InstanceId, async (backend, _, token) =>
        {
            var dead = await backend.GetTerminationsAsync("dead_letter", null, Most, token).ConfigureAwait(false);
            found = dead.Any(item => item.InstanceId == InstanceId && item.AccountId == AccountId) ? true : throw new SpotException(
                SpotErrorIds.InstanceNotFound, SpotErrorCategory.NotFound, $"No termination of {InstanceId} in account {AccountId} was given up.")
            {
                Target = InstanceId,
                ServiceCode = "not_dead_letter",
                RecommendedAction = "Get-SpotTermination -State DeadLetter lists those that were.",
            };
        });
        return found;
    }

    private async Task WriteAsync(Engine.Agent.BackendAdmin backend, Pump pump, string[] requeued, CancellationToken token)
    {
        var pending = await backend.GetTerminationsAsync("pending", AgentId, Most, token).ConfigureAwait(false);
        foreach (var item in pending.Where(item => requeued.Contains(item.InstanceId)))
        {
            pump.Write(item);
        }
    }
}
