using System.Net;
using System.Xml.Linq;
using Xunit;

namespace SpotCluster.Simulator.Tests;

/// <summary>An answer of the simulated EC2: status, error code, and the document without namespaces.</summary>
internal sealed record Ec2Answer(int Status, string? Code, XElement Document, string Text)
{
    public string Value(string name) => Document.Descendants(name).First().Value;

    public IReadOnlyList<string> Values(string name) => [.. Document.Descendants(name).Select(element => element.Value)];
}

/// <summary>Speaks the query protocol by hand, so that these tests do not lean on the engine's client.</summary>
internal sealed class Ec2Client : IDisposable
{
    private readonly HttpClient _http;

    public Ec2Client(SimulatedCloud cloud) => _http = new HttpClient(cloud.CreateHandler()) { Timeout = Timeout.InfiniteTimeSpan };

    public string AccessKeyId { get; set; } = "AKIASIMULATEDKEY0001";

    public async Task<Ec2Answer> CallAsync(string region, string operation, params (string Name, string Value)[] parameters) =>
        await SendAsync("ec2", $"https://ec2.{region}.amazonaws.com/", region, operation, parameters);

    /// <summary>A call that must succeed.</summary>
    public async Task<Ec2Answer> DoAsync(string region, string operation, params (string Name, string Value)[] parameters)
    {
        var answer = await CallAsync(region, operation, parameters);
        Assert.True(answer.Code is null, $"{operation} answered {answer.Status} {answer.Code}: {answer.Text}");
        return answer;
    }

    public async Task<Ec2Answer> SendAsync(
        string service, string address, string region, string operation, params (string Name, string Value)[] parameters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent(
                parameters.Prepend(("Version", "2016-11-15")).Prepend(("Action", operation)).Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))),
        };
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"AWS4-HMAC-SHA256 Credential={AccessKeyId}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=00");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var document = text.StartsWith('<') && !text.StartsWith("<html", StringComparison.Ordinal)
            ? Strip(XElement.Parse(text))
            : new XElement("none");
        var code = response.StatusCode == HttpStatusCode.OK ? null : document.Descendants("Code").FirstOrDefault()?.Value ?? "";
        return new Ec2Answer((int)response.StatusCode, code, document, text);
    }

    public void Dispose() => _http.Dispose();

    private static XElement Strip(XElement element) => new(
        element.Name.LocalName,
        element.HasElements ? element.Elements().Select(Strip) : element.Value);
}
