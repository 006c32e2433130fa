using Amazon.EC2.Model;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Clusters;
using SpotCluster.Engine.Aws.Pricing;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Tests.Ec2;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.CostTests;

/// <summary>The Price List word for word: what is asked, and what is made of every answer.</summary>
public sealed class ListPriceTests
{
    private const string Type = "t3.medium";

    [Fact]
    public async Task It_asks_for_plain_linux_on_shared_hardware_of_one_type_in_one_region_and_signs_for_pricing()
    {
        var cloud = new ScriptedTransport().On("GetProducts", Page(Product(Type, ("Hrs", "USD", "0.0416000000"))));

        var listed = await AskAsync(cloud, "eu-west-3", Type, Type);

        Assert.Equal((0.0416m, null), (listed.Find(Type), listed.Refusal));
        var call = Assert.Single(cloud.Calls);
        Assert.Contains("/us-east-1/pricing/aws4_request", call.Authorization, StringComparison.Ordinal);
        var body = JObject.Parse(call.Body);
        Assert.Equal(("AmazonEC2", "aws_v1", 100), ((string?)body["ServiceCode"], (string?)body["FormatVersion"], (int)body["MaxResults"]!));
        Assert.All(body["Filters"]!, filter => Assert.Equal("TERM_MATCH", (string?)filter["Type"]));
        Assert.Equal(
            "capacitystatus=Used instanceType=t3.medium licenseModel=No License required locationType=AWS Region marketoption=OnDemand operatingSystem=Linux preInstalledSw=NA regionCode=eu-west-3 tenancy=Shared",
            string.Join(' ', body["Filters"]!.Select(filter => $"{filter["Field"]}={filter["Value"]}").Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("us-west-2", "https://api.pricing.us-east-1.amazonaws.com/", "us-east-1")]
    [InlineData("sa-east-1", "https://api.pricing.us-east-1.amazonaws.com/", "us-east-1")]
    [InlineData("eu-north-1", "https://api.pricing.eu-central-1.amazonaws.com/", "eu-central-1")]
    [InlineData("ap-northeast-1", "https://api.pricing.ap-south-1.amazonaws.com/", "ap-south-1")]
    public void The_endpoint_is_the_nearest_of_the_three(string region, string endpoint, string signedFor)
    {
        var config = ServiceClient.Configuration(AwsService.Pricing, region);
        Assert.Equal((endpoint, signedFor, "pricing"), (config.Endpoint.AbsoluteUri, config.AuthenticationRegion, config.AuthenticationServiceName));
    }

    [Fact]
    public async Task Every_page_is_read_and_each_question_is_asked_once()
    {
        var cloud = new ScriptedTransport().On(
            "GetProducts",
            _ => Json(new JObject { ["PriceList"] = new JArray(Product("m5.large", ("Hrs", "USD", "0.1"))), ["NextToken"] = "more" }),
            call => Json(new JObject { ["PriceList"] = (string?)JObject.Parse(call.Body)["NextToken"] == "more" ? new JArray(Product(Type, ("Hrs", "USD", "0.2"))) : [] }));
        using var session = cloud.Open();

        var listed = await session.ListPrices.ForInstancesAsync("us-east-1", [Type], CancellationToken.None);
        Assert.Equal((0.2m, 0.1m), (listed.Find(Type), listed.Find("m5.large")));
        await session.ListPrices.ForInstancesAsync("us-east-1", [Type], CancellationToken.None);
        Assert.Equal(2, cloud.Calls.Count);
    }

    [Fact]
    public async Task Two_products_are_one_when_they_cost_the_same_and_unknown_when_they_do_not()
    {
        Assert.Equal(0.2m, (await AskAsync(Page(Product(Type, ("Hrs", "USD", "0.2")), Product(Type, ("Hrs", "USD", "0.200"))))).Find(Type));
        Assert.Null((await AskAsync(Page(Product(Type, ("Hrs", "USD", "0.2")), Product(Type, ("Hrs", "USD", "0.3"))))).Find(Type));
        Assert.Null((await AskAsync(Page(Product(Type, ("Hrs", "USD", "0.2"), ("Hrs", "USD", "0.3"))))).Find(Type));
    }

    [Theory]
    [InlineData("Hrs", "CNY", "0.2")]
    [InlineData("Hrs", "USD", "0.0000000000")]
    [InlineData("Hrs", "USD", "-1")]
    [InlineData("Hrs", "USD", "cheap")]
    [InlineData("Quantity", "USD", "0.2")]
    public async Task What_is_no_price_in_usd_per_hour_is_unknown_and_never_0(string unit, string currency, string price)
    {
        var listed = await AskAsync(Page(Product(Type, (unit, currency, price))));
        Assert.Empty(listed.Prices);
        Assert.Null(listed.Refusal);
    }

    [Theory]
    [InlineData("""{"PriceList":["{ this is no JSON"]}""")]
    [InlineData("""{"PriceList":[{"product":{}}]}""")]
    [InlineData("""{"PriceList":"none"}""")]
    [InlineData("""{}""")]
    [InlineData("""[1]""")]
    [InlineData("""<html>""")]
    [InlineData("""{"PriceList":[],"NextToken":"for ever"}""")]
    public async Task What_is_no_price_list_makes_the_price_unknown_and_is_said(string body)
    {
        var listed = await AskAsync(_ => ScriptedTransport.Answer(200, "application/x-amz-json-1.1", body));
        Assert.Empty(listed.Prices);
        Assert.Contains("not from the service", listed.Refusal!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"product":1,"terms":[]}""")]
    [InlineData("""{"product":{"attributes":{"instanceType":"t3.medium"}},"terms":{"OnDemand":{"a":{"priceDimensions":{"b":7}}}}}""")]
    public async Task A_product_of_another_form_has_no_price(string product)
    {
        var listed = await AskAsync(_ => Json(new JObject { ["PriceList"] = new JArray(product) }));
        Assert.Empty(listed.Prices);
        Assert.Null(listed.Refusal);
    }

    [Theory]
    [InlineData(400, "AccessDeniedException", SpotErrorIds.PermissionMissing)]
    [InlineData(403, "UnrecognizedClientException", SpotErrorIds.CredentialInvalid)]
    [InlineData(500, "InternalErrorException", SpotErrorIds.ServiceFailed)]
    public async Task A_refusal_is_told_and_not_asked_for_again_within_a_minute(int status, string code, string errorId)
    {
        var cloud = new ScriptedTransport().On("GetProducts", _ => ScriptedTransport.Answer(status, "application/x-amz-json-1.1", $$"""{"__type":"com.amazonaws.pricing#{{code}}","Message":"No."}"""));
        using var session = cloud.Open();

        var refused = await session.ListPrices.ForInstancesAsync("us-east-1", [Type], CancellationToken.None);
        Assert.Equal(errorId, refused.Refusal!.ErrorId);
        Assert.Empty(refused.Prices);
        var calls = cloud.Calls.Count;
        Assert.NotNull((await session.ListPrices.ForInstancesAsync("us-east-1", [Type, "m5.large"], CancellationToken.None)).Refusal);
        Assert.Equal(calls, cloud.Calls.Count);

        cloud.On("GetProducts", Page(Product(Type, ("Hrs", "USD", "0.2"))));
        await session.Clock.PauseAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
        Assert.Equal(0.2m, (await session.ListPrices.ForInstancesAsync("us-east-1", [Type], CancellationToken.None)).Find(Type));
    }

    [Fact]
    public async Task Where_the_service_names_no_permission_it_is_named_all_the_same()
    {
        var listed = await AskAsync(_ => ScriptedTransport.Answer(400, "application/x-amz-json-1.1", """{"__type":"AccessDeniedException","Message":"No."}"""));
        Assert.Contains("pricing:GetProducts", listed.Refusal!.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cn-north-1", "aws-cn")]
    [InlineData("us-gov-west-1", "aws-us-gov")]
    public async Task In_another_partition_nothing_is_asked_and_it_is_said(string region, string partition)
    {
        var cloud = new ScriptedTransport();
        var listed = await AskAsync(cloud, region, Type);
        Assert.Empty(cloud.Calls);
        Assert.Contains(partition, listed.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_stops_gets_no_refusal()
    {
        var cloud = new ScriptedTransport().On("GetProducts", Page(Product(Type, ("Hrs", "USD", "0.2"))));
        using var session = cloud.Open();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.ListPrices.ForInstancesAsync("us-east-1", [Type], stop.Token));
        Assert.Equal(0.2m, (await session.ListPrices.ForInstancesAsync("us-east-1", [Type], CancellationToken.None)).Find(Type));
    }

    [Fact]
    public void Only_a_plain_machine_on_demand_is_at_the_list_price()
    {
        Assert.True(new Instance { InstanceType = Type }.IsAtListPrice());
        Assert.True(new Instance { InstanceType = Type, PlatformDetails = "Linux/UNIX", Placement = new Placement { Tenancy = "default" } }.IsAtListPrice());
        Assert.False(new Instance { InstanceType = Type, InstanceLifecycle = "spot" }.IsAtListPrice());
        Assert.False(new Instance { InstanceType = Type, InstanceLifecycle = "capacity-block" }.IsAtListPrice());
        Assert.False(new Instance { InstanceType = Type, PlatformDetails = "Windows" }.IsAtListPrice());
        Assert.False(new Instance { InstanceType = Type, Placement = new Placement { Tenancy = "dedicated" } }.IsAtListPrice());
        Assert.False(new Instance().IsAtListPrice());
    }

    private static Task<ListedPrices> AskAsync(Func<ScriptedCall, HttpResponseMessage> answer) =>
        AskAsync(new ScriptedTransport().On("GetProducts", answer), "us-east-1", Type);

    private static async Task<ListedPrices> AskAsync(ScriptedTransport cloud, string region, params string[] types)
    {
        using var session = cloud.Open();
        return await session.ListPrices.ForInstancesAsync(region, types, CancellationToken.None);
    }

    private static Func<ScriptedCall, HttpResponseMessage> Page(params string[] products) => _ => Json(new JObject { ["PriceList"] = new JArray(products) });

    private static HttpResponseMessage Json(JObject body) => ScriptedTransport.Answer(200, "application/x-amz-json-1.1", body.ToString());

    private static string Product(string type, params (string Unit, string Currency, string Price)[] dimensions) => new JObject
    {
        ["product"] = new JObject { ["attributes"] = new JObject { ["instanceType"] = type } },
        ["terms"] = new JObject
        {
            ["OnDemand"] = new JObject
            {
                ["X.Y"] = new JObject
                {
                    ["priceDimensions"] = new JObject(dimensions.Select((dimension, place) => new JProperty(
                        $"X.Y.{place}", new JObject { ["unit"] = dimension.Unit, ["pricePerUnit"] = new JObject { [dimension.Currency] = dimension.Price } }))),
                },
            },
        },
    }.ToString();
}

/// <summary>Where the Price List is reached.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class ListPriceEndpointTests : IDisposable
{
    private readonly EnvironmentGuard _guard = new();

    public void Dispose() => _guard.Dispose();

    [Theory]
    [InlineData("AWS_ENDPOINT_URL")]
    [InlineData("AWS_ENDPOINT_URL_PRICING")]
    public void The_endpoint_comes_from_the_environment(string variable)
    {
        EnvironmentGuard.Set(variable, "http://localhost:4599");
        Assert.Equal("http://localhost:4599/", ServiceClient.Configuration(AwsService.Pricing, "us-west-2").Endpoint.AbsoluteUri);
    }
}
