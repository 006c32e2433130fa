using System.Net;
using System.Net.Sockets;

namespace SpotCluster.Simulator.Faults;

/// <summary>A body of which half comes, then nothing for a while; then the connection breaks.</summary>
internal sealed class StalledContent : HttpContent
{
    private readonly HttpContent _whole;
    private readonly TimeSpan _pause;
    private readonly TimeProvider _clock;

    public StalledContent(HttpContent whole, TimeSpan pause, TimeProvider clock)
    {
        _whole = whole;
        _pause = pause;
        _clock = clock;
        foreach (var (name, values) in whole.Headers)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var bytes = await _whole.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        await Task.Delay(_pause, _clock, cancellationToken).ConfigureAwait(false);
        throw new IOException("Unable to read data from the transport connection: Connection reset by peer.", new SocketException((int)SocketError.ConnectionReset));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _whole.Dispose();
        }

        base.Dispose(disposing);
    }
}
