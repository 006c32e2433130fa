using SpotCluster.Backend.Data;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Replicas;

namespace SpotCluster.Backend.Original;

/// <summary>A machine as it is taken over.</summary>
internal sealed record ImportedInstance(
    string AccountId, string InstanceId, string ClientId, string AgentId, string Region, string? Az, string? InstanceType, string State,
    long? MarkedAt, long? CreatedAt);

/// <summary>What is taken over of the original, and why what is not.</summary>
internal sealed class ImportPlan
{
    private const string AnyClient = "";

    private readonly List<ImportItem> _items = [];
    private readonly Dictionary<string, (OriginalAgent Agent, string AccountId)> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _primaries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OriginalInstance> _instances = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    private ImportPlan(OriginalDatabase original) => Original = original;

    public OriginalDatabase Original { get; }

    public IReadOnlyList<ImportItem> Items => _items;

    public List<(OriginalClient Client, string Name)> Clients { get; } = [];

    public List<(OriginalAgent Agent, string AccountId)> Agents { get; } = [];

    public List<ImportedInstance> Instances { get; } = [];

    public List<(OriginalReplica Replica, OriginalAgent Agent, string AccountId)> Replicas { get; } = [];

    /// <param name="session">The transaction.</param>
    /// <param name="original">The original's tables.</param>
    /// <param name="accounts">The account of each client by name; the empty name stands for all others.</param>
    /// <param name="hasTables">Managed are there already.</param>
    public static async Task<ImportPlan> ReadAsync(
        Session session, OriginalDatabase original, IReadOnlyDictionary<string, string> accounts, bool hasTables)
    {
        var plan = new ImportPlan(original);
        if (hasTables)
        {
            plan._known.UnionWith(await session.QueryAsync<string>(
                "SELECT id FROM sc_clients UNION ALL SELECT id FROM sc_agents UNION ALL SELECT id FROM sc_replicas UNION ALL SELECT instance_id FROM sc_instances"));
        }

        var clients = await session.QueryAsync<OriginalClient>(OriginalRows.Clients);
        var agents = await session.QueryAsync<OriginalAgent>(OriginalRows.Agents);
        var instances = await session.QueryAsync<OriginalInstance>(OriginalRows.Instances(original.HasTracking("instances")));
        var replicas = await session.QueryAsync<OriginalReplica>(OriginalRows.Replicas(original.HasTracking("replica_instances")));
        foreach (var instance in instances)
        {
            plan._instances[instance.Id] = instance;
        }

        plan.AddClients(clients, agents, accounts);
        plan.AddPrimaries();
        plan.AddReplicas(replicas);
        plan.AddMarked(instances, replicas);
        return plan;
    }

    private void AddClients(
        IReadOnlyList<OriginalClient> clients, IReadOnlyList<OriginalAgent> agents, IReadOnlyDictionary<string, string> accounts)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var client in clients)
        {
            // Two clients of one name are two there, and a name is one here.
            var name = names.Add(client.Name) ? client.Name : $"{client.Name} ({client.Id})";
            Add("client", client.Id, client.Name, null, client.CreatedAt, null);
            if (!_known.Contains(client.Id))
            {
                Clients.Add((client, name));
            }
        }

        var byId = clients.ToDictionary(client => client.Id, client => client.Name, StringComparer.Ordinal);
        var noAccount = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var agent in agents)
        {
            if (agent is { Status: not "deleted", InstanceId: { Length: > 0 } primary })
            {
                _primaries.TryAdd(primary, agent.LogicalAgentId);
            }

            var client = byId.GetValueOrDefault(agent.ClientId, "");
            var account = accounts.GetValueOrDefault(client) ?? accounts.GetValueOrDefault(AnyClient);
            var reason = agent switch
            {
                { Status: "deleted" } => "The agent is deleted",
                _ when !InstanceId.IsRegion(agent.Region) => $"Its region '{agent.Region}' is not a region of AWS",
                _ => null,
            };
            if (reason is null && account is null)
            {
                noAccount.Add(client);
                continue;
            }

            Add("agent", agent.Id, agent.LogicalAgentId, agent.Region, agent.CreatedAt, reason);
            if (reason is not null)
            {
                continue;
            }

            _agents[agent.Id] = (agent, account!);
            if (!_known.Contains(agent.Id))
            {
                Agents.Add((agent, account!));
            }
        }

        if (noAccount.Count > 0)
        {
            throw new InvalidOperationException(
                $"The original does not store the AWS account, and none is specified for {string.Join(", ", noAccount)}: use --account-id 111111111111, or --account-id NAME=111111111111 for each.");
        }
    }

    private void AddPrimaries()
    {
        foreach (var (agent, accountId) in _agents.Values.Where(item => InstanceId.IsValid(item.Agent.InstanceId)))
        {
            var row = _instances.GetValueOrDefault(agent.InstanceId!);
            var reason = _taken.Add(agent.InstanceId!) ? null : "Another agent has the same primary";
            Add("primary", agent.InstanceId!, agent.LogicalAgentId, agent.Region, row?.CreatedAt, reason);
            AddInstance(agent, accountId, agent.InstanceId!, row?.Az ?? agent.Az, row?.InstanceType ?? agent.InstanceType, InstanceState.RunningPrimary, null, row?.CreatedAt, reason);
        }
    }

    private void AddReplicas(IReadOnlyList<OriginalReplica> replicas)
    {
        var manual = new HashSet<string>(StringComparer.Ordinal);
        foreach (var replica in replicas.Where(replica => replica.IsActive))
        {
            var isMachine = InstanceId.IsValid(replica.InstanceId);
            var id = isMachine ? replica.InstanceId : replica.Id;
            if (!_agents.TryGetValue(replica.AgentId, out var owner))
            {
                Add("replica", id, null, replica.Region, replica.CreatedAt, "Its agent is not imported");
                continue;
            }

            var reason = replica switch
            {
                { ReplicaType: ReplicaStatus.Manual } when !manual.Add(replica.AgentId) => "The agent has a newer manual replica",
                { Status: not ReplicaStatus.Launching } when !isMachine => "It has no instance",
                _ when replica.Region is not null && replica.Region != owner.Agent.Region => "Its region differs from that of its agent",
                _ when isMachine && !_taken.Add(replica.InstanceId) => "Its instance is a primary or another replica",
                _ => null,
            };
            Add("replica", id, owner.Agent.LogicalAgentId, owner.Agent.Region, replica.CreatedAt, reason);
            if (reason is not null)
            {
                continue;
            }

            if (isMachine)
            {
                AddInstance(owner.Agent, owner.AccountId, replica.InstanceId, replica.Az, replica.InstanceType, InstanceState.RunningReplica, null, replica.CreatedAt, null);
            }

            if (!_known.Contains(replica.Id))
            {
                Replicas.Add((replica, owner.Agent, owner.AccountId));
            }
        }
    }

    private void AddMarked(IReadOnlyList<OriginalInstance> instances, IReadOnlyList<OriginalReplica> replicas)
    {
        foreach (var zombie in instances.Where(instance => instance.Status == InstanceState.Zombie && !instance.IsConfirmed))
        {
            AddMarked(InstanceState.Zombie, zombie.Id, zombie.AgentId, zombie.ClientId, zombie.Region, zombie.Az, zombie.InstanceType, zombie.UpdatedAt);
        }

        foreach (var replica in replicas.Where(replica => replica.Status == ReplicaStatus.Terminated && !replica.IsConfirmed && InstanceId.IsValid(replica.InstanceId)))
        {
            AddMarked(
                InstanceState.Retired, replica.InstanceId, replica.AgentId, null, replica.Region, replica.Az, replica.InstanceType,
                replica.TerminatedAt ?? replica.CreatedAt, replica);
        }
    }

    private void AddMarked(
        string state, string id, string? agentId, string? clientId, string? region, string? az, string? type, long? markedAt, OriginalReplica? replica = null)
    {
        (OriginalAgent Agent, string AccountId) owner = default;
        var reason = id switch
        {
            _ when !InstanceId.IsValid(id) => "Its id is not a valid EC2 instance id",
            _ when _primaries.TryGetValue(id, out var name) => $"It is the primary of agent {name}",
            _ when _instances.GetValueOrDefault(id)?.Status == InstanceState.RunningPrimary => "It is a running primary in the original",
            _ when agentId is null || !_agents.TryGetValue(agentId, out owner) => "Its agent is deleted, so no agent may terminate it",
            _ when clientId is not null && clientId != owner.Agent.ClientId => "Its client differs from that of its agent",
            _ when region is not null && region != owner.Agent.Region => "Its region differs from that of its agent",
            _ when markedAt is null => "The time of its marking is unknown",
            _ when !_known.Contains(id) && !_taken.Add(id) => "It is a replica, or is already listed",
            _ => null,
        };
        Add(state, id, owner.Agent?.LogicalAgentId, region, markedAt, reason);
        if (reason is not null)
        {
            return;
        }

        AddInstance(owner.Agent!, owner.AccountId!, id, az, type, state, markedAt, markedAt, null);
        if (replica is not null && !_known.Contains(replica.Id))
        {
            Replicas.Add((replica, owner.Agent!, owner.AccountId!));
        }
    }

    private void AddInstance(
        OriginalAgent agent, string accountId, string id, string? az, string? type, string state, long? markedAt, long? createdAt, string? reason)
    {
        if (reason is null && !_known.Contains(id))
        {
            Instances.Add(new ImportedInstance(accountId, id, agent.ClientId, agent.Id, agent.Region!, az, type, state, markedAt, createdAt));
        }
    }

    private void Add(string kind, string id, string? name, string? region, long? since, string? reason) =>
        _items.Add(new ImportItem(kind, id, name, region, since.ToTime(), reason, reason is null && _known.Contains(id)));
}
