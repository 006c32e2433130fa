using System.Runtime.CompilerServices;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>Reads every page of a describe.</summary>
internal static class Ec2Paging
{
    /// <summary>Every page. The request is left as it is.</summary>
    /// <exception cref="SpotException">EC2 refused a page, or named the same page twice.</exception>
    public static async IAsyncEnumerable<TResponse> PagesAsync<TRequest, TResponse>(
        TRequest request,
        Func<TRequest, CancellationToken, Task<TResponse>> describe,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : Ec2Request, IPagedRequest
        where TResponse : Ec2Response, IPagedResponse
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = (TRequest)request.Copy();
        next.MaxResults = next.NamesItems ? null : next.MaxResults ?? next.PageSize;
        while (true)
        {
            var page = await describe(next, cancellationToken).ConfigureAwait(false);
            yield return page;
            if (string.IsNullOrEmpty(page.NextToken))
            {
                yield break;
            }

            if (!seen.Add(page.NextToken!))
            {
                throw new SpotException(
                    SpotErrorIds.ServiceFailed,
                    SpotErrorCategory.InvalidData,
                    $"EC2 answered {request.Operation} with the same page twice, so the list is not complete.");
            }

            next = (TRequest)next.Copy();
            next.NextToken = page.NextToken;
        }
    }

    /// <summary>Every item of every page.</summary>
    public static async IAsyncEnumerable<TItem> ItemsAsync<TRequest, TResponse, TItem>(
        TRequest request,
        Func<TRequest, CancellationToken, Task<TResponse>> describe,
        Func<TResponse, IReadOnlyList<TItem>> items,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : Ec2Request, IPagedRequest
        where TResponse : Ec2Response, IPagedResponse
    {
        await foreach (var page in PagesAsync(request, describe, cancellationToken).ConfigureAwait(false))
        {
            foreach (var item in items(page))
            {
                yield return item;
            }
        }
    }
}
