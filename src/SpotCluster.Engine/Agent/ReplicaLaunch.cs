using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// Launches the replicas that the backend asks for: copies of the primary, each with the replica's id as token, so that a launch that is
/// repeated after a crash gives the same instance. What was launched is kept until the backend has it.
/// </summary>
internal sealed class ReplicaLaunch(PassWork work, AgentStanding standing)
{
    private const int MostPerHour = 10;

    /// <summary>So long a launch of which no instance shows may still come up.</summary>
    private static readonly TimeSpan NewsDelay = TimeSpan.FromMinutes(10);

    private readonly ReplicaRecords _records = work.State.Replicas;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<PendingReplica> active;
        try
        {
            active = await work.Backend.GetReplicasAsync(work.AgentId, cancellationToken).ConfigureAwait(false);
        }
        catch (BackendPauseException failure)
        {
            work.Log.Warning("replicas_unknown", $"Replicas are not handled in this pass: {failure.Message}");
            return;
        }

        foreach (var record in _records.Read())
        {
            await GoOnAsync(record, active, cancellationToken).ConfigureAwait(false);
        }

        var known = _records.Read().Select(record => record.ReplicaId).ToHashSet(StringComparer.Ordinal);
        foreach (var replica in active.Where(replica => replica.IsUnlaunched && !known.Contains(replica.Id)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await LaunchAsync(replica, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task LaunchAsync(PendingReplica replica, CancellationToken cancellationToken)
    {
        if ((standing.PrimaryId ?? work.OwnId) is not { } source)
        {
            work.Log.Warning("replica_no_source", $"Replica {replica.Id} is not launched: the agent has no primary to copy", ("replica_id", replica.Id));
            return;
        }

        if (work.State.LaunchPace.Remaining(MostPerHour) == 0)
        {
            work.Log.Warning("replica_limit", FormattableString.Invariant($"Replica {replica.Id} is not launched: the limit of {MostPerHour} launches per hour is reached"), ("replica_id", replica.Id));
            return;
        }

        var record = new ReplicaRecord { ReplicaId = replica.Id, At = work.Now, Tags = TagsOf(replica.Id, source) };
        work.Log.Info("replica_launching", $"Launching EC2 instance for replica {replica.Id} in AZ {replica.Zone ?? "of its primary"}", ("replica_id", replica.Id));
        work.State.LaunchPace.Note();
        _records.Put(record);
        try
        {
            record.InstanceId = await work.Cloud.LaunchCopyAsync(source, replica.Zone, replica.Id, record.Tags, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ServiceCode is not null
            && error.Category is not (SpotErrorCategory.Connection or SpotErrorCategory.Timeout or SpotErrorCategory.Unavailable))
        {
            _records.Remove(record);
            error.Target ??= replica.Id;
            work.Log.Error("replica_failed", $"Failed to launch replica {replica.Id}: {error.ServiceCode}: {error.Message}", ("replica_id", replica.Id), ("code", error.ServiceCode));
            work.Host.Error(error);
            await StatusAsync(record, "failed", $"{error.ServiceCode}: {error.Message}", cancellationToken).ConfigureAwait(false);
            return;
        }

        work.Log.Info("replica_launched", $"Replica instance launched: {record.InstanceId} for replica {replica.Id}", ("replica_id", replica.Id), ("instance_id", record.InstanceId));
        _records.Put(record);
        await ReportAsync(record, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What an earlier pass began.</summary>
    private async Task GoOnAsync(ReplicaRecord record, IReadOnlyList<PendingReplica> active, CancellationToken cancellationToken)
    {
        record.InstanceId ??= await work.Cloud.FindByTokenAsync(record.ReplicaId, cancellationToken).ConfigureAwait(false);
        if (record.InstanceId is not { } instanceId)
        {
            if (work.Now - record.At > NewsDelay)
            {
                _records.Remove(record);
            }

            return;
        }

        if (!record.IsReported)
        {
            await ReportAsync(record, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (active.All(replica => replica.Id != record.ReplicaId))
        {
            _records.Remove(record);
            return;
        }

        var machines = await work.Cloud.FindMachinesAsync([instanceId], cancellationToken).ConfigureAwait(false);
        machines.TryGetValue(instanceId, out var machine);
        if (machine?.State == "running")
        {
            await EndAsync(record, "ready", null, cancellationToken).ConfigureAwait(false);
        }
        else if (machine?.State != "pending" && work.Now - record.At > NewsDelay)
        {
            await EndAsync(record, "failed", $"{instanceId} is {machine?.State ?? "not known to EC2"}", cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(ReplicaRecord record, string status, string? error, CancellationToken cancellationToken)
    {
        var reply = await StatusAsync(record, status, error, cancellationToken).ConfigureAwait(false);
        if (reply.Succeeded || !reply.MayPass)
        {
            work.Log.Info("replica_" + status, $"Replica {record.ReplicaId} is {status}: {record.InstanceId}", ("replica_id", record.ReplicaId), ("instance_id", record.InstanceId));
            _records.Remove(record);
        }
    }

    private async Task ReportAsync(ReplicaRecord record, CancellationToken cancellationToken)
    {
        var reply = await work.Backend.PutReplicaAsync(work.AgentId, record.ReplicaId, record.InstanceId!, record.Tags, cancellationToken).ConfigureAwait(false);
        if (!reply.Succeeded && reply.MayPass)
        {
            work.Log.Warning("replica_kept", $"The launch of {record.InstanceId} for replica {record.ReplicaId} will be reported again later", ("replica_id", record.ReplicaId));
            return;
        }

        if (!reply.Succeeded)
        {
            // A backend with claims queues the instance for termination; of any other refusal somebody must know.
            _records.Remove(record);
            var message = $"The backend does not accept {record.InstanceId} for replica {record.ReplicaId}: {reply.Error ?? "no reason given"}";
            work.Log.Warning("replica_refused", message, ("replica_id", record.ReplicaId), ("instance_id", record.InstanceId), ("code", reply.Code));
            if (reply.Code != "replica_ended")
            {
                work.Host.Error(new SpotException(SpotErrorIds.BackendItemNotFound, SpotErrorCategory.NotFound, message + ".")
                {
                    Target = record.InstanceId,
                    RecommendedAction = $"Terminate {record.InstanceId} when it is not needed.",
                });
            }

            return;
        }

        record.IsReported = true;
        _records.Put(record);

        // The original takes an instance for a replica that has ended meanwhile, and forgets it: told that it ended, it hands it out.
        if (standing.ClientInstances is not null
            && (await work.Backend.GetReplicasAsync(work.AgentId, cancellationToken).ConfigureAwait(false)).All(replica => replica.Id != record.ReplicaId))
        {
            await EndAsync(record, "terminated", null, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<BackendReply> StatusAsync(ReplicaRecord record, string status, string? error, CancellationToken cancellationToken)
    {
        var body = new JObject { ["status"] = status };
        if (error is not null)
        {
            body["error_message"] = error;
        }

        if (status == "ready")
        {
            body["sync_completed_at"] = BackendJson.Write(work.Now);
        }

        return work.Backend.SetReplicaStatusAsync(work.AgentId, record.ReplicaId, body, cancellationToken);
    }

    // The original's three tags, and those without which nobody could terminate it.
    private Dictionary<string, string> TagsOf(string replicaId, string source)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Name"] = "replica-" + (replicaId.Length > 8 ? replicaId.Substring(0, 8) : replicaId),
            ["ReplicaId"] = replicaId,
            ["ParentInstance"] = source,
        };
        foreach (var tag in new[] { work.Options.RequiredTag, standing.RequiredTag }.OfType<string>().Where(tag => tag.IndexOf('=') > 0))
        {
            var (key, value) = AgentGuards.SplitTag(tag);
            tags[key] = value;
        }

        return tags;
    }
}
