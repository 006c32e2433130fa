using Amazon;
using Amazon.EC2;
using Amazon.EC2.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using SpotCluster.Engine.Aws.Runtime;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>The SDK's client of EC2 in one region, with our pacing, retries, guards and errors in its pipeline.</summary>
internal sealed class Ec2Client(AWSCredentials credentials, AmazonEC2Config config, AwsCalls calls, string region, ICallDoctor doctor)
    : AmazonEC2Client(credentials, config), IEc2Client
{
    /// <inheritdoc/>
    public string Region => region;

    /// <summary>Where calls go.</summary>
    public Uri Endpoint => new(DetermineServiceOperationEndpoint(new DescribeRegionsRequest()).URL);

    /// <summary>The configuration for a region.</summary>
    public static AmazonEC2Config Configuration(string region) => new()
    {
        RegionEndpoint = RegionEndpoint.GetBySystemName(region),
        AuthenticationRegion = region,
    };

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        AwsPipeline.Install(pipeline, calls, "ec2", region);
        pipeline.AddHandler(new Ec2CallHandler(this, calls, doctor));
    }
}
