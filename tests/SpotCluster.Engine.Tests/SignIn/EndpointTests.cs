using Amazon.Runtime;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Configuration;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>Where each service is called, in every region with and without FIPS and dual-stack: as the endpoint data of the AWS CLI says.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class EndpointTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();

    public void Dispose() => _environment.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Hosts_are_those_of_botocore(bool isFips, bool isDualStack)
    {
        Assert.SkipUnless(Tool.IsOnPath("python3"), "python3 is not on PATH");
        const string Script = """
            try:
                from botocore.loaders import Loader
                from botocore.endpoint_provider import EndpointProvider
                from botocore.exceptions import EndpointProviderError
            except ImportError:
                raise SystemExit(3)
            import json, sys
            loader = Loader()
            partitions = loader.load_data('partitions')
            found = {}
            regions = [r for p in partitions['partitions'] if p['id'] in ('aws', 'aws-cn', 'aws-us-gov') for r in p['regions'] if not r.endswith('-global')]
            for name in 'ec2 sts iam pricing service-quotas autoscaling resourcegroupstaggingapi elb elbv2 efs logs cloudwatch events scheduler sso sso-oidc'.split():
                provider = EndpointProvider(loader.load_service_model(name, 'endpoint-rule-set-1'), partitions)
                for region in regions:
                    try:
                        endpoint = provider.resolve_endpoint(Region=region, UseFIPS=sys.argv[1] == 'True', UseDualStack=sys.argv[2] == 'True')
                    except EndpointProviderError:
                        continue
                    found[name + ' ' + region] = endpoint.url.split('//')[1]
            print(json.dumps(found))
            """;
        var run = await Tool.RunAsync("python3", new Dictionary<string, string>(), "-c", Script, isFips.ToString(), isDualStack.ToString());
        Assert.SkipWhen(run.ExitCode == 3, "botocore is not installed");
        Assert.True(run.ExitCode == 0, run.ToString());
        var wanted = JObject.Parse(run.Out);
        Assert.True(wanted.Count > 300, run.Out);
        EnvironmentGuard.Set("AWS_USE_FIPS_ENDPOINT", isFips ? "true" : "false");
        EnvironmentGuard.Set("AWS_USE_DUALSTACK_ENDPOINT", isDualStack ? "true" : "false");

        var options = new EngineOptions();
        var calls = new AwsCalls(options.Clock, null, null);
        using var http = new AwsHttp(null, options.Clock);
        var setup = new AwsClientSetup(options, calls, http);
        var wrong = wanted.Properties().Select(host => (host.Name, Managed: HostOf(setup, calls, host.Name.Split(' ')[0], host.Name.Split(' ')[1]), Theirs: (string?)host.Value))
            .Where(host => host.Managed != host.Theirs).Select(host => $"{host.Name}: {host.Managed} instead of {host.Theirs}").ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string HostOf(AwsClientSetup setup, AwsCalls calls, string service, string region)
    {
        var nobody = new AnonymousAWSCredentials();
        string Own(AwsClientConfig config) => setup.Configure(config).Endpoint.Host;
        switch (service)
        {
            case "ec2":
                using (var ec2 = new Ec2Client(nobody, setup.Configure(Ec2Client.Configuration(region)), calls, region, PlainDoctor.Instance))
                {
                    return ec2.Endpoint.Host;
                }

            case "sts":
                using (var sts = setup.CreateSts(nobody, region))
                {
                    return new Uri(sts.DetermineServiceOperationEndpoint(new Amazon.SecurityToken.Model.GetCallerIdentityRequest()).URL).Host;
                }

            case "sso":
                using (var sso = new SsoPortalClient(setup, region))
                {
                    return new Uri(sso.DetermineServiceOperationEndpoint(new Amazon.SSO.Model.ListAccountsRequest()).URL).Host;
                }

            case "sso-oidc":
                using (var oidc = new SsoOidcClient(setup, region))
                {
                    return new Uri(oidc.DetermineServiceOperationEndpoint(new Amazon.SSOOIDC.Model.CreateTokenRequest()).URL).Host;
                }

            case "iam":
                return Own(ServiceClient.Configuration(AwsService.Iam, region));
            case "service-quotas":
                return Own(ServiceClient.Configuration(AwsService.Quotas, region));

            // It is asked in three regions only, each of which has the prices of all.
            case "pricing":
                return Own(region is "us-east-1" or "eu-central-1" or "ap-south-1" ? ServiceClient.Configuration(AwsService.Pricing, region) : new AwsClientConfig("Pricing", "api.pricing", region));
            default:
                return Own(ServiceClient.Configuration(
                    service switch
                    {
                        "autoscaling" => AwsService.AutoScaling,
                        "resourcegroupstaggingapi" => AwsService.Tagging,
                        "elb" => AwsService.ClassicLoadBalancing,
                        "elbv2" => AwsService.LoadBalancing,
                        "efs" => AwsService.FileSystems,
                        "logs" => AwsService.Logs,
                        "events" => AwsService.Events,
                        "scheduler" => AwsService.Scheduler,
                        _ => AwsService.Alarms,
                    },
                    region));
        }
    }
}
