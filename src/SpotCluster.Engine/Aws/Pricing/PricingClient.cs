using System.Net;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Pricing;

/// <summary>The one call of the AWS Price List that we need.</summary>
internal sealed class PricingClient(ServiceClient client)
{
    private const string Operation = "GetProducts";
    private const int MostPerPage = 100;
    private const int MostPages = 1000;

    // A price is worth waiting for, but no list is to hang by it: networks that let nothing out but to EC2 exist. On the real
    // clock, like the time of one attempt.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

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
                var page = await InTimeAsync(Question(filters, next), cancellationToken).ConfigureAwait(false);
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
            throw client.Explain(Operation, e);
        }

        return products;
    }

    private async Task<JObject> InTimeAsync(JObject question, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Patience);
        try
        {
            return await client.JsonAsync(Operation, question, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

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

    private static JObject Question(IReadOnlyList<(string Field, string Value)> filters, string? next)
    {
        var body = new JObject
        {
            ["ServiceCode"] = "AmazonEC2",
            ["Filters"] = new JArray(filters.Select(filter => new JObject { ["Type"] = "TERM_MATCH", ["Field"] = filter.Field, ["Value"] = filter.Value })),
            ["FormatVersion"] = "aws_v1",
            ["MaxResults"] = MostPerPage,
        };
        if (next is not null)
        {
            body["NextToken"] = next;
        }

        return body;
    }
}
