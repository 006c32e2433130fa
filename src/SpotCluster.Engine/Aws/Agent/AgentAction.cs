namespace SpotCluster.Engine.Aws.Agent;

/// <summary>A call of EC2 that the agent makes.</summary>
/// <param name="Name">AWS's name of the operation.</param>
/// <param name="Changes">The kind of resource that it changes; null for a call that only lists.</param>
internal sealed record AgentAction(string Name, string? Changes);
