namespace SpotCluster.Simulator.Aws;

/// <summary>An access key whose secret the simulator knows, so that signatures with it are checked.</summary>
/// <param name="Id">Access key id.</param>
/// <param name="Secret">Secret access key.</param>
/// <param name="Arn">Who it belongs to.</param>
/// <param name="Token">Session token; null for a key that lasts.</param>
/// <param name="ExpiresAt">Its end; null for none.</param>
internal sealed record SessionKey(string Id, string Secret, string Arn, string? Token, DateTimeOffset? ExpiresAt);
