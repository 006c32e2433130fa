namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>Credentials that are fetched before a request is signed: the signer of the SDK reads them synchronously.</summary>
internal interface IFetchedCredentials
{
    /// <summary>Fetches them, unless those that are held are still valid.</summary>
    Task FetchAsync(CancellationToken cancellationToken);
}
