using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>Serves the agent's numbers to Prometheus, on the loopback address only: <c>GET /metrics</c>.</summary>
internal sealed class MetricsEndpoint : IDisposable
{
    private const int LongestRequest = 8192;

    private readonly AgentMetrics _metrics;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();

    private MetricsEndpoint(AgentMetrics metrics, TcpListener listener)
    {
        _metrics = metrics;
        _listener = listener;
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="metrics">The numbers.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    public static MetricsEndpoint Start(AgentMetrics metrics, int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
        }
        catch (SocketException failure)
        {
            throw new SpotException(
                SpotErrorIds.AgentSettingInvalid, SpotErrorCategory.InvalidArgument,
                $"Port {port.ToString(CultureInfo.InvariantCulture)} for the metrics cannot be opened: {failure.Message}", failure)
            {
                Target = port,
            };
        }

        var endpoint = new MetricsEndpoint(metrics, listener);
        _ = endpoint.ServeAsync();
        return endpoint;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync().ConfigureAwait(false);
                _ = AnswerAsync(client);
            }
            catch (Exception failure) when (failure is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.ReceiveTimeout = client.SendTimeout = 5000;
                var stream = client.GetStream();
                var line = await ReadRequestAsync(stream).ConfigureAwait(false);
                var isKnown = line.StartsWith("GET /metrics ", StringComparison.Ordinal);
                var body = isKnown ? _metrics.Render() : "The numbers are at /metrics.\n";
                var head = $"HTTP/1.1 {(isKnown ? "200 OK" : "404 Not Found")}\r\n"
                    + "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                    + $"Content-Length: {Encoding.UTF8.GetByteCount(body).ToString(CultureInfo.InvariantCulture)}\r\nConnection: close\r\n\r\n";
                var answer = Encoding.UTF8.GetBytes(head + body);
                await stream.WriteAsync(answer, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is IOException or SocketException or ObjectDisposedException)
            {
                // Whoever asked has gone.
            }
        }
    }

    // The first line; the headers are read to their end and mean nothing here.
    private static async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var buffer = new byte[LongestRequest];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
            length += read;
            var text = Encoding.ASCII.GetString(buffer, 0, length);
            if (read == 0 || text.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                return text.Split('\n')[0];
            }
        }

        return "";
    }
}
