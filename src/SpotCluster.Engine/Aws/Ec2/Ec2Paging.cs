using System.Runtime.CompilerServices;
using Amazon.EC2;
using Amazon.Runtime;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>
/// Reads every page of a describe. The paginators of the SDK go on for ever when a token comes twice, write into the
/// caller's request, and are missing for some of the lists.
/// </summary>
internal static class Ec2Paging
{
    /// <summary>Most pages of one list: two million items, beyond what EC2 lets an account have.</summary>
    public const int MostPages = 2000;

    /// <summary>Most items of a page; EC2 takes no more for most of its lists.</summary>
    private const int LargestPage = 1000;

    /// <summary>
    /// What is read of every page. The request is left as it is. A page itself, which is several times as large, is not held
    /// while its reader waits.
    /// </summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="describe">The call.</param>
    /// <param name="read">What is wanted of a page.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="named">Ids or names in the request: EC2 refuses a page size beside them.</param>
    /// <param name="pageSize">The largest page that the operation takes.</param>
    /// <exception cref="SpotException">EC2 refused a page, named the same page twice, or has no last one.</exception>
    public static async IAsyncEnumerable<TPage> PagesAsync<TRequest, TResponse, TPage>(
        TRequest request,
        Func<TRequest, CancellationToken, Task<TResponse>> describe,
        Func<TResponse, TPage> read,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        List<string>? named = null,
        int pageSize = LargestPage)
        where TRequest : AmazonEC2Request
        where TResponse : AmazonWebServiceResponse
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = AwsOperation.Copy(request);
        Members<TRequest>.SetMaxResults(next, named is { Count: > 0 } ? null : Members<TRequest>.MaxResults(request) ?? pageSize);
        while (true)
        {
            var (page, token) = Read(await describe(next, cancellationToken).ConfigureAwait(false));
            yield return page;
            if (token is not { Length: > 0 })
            {
                yield break;
            }

            if (!seen.Add(token))
            {
                throw Endless(request, "with the same page twice");
            }

            if (seen.Count == MostPages)
            {
                throw Endless(request, $"with {MostPages} pages, and more to come");
            }

            next = AwsOperation.Copy(next);
            Members<TRequest>.SetNextToken(next, token);
        }

        (TPage Page, string? Token) Read(TResponse response) => (read(response), Members<TResponse>.NextToken(response));
    }

    /// <summary>Every item of every page; see <see cref="PagesAsync"/>.</summary>
    public static async IAsyncEnumerable<TItem> ItemsAsync<TRequest, TResponse, TItem>(
        TRequest request,
        Func<TRequest, CancellationToken, Task<TResponse>> describe,
        Func<TResponse, IReadOnlyList<TItem>> items,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        List<string>? named = null,
        int pageSize = LargestPage)
        where TRequest : AmazonEC2Request
        where TResponse : AmazonWebServiceResponse
    {
        await foreach (var page in PagesAsync(request, describe, items, cancellationToken, named, pageSize).ConfigureAwait(false))
        {
            foreach (var item in page)
            {
                yield return item;
            }
        }
    }

    private static SpotException Endless(AmazonEC2Request request, string how) => new(
        SpotErrorIds.ServiceFailed,
        SpotErrorCategory.InvalidData,
        $"EC2 answered {AwsOperation.NameOf(request)} {how}, so the list is not complete.");

    /// <summary>The members for pages, which the SDK has in every one of these classes and in no base class.</summary>
    private static class Members<T>
    {
        public static readonly Func<T, string?> NextToken = Get<Func<T, string?>>("get_NextToken");
        public static readonly Action<T, string?> SetNextToken = Get<Action<T, string?>>("set_NextToken");
        public static readonly Func<T, int?> MaxResults = Get<Func<T, int?>>("get_MaxResults");
        public static readonly Action<T, int?> SetMaxResults = Get<Action<T, int?>>("set_MaxResults");

        // An answer has no page size; what is missing in a request fails at its first use.
        private static TDelegate Get<TDelegate>(string accessor)
            where TDelegate : Delegate => typeof(T).GetMethod(accessor)?.CreateDelegate<TDelegate>()!;
    }
}
