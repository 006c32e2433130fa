using Amazon.EC2;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// EC2 of one region. Every call throws <see cref="Model.SpotException"/> when EC2 refuses it, with the cloud's code in
/// <see cref="Model.SpotException.ServiceCode"/>, and <see cref="AmbiguousCallException"/> when a create that takes no
/// token may or may not have been done. Throttling, failures of the service and lost connections are repeated inside.
/// </summary>
internal interface IEc2Client : IAmazonEC2
{
    /// <summary>Name of the region.</summary>
    string Region { get; }
}
