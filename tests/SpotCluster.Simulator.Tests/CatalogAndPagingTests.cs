using System.Xml.Linq;
using Xunit;

namespace SpotCluster.Simulator.Tests;

public sealed class CatalogAndPagingTests : SimulatorTests
{
    private const string Region = "us-west-2";

    [Fact]
    public async Task Only_enabled_regions_are_listed_unless_all_are_asked_for()
    {
        var enabled = (await Ec2.DoAsync(Region, "DescribeRegions")).Values("regionName");
        Assert.Equal(17, enabled.Count);
        Assert.Equal(Cloud.Regions, enabled.Order(StringComparer.Ordinal));
        var all = await Ec2.DoAsync(Region, "DescribeRegions", ("AllRegions", "true"));
        Assert.True(all.Values("regionName").Count > 17);
        Assert.Contains("not-opted-in", all.Values("optInStatus"));
        var optedIn = await Ec2.DoAsync(Region, "DescribeRegions", ("AllRegions", "true"), ("Filter.1.Name", "opt-in-status"), ("Filter.1.Value.1", "opt-in-not-required"), ("Filter.1.Value.2", "opted-in"));
        Assert.Equal(17, optedIn.Values("regionName").Count);
        Assert.Equal("InvalidParameterValue", (await Ec2.CallAsync(Region, "DescribeRegions", ("RegionName.1", "mars-north-1"))).Code);
    }

    [Fact]
    public async Task A_region_that_is_not_enabled_refuses_and_one_that_is_not_there_has_no_host()
    {
        Assert.Equal("AuthFailure", (await Ec2.CallAsync("af-south-1", "DescribeInstances")).Code);
        Cloud.EnableRegion("af-south-1");
        await Ec2.DoAsync("af-south-1", "DescribeInstances");
        await Assert.ThrowsAsync<HttpRequestException>(() => Ec2.CallAsync("mars-north-1", "DescribeInstances"));
        var scoped = await Ec2.SendAsync("ec2", "http://127.0.0.1:1/", "mars-north-1", "DescribeInstances");
        Assert.Equal(401, scoped.Status);
    }

    [Theory]
    [InlineData("us-east-1", "abcdef")]
    [InlineData("ap-northeast-1", "acd")]
    [InlineData("ca-central-1", "abd")]
    public async Task Zones_are_the_real_ones(string region, string letters)
    {
        var zones = await Ec2.DoAsync(region, "DescribeAvailabilityZones");
        Assert.Equal(letters.Select(letter => region + letter), zones.Values("zoneName"));
        Assert.Equal(letters.Length, zones.Values("zoneId").Distinct().Count());
    }

    [Fact]
    public async Task Not_each_type_is_in_each_zone()
    {
        var offerings = await Ec2.DoAsync("us-east-1", "DescribeInstanceTypeOfferings", ("LocationType", "availability-zone"), ("Filter.1.Name", "instance-type"), ("Filter.1.Value.1", "t3.micro"));
        Assert.DoesNotContain("us-east-1e", offerings.Values("location"));
        Assert.Contains("us-east-1a", offerings.Values("location"));
        Assert.Equal("InvalidInstanceType", (await Ec2.CallAsync(Region, "DescribeInstanceTypes", ("InstanceType.1", "t9.huge"))).Code);
        var gpu = await Ec2.DoAsync("us-east-1", "DescribeInstanceTypes", ("InstanceType.1", "p3.8xlarge"));
        Assert.Equal("V100", gpu.Document.Descendants("gpus").First().Descendants("name").First().Value);
    }

    [Fact]
    public async Task Prices_vary_over_time_and_zone_and_the_history_says_since_when()
    {
        var answer = await PricesAsync();
        Assert.Equal(4, answer.Values("availabilityZone").Distinct().Count());
        Assert.All(answer.Values("spotPrice"), price => Assert.InRange(decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture), 0.0001m, 0.0832m));
        Assert.All(answer.Values("timestamp"), time => Assert.True(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture) <= Clock.GetUtcNow()));
        Clock.Advance(TimeSpan.FromHours(24));
        Assert.NotEqual(answer.Values("spotPrice"), (await PricesAsync()).Values("spotPrice"));
        var history = await Ec2.DoAsync(
            Region, "DescribeSpotPriceHistory", ("InstanceType.1", "t3.large"), ("ProductDescription.1", "Linux/UNIX"), ("AvailabilityZone", Region + "a"), ("StartTime", "2026-01-01T00:00:00Z"));
        Assert.InRange(history.Values("spotPrice").Count, 3, 8);

        async Task<Ec2Answer> PricesAsync() => await Ec2.DoAsync(
            Region, "DescribeSpotPriceHistory", ("InstanceType.1", "t3.large"), ("ProductDescription.1", "Linux/UNIX"), ("StartTime", Clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_list_is_cut_into_pages_that_miss_and_repeat_nothing()
    {
        Cloud.Region(Region).AddInstances(1203);
        var first = await Ec2.DoAsync(Region, "DescribeInstances");
        Assert.Equal(1000, first.Values("instanceId").Count(id => id.StartsWith("i-", StringComparison.Ordinal)));
        var ids = new List<string>();
        string? token = null;
        var pages = 0;
        do
        {
            var page = await Ec2.DoAsync(Region, "DescribeInstances", token is null ? [("MaxResults", "100")] : [("MaxResults", "100"), ("NextToken", token)]);
            ids.AddRange(page.Document.Descendants("instancesSet").Elements("item").Select(item => item.Element("instanceId")!.Value));
            token = page.Document.Element("nextToken")?.Value;
            pages++;
        }
        while (token is not null);
        Assert.Equal(13, pages);
        Assert.Equal(1203, ids.Distinct().Count());
        Assert.Equal(1203, ids.Count);
    }

    [Fact]
    public async Task Tags_that_vanish_between_two_pages_do_not_hide_others()
    {
        var ids = Cloud.Region(Region).AddInstances(6, tags: [("a", "1"), ("b", "2")]);
        (string, string)[] query = [("MaxResults", "5"), ("Filter.1.Name", "resource-type"), ("Filter.1.Value.1", "instance")];
        var first = await Ec2.DoAsync(Region, "DescribeTags", query);
        Assert.Equal(5, first.Values("resourceId").Count);
        await Ec2.DoAsync(Region, "DeleteTags", ("ResourceId.1", ids[0]), ("ResourceId.2", ids[1]));
        var second = await Ec2.DoAsync(Region, "DescribeTags", [.. query, ("NextToken", first.Value("nextToken"))]);
        var third = await Ec2.DoAsync(Region, "DescribeTags", [.. query, ("NextToken", second.Value("nextToken"))]);
        Assert.Equal(12, first.Values("key").Count + second.Values("key").Count + third.Values("key").Count);
    }

    [Fact]
    public async Task Page_sizes_ids_tokens_and_filters_are_checked()
    {
        var id = Cloud.Region(Region).AddInstances(1)[0];
        Assert.Equal("InvalidParameterValue", await CodeAsync(("MaxResults", "4")));
        Assert.Null(await CodeAsync(("MaxResults", "5")));
        Assert.Equal("InvalidParameterCombination", await CodeAsync(("MaxResults", "5"), ("InstanceId.1", id)));
        Assert.Equal("InvalidNextToken", await CodeAsync(("NextToken", "abc")));
        Assert.Equal("InvalidParameterValue", await CodeAsync(("Filter.1.Name", "no-such-filter"), ("Filter.1.Value.1", "x")));
        Assert.Equal("InvalidParameterValue", await CodeAsync(("Filter.1.Name", "vpc-id")));

        async Task<string?> CodeAsync(params (string Name, string Value)[] parameters) => (await Ec2.CallAsync(Region, "DescribeInstances", parameters)).Code;
    }

    [Fact]
    public async Task Tags_are_case_sensitive_and_found_across_kinds()
    {
        var region = Cloud.Region(Region);
        region.AddVpc("10.77", ("bacalhau-cluster", "demo"));
        region.AddInstances(2, tags: ("Bacalhau-Cluster", "demo"));
        region.AddInstances(1, tags: ("bacalhau-cluster", "Demo"));
        var tags = await Ec2.DoAsync(Region, "DescribeTags", ("Filter.1.Name", "tag:bacalhau-cluster"), ("Filter.1.Value.1", "demo"));
        Assert.Equal(["internet-gateway", "security-group", "subnet", "subnet", "subnet", "subnet", "vpc"], tags.Values("resourceType").Order(StringComparer.Ordinal));
        var byKey = await Ec2.DoAsync(Region, "DescribeTags", ("Filter.1.Name", "key"), ("Filter.1.Value.1", "bacalhau-*"), ("Filter.2.Name", "resource-type"), ("Filter.2.Value.1", "instance"));
        Assert.Equal(["Demo"], byKey.Values("value"));
        Assert.Empty((await Ec2.DoAsync(Region, "DescribeInstances", ("Filter.1.Name", "tag:bacalhau-cluster"), ("Filter.1.Value.1", "demo"))).Values("instanceId"));
        Assert.Equal(7, Cloud.AllLive("bacalhau-cluster", "demo").Count);
    }

    [Fact]
    public async Task Tag_limits_hold_and_tagging_is_all_or_nothing()
    {
        var ids = Cloud.Region(Region).AddInstances(2);
        Assert.Equal("InvalidInstanceID.NotFound", (await Ec2.CallAsync(Region, "CreateTags", ("ResourceId.1", ids[0]), ("ResourceId.2", "i-0123456789abcdef0"), ("Tag.1.Key", "a"), ("Tag.1.Value", "b"))).Code);
        Assert.Equal("InvalidParameterValue", (await Ec2.CallAsync(Region, "CreateTags", ("ResourceId.1", ids[0]), ("Tag.1.Key", new string('k', 129)), ("Tag.1.Value", "b"))).Code);
        Assert.Equal("TagLimitExceeded", (await Ec2.CallAsync(Region, "CreateTags", [("ResourceId.1", ids[0]), .. Enumerable.Range(1, 51).SelectMany(n => new[] { ($"Tag.{n}.Key", $"k{n}"), ($"Tag.{n}.Value", "v") })])).Code);
        Assert.Empty(Cloud.Region(Region).Find(ids[0])!.Tags);
        await Ec2.DoAsync(Region, "CreateTags", ("ResourceId.1", ids[0]), ("ResourceId.2", ids[1]), ("Tag.1.Key", "a"), ("Tag.1.Value", "b"));
        await Ec2.DoAsync(Region, "DeleteTags", ("ResourceId.1", ids[0]), ("Tag.1.Key", "a"), ("Tag.1.Value", "other"));
        Assert.Equal("b", Cloud.Region(Region).Find(ids[0])!.Tags["a"]);
        await Ec2.DoAsync(Region, "DeleteTags", ("ResourceId.1", ids[0]), ("Tag.1.Key", "a"));
        Assert.Empty(Cloud.Region(Region).Find(ids[0])!.Tags);
        Assert.Equal("b", Cloud.Region(Region).Find(ids[1])!.Tags["a"]);
    }

    [Fact]
    public async Task Images_are_found_by_owner_and_parameter_for_both_architectures()
    {
        var ubuntu = await Ec2.DoAsync(Region, "DescribeImages", ("Owner.1", "099720109477"), ("Filter.1.Name", "name"), ("Filter.1.Value.1", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-*"));
        Assert.Equal(4, ubuntu.Values("imageId").Count);
        Assert.Equal(["arm64", "x86_64"], ubuntu.Values("architecture").Distinct().Order(StringComparer.Ordinal));
        Assert.Empty((await Ec2.DoAsync(Region, "DescribeImages", ("Owner.1", "self"))).Values("imageId"));
    }
}
