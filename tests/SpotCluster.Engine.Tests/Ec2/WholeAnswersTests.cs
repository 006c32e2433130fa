using System.Net;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>An answer has an end, in time and in size, whatever the transport is.</summary>
public class WholeAnswersTests
{
    private static readonly DateTimeOffset Date = new(2031, 2, 3, 4, 5, 6, TimeSpan.Zero);

    [Theory]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    public async Task A_body_that_stalls_ends_with_the_time_of_the_attempt(HttpCompletionOption completion)
    {
        using var client = Client(new StreamContent(new EndlessStream(bytes: 100, stalls: true)), TimeSpan.FromMilliseconds(200));
        var error = await Assert.ThrowsAsync<TaskCanceledException>(() => client.GetAsync(new Uri("https://example.org/"), completion));
        Assert.IsType<TimeoutException>(error.InnerException);
    }

    [Fact]
    public async Task A_body_that_stalls_ends_with_the_limit_of_its_own()
    {
        var answer = new OneAnswer(new StreamContent(new EndlessStream(bytes: 100, stalls: true)));
        using var client = new HttpClient(new WholeAnswers(answer, limit: () => TimeSpan.FromMilliseconds(200))) { Timeout = Timeout.InfiniteTimeSpan };
        var error = await Assert.ThrowsAsync<LateAnswerException>(() => client.GetAsync(new Uri("https://example.org/"), HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal("no complete answer within 0.2 s.", error.Message);

        // Who stops the call is not told of a limit.
        using var patient = new HttpClient(new WholeAnswers(new OneAnswer(new StreamContent(new EndlessStream(bytes: 100, stalls: true))), limit: () => TimeSpan.FromMinutes(5)));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => patient.GetAsync(new Uri("https://example.org/"), stop.Token));
    }

    [Fact]
    public async Task A_body_without_end_ends_at_the_limit()
    {
        var body = new EndlessStream(bytes: long.MaxValue, stalls: false);
        using var client = Client(new StreamContent(body), Timeout.InfiniteTimeSpan);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.GetAsync(new Uri("https://example.org/"), HttpCompletionOption.ResponseHeadersRead));
        Assert.Contains("64 MiB", error.Message, StringComparison.Ordinal);
        Assert.InRange(body.Given, WholeAnswers.Largest, WholeAnswers.Largest + (1024 * 1024));
    }

    [Fact]
    public async Task A_length_beyond_the_limit_is_refused_before_the_body_is_read()
    {
        var body = new EndlessStream(bytes: long.MaxValue, stalls: false);
        var content = new StreamContent(body);
        content.Headers.ContentLength = 1L << 30;
        using var client = Client(content, Timeout.InfiniteTimeSpan);
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.GetAsync(new Uri("https://example.org/"), HttpCompletionOption.ResponseHeadersRead));
        Assert.Equal(0, body.Given);
    }

    [Fact]
    public async Task An_answer_arrives_as_it_was_sent_and_its_date_is_noted()
    {
        var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.TryAddWithoutValidation("Content-Type", "text/xml;charset=UTF-8");
        DateTimeOffset? noted = null;
        using var client = Client(content, Timeout.InfiniteTimeSpan, (_, date) => noted = date);
        using var answer = await client.GetAsync(new Uri("https://example.org/"), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal([1, 2, 3], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("text/xml;charset=UTF-8", answer.Content.Headers.NonValidated["Content-Type"].ToString());
        Assert.Equal(3, answer.Content.Headers.ContentLength);
        Assert.Equal(Date, noted);
    }

    private static HttpClient Client(HttpContent content, TimeSpan timeout, Action<Uri, DateTimeOffset>? dated = null) =>
        new(new WholeAnswers(new OneAnswer(content), dated)) { Timeout = timeout };

    private sealed class OneAnswer(HttpContent content) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
            response.Headers.Date = Date;
            return Task.FromResult(response);
        }
    }

    /// <summary>Gives so many bytes, then stalls or ends.</summary>
    private sealed class EndlessStream(long bytes, bool stalls) : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, bytes - Given);
            if (count == 0 && stalls)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            buffer.Span[..count].Clear();
            Given += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("An answer is read asynchronously.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
