using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;
using Xunit;
using static SpotCluster.Engine.Tests.Ec2.ScriptedTransport;

namespace SpotCluster.Engine.Tests.Ec2;

public class PagingTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Every_page_is_read_and_the_request_is_left_as_it_was()
    {
        var cloud = new ScriptedTransport().On("DescribeTags", Page("a", "1"), Page("b", "2"), Page("c", ""));
        using var session = cloud.Open();
        var request = new DescribeTagsRequest();
        var keys = new List<string>();
        await foreach (var tag in session.Ec2("us-east-1").DescribeAllTagsAsync(request, None))
        {
            keys.Add(tag.Key);
        }

        Assert.Equal(["a", "b", "c"], keys);
        Assert.Equal([null, "1", "2"], cloud.Calls.Select(call => call.Form.GetValueOrDefault("NextToken")));
        Assert.All(cloud.Calls, call => Assert.Equal("1000", call.Form["MaxResults"]));
        Assert.Null(request.NextToken);
        Assert.Null(request.MaxResults);
    }

    [Fact]
    public async Task A_page_is_not_held_while_its_reader_waits()
    {
        var held = new List<WeakReference>();
        await using var pages = Ec2Paging.PagesAsync(new DescribeTagsRequest(), DescribeAsync, page => page.Tags.Count, None).GetAsyncEnumerator(None);
        Assert.True(await pages.MoveNextAsync());
        GC.Collect();
        Assert.Equal(1, pages.Current);
        Assert.False(Assert.Single(held).IsAlive);

        // Answered at once: of a call that ends later, the stack could still hold the page.
        Task<DescribeTagsResponse> DescribeAsync(DescribeTagsRequest request, CancellationToken cancellationToken)
        {
            var page = new DescribeTagsResponse { Tags = [new TagDescription { Key = "a" }], NextToken = "1" };
            held.Add(new WeakReference(page));
            return Task.FromResult(page);
        }
    }

    [Fact]
    public async Task A_token_that_comes_twice_is_an_error_and_not_a_loop()
    {
        var cloud = new ScriptedTransport().On("DescribeTags", Page("a", "1"), Page("b", "2"), Page("c", "1"));
        using var session = cloud.Open();
        var error = await Assert.ThrowsAsync<SpotException>(async () =>
        {
            await foreach (var tag in session.Ec2("us-east-1").DescribeAllTagsAsync(new DescribeTagsRequest(), None))
            {
                Assert.NotEmpty(tag.Key);
            }
        });
        Assert.Equal(SpotErrorCategory.InvalidData, error.Category);
        Assert.Equal(3, cloud.Calls.Count);
    }

    [Fact]
    public async Task Tokens_without_end_are_an_error_and_not_a_loop()
    {
        var number = 0;
        var cloud = new ScriptedTransport().On("DescribeFleetInstances", call => ScriptedTransport.Ec2(
            "DescribeFleetInstances",
            $"<activeInstanceSet><item><instanceId>i-1</instanceId></item></activeInstanceSet><nextToken>{++number}</nextToken>")(call));
        using var session = cloud.Open();
        var items = 0;
        var error = await Assert.ThrowsAsync<SpotException>(async () =>
        {
            await foreach (var instance in session.Ec2("us-east-1").DescribeAllFleetInstancesAsync(new DescribeFleetInstancesRequest { FleetId = "fleet-1" }, None))
            {
                items++;
                Assert.Equal("i-1", instance.InstanceId);
            }
        });
        Assert.Equal(SpotErrorCategory.InvalidData, error.Category);
        Assert.Equal(Ec2Paging.MostPages, items);
        Assert.Equal(Ec2Paging.MostPages, cloud.Calls.Count);
    }

    [Fact]
    public void Every_list_that_has_pages_has_a_guarded_way_to_read_them_all()
    {
        var read = typeof(Ec2PagingExtensions).GetMethods().Where(method => method.IsStatic).Select(method => method.GetParameters()[1].ParameterType.Name).ToHashSet(StringComparer.Ordinal);
        Assert.Contains(nameof(DescribeFleetInstancesRequest), read);
        Assert.All(read, name => Assert.NotEmpty(Ec2Members.Of(name[..^"Request".Length]).Path));
    }

    [Fact]
    public async Task Half_a_list_then_an_error_is_an_error()
    {
        var cloud = new ScriptedTransport().On("DescribeTags", Page("a", "1"), Error(403, "UnauthorizedOperation"));
        using var session = cloud.Open();
        var keys = new List<string>();
        var error = await Assert.ThrowsAsync<SpotException>(async () =>
        {
            await foreach (var tag in session.Ec2("us-east-1").DescribeAllTagsAsync(new DescribeTagsRequest(), None))
            {
                keys.Add(tag.Key);
            }
        });
        Assert.Equal(SpotErrorIds.PermissionMissing, error.ErrorId);
        Assert.Equal(["a"], keys);
    }

    [Fact]
    public async Task A_page_size_never_goes_with_ids()
    {
        var cloud = new ScriptedTransport().On("DescribeInstances", ScriptedTransport.Ec2("DescribeInstances", "<reservationSet/>"));
        using var session = cloud.Open();
        var request = new DescribeInstancesRequest { InstanceIds = ["i-1"], MaxResults = 50 };
        await foreach (var reservation in session.Ec2("us-east-1").DescribeAllInstancesAsync(request, None))
        {
            Assert.Fail($"{reservation.ReservationId} came from nowhere.");
        }

        Assert.False(Assert.Single(cloud.Calls).Form.ContainsKey("MaxResults"));
    }

    [Fact]
    public async Task A_page_size_stays_within_what_the_operation_takes()
    {
        var cloud = new ScriptedTransport()
            .On("DescribeRouteTables", ScriptedTransport.Ec2("DescribeRouteTables", "<routeTableSet/>"))
            .On("DescribeInstanceTypes", ScriptedTransport.Ec2("DescribeInstanceTypes", "<instanceTypeSet/>"));
        using var session = cloud.Open();
        var ec2 = session.Ec2("us-east-1");
        await foreach (var table in ec2.DescribeAllRouteTablesAsync(new DescribeRouteTablesRequest(), None))
        {
            Assert.Fail(table.RouteTableId);
        }

        await foreach (var type in ec2.DescribeAllInstanceTypesAsync(new DescribeInstanceTypesRequest(), None))
        {
            Assert.Fail(type.InstanceType);
        }

        Assert.All(cloud.Calls, call => Assert.Equal("100", call.Form["MaxResults"]));
    }

    private static Func<ScriptedCall, HttpResponseMessage> Page(string key, string next) => ScriptedTransport.Ec2(
        "DescribeTags", $"<tagSet><item><resourceId>i-1</resourceId><key>{key}</key><value>v</value></item></tagSet><nextToken>{next}</nextToken>");
}
