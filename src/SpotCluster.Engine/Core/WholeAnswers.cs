namespace SpotCluster.Engine.Core;

/// <summary>
/// Reads each answer to its end before it hands it on. The time limit of an attempt then holds for the body too, whatever
/// the reader does and whatever the transport is, and no answer is larger than <see cref="Largest"/>.
/// </summary>
/// <param name="inner">Where requests go.</param>
/// <param name="dated">Told of the <c>Date</c> header of each answer; null for nobody.</param>
/// <param name="limit">How long an answer may take, on the real clock; null for the limit of the <see cref="HttpClient"/>.</param>
internal sealed class WholeAnswers(HttpMessageHandler inner, Action<Uri, DateTimeOffset>? dated = null, Func<TimeSpan>? limit = null) : DelegatingHandler(inner)
{
    /// <summary>Most bytes of one answer: a page of 1,000 instances with all their tags has less than 8 MiB.</summary>
    public const int Largest = 64 * 1024 * 1024;

    /// <summary>Most levels of elements of an XML document: what reads it may take time that grows with their square.</summary>
    public const int Deepest = 1000;

    /// <summary>What is set aside before the first byte, whatever length the answer claims.</summary>
    private const int First = 1024 * 1024;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var time = limit?.Invoke() ?? Timeout.InfiniteTimeSpan;
        using var late = new CancellationTokenSource(time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await SendWholeAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new LateAnswerException(time, failure);
        }
    }

    private async Task<HttpResponseMessage> SendWholeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            if (response.Headers.Date is { } date && request.RequestUri is { } uri)
            {
                dated?.Invoke(uri, date);
            }

            response.Content = await ReadAsync(response.Content, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task<HttpContent> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var claimed = content.Headers.ContentLength ?? 0;
        if (claimed > Largest)
        {
            throw TooLarge();
        }

        var whole = new MemoryStream((int)Math.Min(claimed, First));
        using (content)
        {
            var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (whole.Length + read > Largest)
                {
                    throw TooLarge();
                }

                whole.Write(buffer, 0, read);
            }
        }

        RequireShallow(whole.GetBuffer().AsSpan(0, (int)whole.Length));
        whole.Position = 0;
        var answer = new StreamContent(whole);
        foreach (var header in content.Headers.NonValidated)
        {
            answer.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return answer;
    }

    // Tags are counted, as they stand in documents of services: this is no parser.
    private static void RequireShallow(ReadOnlySpan<byte> answer)
    {
        if (answer.IndexOfAny("<{["u8) is var first && (first < 0 || answer[first] != '<'))
        {
            return;
        }

        var depth = 0;
        for (var start = first; start >= 0; start = answer.IndexOf((byte)'<'))
        {
            answer = answer.Slice(start + 1);
            var end = answer.IndexOf((byte)'>');
            if (end <= 0)
            {
                continue;
            }

            depth += answer[0] switch
            {
                (byte)'/' => -1,
                (byte)'!' or (byte)'?' => 0,
                _ => answer[end - 1] == '/' ? 0 : 1,
            };
            if (depth > Deepest)
            {
                throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, $"The answer has more than {Deepest} levels.");
            }

            answer = answer.Slice(end);
        }
    }

    private static HttpRequestException TooLarge() =>
        new(HttpRequestError.ConfigurationLimitExceeded, $"The answer is larger than {Largest / 1024 / 1024} MiB.");
}

/// <summary>No complete answer came in time.</summary>
internal sealed class LateAnswerException(TimeSpan limit, Exception inner)
    : TimeoutException(FormattableString.Invariant($"no complete answer within {limit.TotalSeconds:0.#} s."), inner);
