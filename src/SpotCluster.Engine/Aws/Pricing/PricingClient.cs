using System.Net;
using Amazon.Runtime;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Pricing;

/// <summary>The one call of the AWS Price List that we need.</summary>
internal sealed class PricingClient(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls) : JsonClient(credentials, config, calls)
{
    private const int MostPerPage = 100;
    private const int MostPages = 1000;

    // A price is worth waiting for, but no list is to hang by it: networks that let nothing out but to EC2 exist. On the real
    // clock, like the time of one attempt.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The endpoint that is next to a region: there are three, and each has the prices of every region. Other partitions have
    /// their own, which is not asked (<see cref="ListPrices"/>).
    /// </summary>
    public static AwsClientConfig Configuration(string region)
    {
        var home = region.Split('-')[0] switch
        {
            "ap" => "ap-south-1",
            "eu" or "af" or "me" or "il" => "eu-central-1",
            _ => "us-east-1",
        };
        return new AwsClientConfig("Pricing", "pricing", home, config => config.HostOf("api.pricing"));
    }

    /// <summary>The products of EC2 that have these values of attributes: every page.</summary>
    /// <exception cref="SpotException">The service refused, did not answer, or wrote something that is no price list.</exception>
    public async Task<IReadOnlyList<JObject>> GetProductsAsync(IReadOnlyList<(string Field, string Value)> filters, CancellationToken cancellationToken)
    {
        var products = new List<JObject>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? next = null;
        try
        {
            do
            {
                var request = new GetProductsRequest { Filters = filters, NextToken = next };
                var page = await InTimeAsync(request, cancellationToken).ConfigureAwait(false) ?? throw Unreadable();
                products.AddRange((page["PriceList"] as JArray ?? throw Unreadable()).Select(ToProduct));
                next = page["NextToken"]?.ToString();
                if (!string.IsNullOrEmpty(next) && (!seen.Add(next!) || seen.Count == MostPages))
                {
                    // The same page twice, or always one more: the list would never end.
                    throw Unreadable();
                }
            }
            while (!string.IsNullOrEmpty(next));
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            throw Explain(e);
        }

        return products;
    }

    private async Task<JObject?> InTimeAsync(GetProductsRequest request, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Patience);
        try
        {
            return await CallAsync(request, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <summary>The error for a call that was not answered, or answered with a failure.</summary>
    private SpotException Explain(Exception exception) => PlainDoctor.Explain(
        new FailedCall("Pricing", "GetProducts", Place.AuthenticationRegion, Place.Endpoint),
        exception,
        CallFailures.Classify(exception, stopped: false));

    // A product is a JSON text in the JSON of the page. One that cannot be read may be the one that was asked for, so it is
    // not left out.
    private static JObject ToProduct(JToken entry)
    {
        try
        {
            return entry.Type == JTokenType.String ? JObject.Parse((string)entry!) : throw Unreadable();
        }
        catch (JsonException)
        {
            throw Unreadable();
        }
    }

    private static UnreadableAnswerException Unreadable() => new("The response is not a price list.", null, HttpStatusCode.OK);

    private sealed class GetProductsRequest : JsonRequest
    {
        public IReadOnlyList<(string Field, string Value)> Filters { get; set; } = [];
        public string? NextToken { get; set; }

        public override string Target => "AWSPriceListService.GetProducts";

        public override JObject ToBody()
        {
            var body = new JObject
            {
                ["ServiceCode"] = "AmazonEC2",
                [nameof(Filters)] = new JArray(Filters.Select(filter => new JObject { ["Type"] = "TERM_MATCH", ["Field"] = filter.Field, ["Value"] = filter.Value })),
                ["FormatVersion"] = "aws_v1",
                ["MaxResults"] = MostPerPage,
            };
            if (NextToken is not null)
            {
                body[nameof(NextToken)] = NextToken;
            }

            return body;
        }
    }
}
