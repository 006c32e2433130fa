namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// A create that takes no token was sent and not answered, so it may or may not have been done. Whoever sent it looks
/// for the thing by its tag, and sends it again only when it is not there.
/// </summary>
internal sealed class AmbiguousCallException : Exception
{
    public AmbiguousCallException(string operation, string region, Exception? innerException)
        : base($"{operation} in {region} was sent but not answered; it may have been completed.", innerException)
    {
        Operation = operation;
        Region = region;
    }

    /// <summary>AWS's name of the operation.</summary>
    public string Operation { get; }

    /// <summary>The region.</summary>
    public string Region { get; }
}
