using System.Net;
using System.Net.Sockets;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class FaultTests() : SimulatorTests(autoAdvance: true)
{
    private const string Region = "us-east-2";

    [Fact]
    public async Task A_reset_before_the_effect_leaves_nothing_and_one_after_it_leaves_the_vpc()
    {
        Cloud.Faults.Add(new FaultRule { Operation = "CreateVpc", Action = FaultAction.ResetBefore, Nth = [1] });
        Cloud.Faults.Add(new FaultRule { Operation = "CreateVpc", Action = FaultAction.ResetAfter, Nth = [1] });
        var before = await Assert.ThrowsAsync<HttpRequestException>(CreateAsync);
        Assert.IsType<SocketException>(before.InnerException!.InnerException);
        Assert.Empty(Cloud.AllLive());
        await Assert.ThrowsAsync<HttpRequestException>(CreateAsync);
        Assert.Equal("vpc", Assert.Single(Cloud.AllLive()).Kind);
        Assert.Equal([false, true], Cloud.Calls.Of("CreateVpc").Select(call => call.TookEffect));
        Assert.Null((await CreateAsync()).Code);

        Task<Ec2Answer> CreateAsync() => Ec2.CallAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"));
    }

    [Fact]
    public async Task A_stall_takes_effect_and_then_breaks_in_virtual_time()
    {
        Cloud.Faults.Add(new FaultRule { Operation = "CreateVpc", Action = FaultAction.Stall, Seconds = 300 });
        await Assert.ThrowsAsync<HttpRequestException>(() => Ec2.CallAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16")));
        Assert.Equal(SimulatedClock.DefaultStart.AddSeconds(300), Clock.GetUtcNow());
        Assert.Single(Cloud.AllLive());
    }

    [Fact]
    public async Task Errors_of_servers_come_as_document_as_web_page_or_empty()
    {
        Cloud.Faults.AddJson("""
            {"rules": [
              {"operation": "Describe*", "action": "http", "status": 500, "body": "xml", "nth": [1]},
              {"operation": "Describe*", "action": "http", "status": 503, "body": "html", "nth": [1]},
              {"operation": "Describe*", "action": "http", "status": 502, "body": "empty", "nth": [1]},
              {"operation": "Describe*", "action": "throttle", "nth": [1]},
              {"operation": "Describe*", "action": "error", "code": "Unavailable", "nth": [1]}
            ]}
            """);
        var answers = new List<Ec2Answer>();
        for (var i = 0; i < 6; i++)
        {
            answers.Add(await Ec2.CallAsync(Region, "DescribeVpcs"));
        }

        Assert.Equal([500, 503, 502, 503, 503, 200], answers.Select(answer => answer.Status));
        Assert.Equal("InternalError", answers[0].Code);
        Assert.Contains("<html>", answers[1].Text, StringComparison.Ordinal);
        Assert.Equal("", answers[2].Text);
        Assert.Equal("RequestLimitExceeded", answers[3].Code);
        Assert.Equal("Unavailable", answers[4].Code);
        Assert.Throws<FormatException>(() => Cloud.Faults.AddJson("""{"rules": [{"operatoin": "x"}]}"""));
    }

    [Fact]
    public async Task Half_a_list_comes_and_the_next_page_fails()
    {
        Cloud.Region(Region).AddInstances(12);
        var rule = new FaultRule { Operation = "DescribeInstances", Action = FaultAction.PartialPage, PageSize = 7, Code = "InternalError" };
        Cloud.Faults.Add(rule);
        var first = await Ec2.DoAsync(Region, "DescribeInstances");
        Assert.Equal(7, first.Document.Descendants("instanceState").Count());
        var next = await Ec2.CallAsync(Region, "DescribeInstances", ("NextToken", first.Value("nextToken")));
        Assert.Equal("InternalError", next.Code);
        Assert.Equal(2, Cloud.Faults.Fired(rule));
        Cloud.Faults.Remove(rule);
        Assert.Equal(5, (await Ec2.DoAsync(Region, "DescribeInstances", ("NextToken", first.Value("nextToken")))).Document.Descendants("instanceState").Count());
    }

    [Fact]
    public async Task Credentials_expire_in_the_middle_for_every_service()
    {
        Cloud.ExpireCredentials(fromCall: 3);
        Assert.Null((await Ec2.CallAsync(Region, "DescribeVpcs")).Code);
        Assert.Null((await Ec2.CallAsync("eu-west-1", "DescribeVpcs")).Code);
        Assert.Equal("ExpiredToken", (await Ec2.CallAsync(Region, "DescribeVpcs")).Code);
        var sts = await Ec2.SendAsync("sts", "https://sts.us-east-1.amazonaws.com/", "us-east-1", "GetCallerIdentity");
        Assert.Equal("ExpiredToken", sts.Code);
        Assert.Equal(403, sts.Status);
    }

    [Fact]
    public async Task An_unknown_key_is_refused_as_each_service_says_it()
    {
        Cloud.RefuseAccessKey(Ec2.AccessKeyId);
        Assert.Equal("AuthFailure", (await Ec2.CallAsync(Region, "DescribeVpcs")).Code);
        var sts = await Ec2.SendAsync("sts", "https://sts.us-east-1.amazonaws.com/", "us-east-1", "GetCallerIdentity");
        Assert.Equal("InvalidClientTokenId", sts.Code);
    }

    [Fact]
    public async Task A_dry_run_says_whether_it_is_allowed_and_does_nothing()
    {
        Assert.Equal("DryRunOperation", (await DryRunAsync()).Code);
        Cloud.Deny("CreateVpc");
        Assert.Equal("UnauthorizedOperation", (await DryRunAsync()).Code);
        Assert.Equal("UnauthorizedOperation", (await Ec2.CallAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"))).Code);
        Assert.Empty(Cloud.AllLive());
        Assert.All(Cloud.Calls.Calls.Take(2), call => Assert.False(call.Changes));

        Task<Ec2Answer> DryRunAsync() => Ec2.CallAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"), ("DryRun", "true"));
    }

    [Fact]
    public async Task Requests_are_throttled_per_operation_and_region_and_the_bucket_refills()
    {
        var codes = new List<string?>();
        for (var i = 0; i < 6; i++)
        {
            codes.Add((await RunAsync()).Code);
        }

        Assert.Equal([null, null, null, null, null, "RequestLimitExceeded"], codes);
        Assert.Null((await Ec2.CallAsync(Region, "DescribeVpcs")).Code);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await RunAsync()).Code);

        using var free = new SimulatedCloud(new SimulatorOptions { Clock = Clock, Throttling = false });
        using var client = new Ec2Client(free);
        for (var i = 0; i < 200; i++)
        {
            await client.DoAsync(Region, "DescribeInstances");
        }

        Task<Ec2Answer> RunAsync() => Ec2.CallAsync(
            Region, "RunInstances", ("ImageId", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"), ("InstanceType", "t3.micro"), ("MinCount", "1"), ("MaxCount", "1"));
    }

    [Fact]
    public async Task News_of_a_new_resource_and_of_its_tags_takes_its_time_where_that_is_wanted()
    {
        using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = Clock, ConsistencyWindow = TimeSpan.FromSeconds(1) });
        using var client = new Ec2Client(cloud);
        var id = (await client.DoAsync(Region, "CreateVpc", ("CidrBlock", "10.0.0.0/16"), ("TagSpecification.1.ResourceType", "vpc"), ("TagSpecification.1.Tag.1.Key", "k"), ("TagSpecification.1.Tag.1.Value", "v"))).Value("vpcId");
        Assert.Equal("InvalidVpcID.NotFound", (await client.CallAsync(Region, "DescribeVpcs", ("VpcId.1", id))).Code);
        Assert.Empty((await client.DoAsync(Region, "DescribeTags")).Values("resourceId"));
        Clock.Advance(TimeSpan.FromSeconds(1));
        await client.DoAsync(Region, "DescribeVpcs", ("VpcId.1", id));
        Assert.Equal([id], (await client.DoAsync(Region, "DescribeTags")).Values("resourceId"));
    }

    [Fact]
    public async Task Chance_in_one_region_does_not_depend_on_the_others()
    {
        var alone = await DrawAsync(["us-east-1"]);
        var together = await DrawAsync(["us-east-1", "us-west-2", "eu-west-1"]);
        Assert.Contains("RequestLimitExceeded", alone);
        Assert.Contains(null, alone);
        Assert.Equal(alone, together);

        async Task<List<string?>> DrawAsync(string[] regions)
        {
            using var cloud = new SimulatedCloud(new SimulatorOptions { Clock = Clock, Seed = 7 });
            using var client = new Ec2Client(cloud);
            cloud.Faults.Add(new FaultRule { Action = FaultAction.Throttle, Probability = 0.3 });
            var codes = new List<string?>();
            for (var i = 0; i < 30; i++)
            {
                foreach (var region in regions)
                {
                    var code = (await client.CallAsync(region, "DescribeVpcs")).Code;
                    if (region == "us-east-1")
                    {
                        codes.Add(code);
                    }
                }
            }

            return codes;
        }
    }

    [Fact]
    public async Task The_quota_service_and_the_alias_answer()
    {
        Cloud.Region(Region).SetQuota("L-34B43A08", 5);
        using var http = new HttpClient(Cloud.CreateHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, $"https://servicequotas.{Region}.amazonaws.com/")
        {
            Content = new StringContent("""{"ServiceCode":"ec2","QuotaCode":"L-34B43A08"}"""),
        };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "ServiceQuotasV20190624.GetServiceQuota");
        request.Headers.TryAddWithoutValidation("Authorization", $"AWS4-HMAC-SHA256 Credential=AKIA1/20260101/{Region}/servicequotas/aws4_request, SignedHeaders=host, Signature=00");
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"Value\":5.0", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var alias = await Ec2.SendAsync("iam", "https://iam.amazonaws.com/", "us-east-1", "ListAccountAliases");
        Assert.Equal("spotcluster-simulator", alias.Value("member"));
        var identity = await Ec2.SendAsync("sts", "https://sts.amazonaws.com/", "us-east-1", "GetCallerIdentity");
        Assert.Equal("123456789012", identity.Value("Account"));
    }
}
