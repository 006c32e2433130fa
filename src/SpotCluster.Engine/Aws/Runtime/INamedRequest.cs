namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>A request that tells its operation, where one class serves many.</summary>
internal interface INamedRequest
{
    /// <summary>AWS's name of the operation.</summary>
    string Operation { get; }
}
