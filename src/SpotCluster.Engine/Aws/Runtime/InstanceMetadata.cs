using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>Credentials of the role of a machine.</summary>
internal sealed record MachineRole(string Name, string AccessKeyId, string SecretAccessKey, string Token, DateTimeOffset? End)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>
/// The metadata service of the machine, version 2 only: a token first, kept for an hour. What is not answered within two seconds is not
/// there; a proxy is never asked.
/// </summary>
internal sealed class InstanceMetadata : IHostMachine
{
    private const string EndpointVariable = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
    private const string DisabledVariable = "AWS_EC2_METADATA_DISABLED";

    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(1);

    private readonly HttpClient? _http;
    private readonly TimeProvider _clock;
    private string? _token;
    private DateTimeOffset _tokenUntil;

    public InstanceMetadata(HttpMessageHandler? transport, TimeProvider clock)
    {
        _clock = clock;
        var isOff = "true".Equals(Environment.GetEnvironmentVariable(DisabledVariable), StringComparison.OrdinalIgnoreCase);
        if (transport is null && isOff)
        {
            return;
        }

        var address = Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } own && Uri.TryCreate(own, UriKind.Absolute, out var parsed)
            ? parsed
            : new Uri("http://169.254.169.254/");
        _http = transport is null
            ? new HttpClient(new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false })
            : new HttpClient(transport, disposeHandler: false);
        _http.BaseAddress = address;
        _http.Timeout = TimeSpan.FromSeconds(2);
        _http.MaxResponseContentBufferSize = 64 * 1024;
    }

    public async Task<HostIdentity?> GetIdentityAsync(CancellationToken cancellationToken)
    {
        var text = await GetAsync("latest/dynamic/instance-identity/document", cancellationToken).ConfigureAwait(false);
        return text is not null && BackendJson.TryParse(text) is JObject row && row.Text("instanceId") is { } id && InstanceIds.IsValid(id)
            ? new HostIdentity(
                id, row.Text("instanceType"), row.Text("region"), row.Text("availabilityZone"), row.Text("accountId"), row.Text("imageId"), row.Text("privateIp"))
            : null;
    }

    public async Task<InterruptionNotice?> GetInterruptionAsync(CancellationToken cancellationToken) =>
        await GetAsync("latest/meta-data/spot/instance-action", cancellationToken).ConfigureAwait(false) is { } text
            && BackendJson.TryParse(text) is JObject row && row.Text("action") is { } action
            ? new InterruptionNotice(action, row.Time("time"))
            : null;

    /// <summary>The role of the machine with credentials of it; null when it has none, or there is no such service here.</summary>
    public async Task<MachineRole?> GetRoleAsync(CancellationToken cancellationToken)
    {
        const string Path = "latest/meta-data/iam/security-credentials/";
        var name = (await GetAsync(Path, cancellationToken).ConfigureAwait(false))?.Split('\n')[0].Trim();
        return !string.IsNullOrEmpty(name)
            && await GetAsync(Path + Uri.EscapeDataString(name!), cancellationToken).ConfigureAwait(false) is { } text
            && BackendJson.TryParse(text) is JObject row
            && row.Text("AccessKeyId") is { } key && row.Text("SecretAccessKey") is { } secret && row.Text("Token") is { } token
            ? new MachineRole(name!, key, secret, token, row.Time("Expiration"))
            : null;
    }

    // Null for 404 and for everything that is no answer: there is nothing that the caller could do about it.
    private async Task<string?> GetAsync(string path, CancellationToken cancellationToken)
    {
        if (_http is null)
        {
            return null;
        }

        try
        {
            if (_token is null || _clock.GetUtcNow() >= _tokenUntil)
            {
                using var ask = new HttpRequestMessage(HttpMethod.Put, "latest/api/token");
                ask.Headers.Add("X-aws-ec2-metadata-token-ttl-seconds", "3600");
                _token = await ReadAsync(ask, cancellationToken).ConfigureAwait(false);
                _tokenUntil = _clock.GetUtcNow() + TimeSpan.FromTicks(TokenLife.Ticks / 2);
            }

            if (_token is null)
            {
                return null;
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("X-aws-ec2-metadata-token", _token);
            return await ReadAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _token = null;
            return null;
        }
    }

    private async Task<string?> ReadAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _http!.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        if ((int)response.StatusCode == 401)
        {
            _token = null;
        }

        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false) : null;
    }
}
