using System.Globalization;
using System.Net;
using System.Text;

namespace SpotCluster.Simulator.Ec2;

/// <summary>
/// The metadata service as one machine sees it, version 2 only: a request without a token is answered 401. Plays the token, the identity
/// document, the interruption notice and the rebalance recommendation.
/// </summary>
internal sealed class SimulatedMetadata(string accountId, Func<MetadataOfMachine?> machine) : HttpMessageHandler
{
    private const string Token = "simulated-metadata-token";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var (status, body) = Answer(request);
        return Task.FromResult(new HttpResponseMessage(status)
        {
            Content = new StringContent(body, Encoding.UTF8, "text/plain"),
            RequestMessage = request,
        });
    }

    private (HttpStatusCode Status, string Body) Answer(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (request.Method == HttpMethod.Put && path == "/latest/api/token")
        {
            return request.Headers.Contains("X-aws-ec2-metadata-token-ttl-seconds") ? (HttpStatusCode.OK, Token) : (HttpStatusCode.BadRequest, "");
        }

        if (!request.Headers.TryGetValues("X-aws-ec2-metadata-token", out var tokens) || tokens.First() != Token)
        {
            return (HttpStatusCode.Unauthorized, "");
        }

        if (machine() is not { } self)
        {
            return (HttpStatusCode.NotFound, "");
        }

        return path switch
        {
            "/latest/dynamic/instance-identity/document" => (HttpStatusCode.OK,
                $$"""{"accountId":"{{accountId}}","availabilityZone":"{{self.Zone}}","imageId":"ami-0","instanceId":"{{self.Id}}","instanceType":"{{self.InstanceType}}","privateIp":"172.31.0.4","region":"{{self.Region}}","version":"2017-09-30"}"""),
            "/latest/meta-data/spot/instance-action" when self.InterruptionAt is { } at => (
                HttpStatusCode.OK, $$"""{"action":"terminate","time":"{{at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}}"}"""),
            "/latest/meta-data/events/recommendations/rebalance" when self.RebalanceAt is { } noticed => (
                HttpStatusCode.OK, $$"""{"noticeTime":"{{noticed.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}}"}"""),
            _ => (HttpStatusCode.NotFound, ""),
        };
    }
}

/// <summary>What the metadata service knows of a machine.</summary>
internal sealed record MetadataOfMachine(string Id, string InstanceType, string Zone, string Region, DateTimeOffset? InterruptionAt, DateTimeOffset? RebalanceAt);
