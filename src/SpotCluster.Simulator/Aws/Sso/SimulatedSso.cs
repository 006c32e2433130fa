using System.Globalization;

namespace SpotCluster.Simulator.Aws.Sso;

/// <summary>What a person did with a code.</summary>
internal enum DeviceState
{
    Waiting,
    Approved,
    Denied,
    Used,
}

/// <summary>
/// Single sign-on of the account: the service that gives tokens by the device flow, and the portal that gives role
/// credentials for them. Who signs in is played by <see cref="Approve"/>, by <see cref="ApproveAfterPolls"/>, or by a
/// person at the page that the simulator serves. All members are safe to use from several threads.
/// </summary>
public sealed class SimulatedSso
{
    /// <summary>The grant of the device flow.</summary>
    internal const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    private readonly object _gate = new();
    private readonly AwsAccount _account;
    private readonly Dictionary<string, Client> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Device> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccessToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Client> _refreshTokens = new(StringComparer.Ordinal);
    private long _numbers;

    internal SimulatedSso(AwsAccount account) => _account = account;

    /// <summary>Roles that whoever signs in may take in the account.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["AdministratorAccess", "ReadOnlyAccess"];

    /// <summary>The sign-in is approved at this poll; null to wait for <see cref="Approve"/> or the page.</summary>
    public int? ApproveAfterPolls { get; set; }

    /// <summary>How long a code is good.</summary>
    public TimeSpan DeviceLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often may be polled; sooner is answered with SlowDown.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an access token is good.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(8);

    /// <summary>How long the credentials of a role are good.</summary>
    public TimeSpan RoleLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a registered client is known.</summary>
    public TimeSpan ClientLifetime { get; set; } = TimeSpan.FromDays(90);

    private DateTimeOffset Now => _account.Clock.GetUtcNow();

    /// <summary>The person at the browser allows the sign-in. False when no such code waits.</summary>
    public bool Approve(string userCode) => Decide(userCode, DeviceState.Approved);

    /// <summary>The person at the browser denies the sign-in. False when no such code waits.</summary>
    public bool Deny(string userCode) => Decide(userCode, DeviceState.Denied);

    /// <summary>Signs everybody out: no access token is taken any more.</summary>
    /// <param name="withRefreshTokens">Refresh tokens are not taken either.</param>
    public void SignOut(bool withRefreshTokens = true)
    {
        lock (_gate)
        {
            _tokens.Clear();
            if (withRefreshTokens)
            {
                _refreshTokens.Clear();
            }
        }
    }

    /// <summary>Forgets every client that has registered.</summary>
    public void ForgetClients()
    {
        lock (_gate)
        {
            _clients.Clear();
        }
    }

    internal (string Id, string Secret, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt) Register(IReadOnlyList<string> scopes)
    {
        lock (_gate)
        {
            var client = new Client(Name("client"), Name("clientsecret"), [.. scopes], Now + ClientLifetime);
            _clients.Add(client.Id, client);
            return (client.Id, client.Secret, Now, client.ExpiresAt);
        }
    }

    internal (string DeviceCode, string UserCode) Start(string clientId, string clientSecret, string startUrl)
    {
        lock (_gate)
        {
            if (startUrl.Length == 0)
            {
                throw Fault("InvalidRequestException", "Invalid start URL");
            }

            var client = Require(clientId, clientSecret);
            var number = ++_numbers;
            var bits = Chance.Bits(_account.Seed, FormattableString.Invariant($"user-code/{number}"));
            const string Letters = "BCDFGHJKLMNPQRSTVWXZ";
            var code = string.Concat(Enumerable.Range(0, 8).Select(index => Letters[(int)((bits >> (index * 5)) % (ulong)Letters.Length)]));
            var device = new Device(number, Name("device"), $"{code.Substring(0, 4)}-{code.Substring(4)}", client, Now + DeviceLifetime);
            _devices.Add(device.DeviceCode, device);
            return (device.DeviceCode, device.UserCode);
        }
    }

    internal (string AccessToken, string? RefreshToken) Take(string clientId, string clientSecret, string grant, string? deviceCode, string? refreshToken)
    {
        lock (_gate)
        {
            var client = Require(clientId, clientSecret);
            switch (grant)
            {
                case DeviceGrant:
                    var device = deviceCode is not null && _devices.TryGetValue(deviceCode, out var found) && found.Client.Id == client.Id
                        ? found
                        : throw Fault("InvalidGrantException", "Invalid device code provided");
                    Poll(device);
                    break;
                case "refresh_token":
                    if (refreshToken is null || !_refreshTokens.TryGetValue(refreshToken, out var owner) || owner.Id != client.Id)
                    {
                        throw Fault("InvalidGrantException", "Invalid refresh token provided");
                    }

                    // Each refresh token is good once.
                    _refreshTokens.Remove(refreshToken);
                    break;
                default:
                    throw Fault("UnsupportedGrantTypeException", $"Unsupported grant type: {grant}");
            }

            var token = Name("access");
            _tokens.Add(token, new AccessToken(Now + TokenLifetime));
            if (!client.Scopes.Contains("sso:account:access", StringComparer.Ordinal))
            {
                return (token, null);
            }

            var refresh = Name("refresh");
            _refreshTokens.Add(refresh, client);
            return (token, refresh);
        }
    }

    internal void RequireToken(string? token)
    {
        lock (_gate)
        {
            if (token is null || !_tokens.TryGetValue(token, out var known) || known.ExpiresAt <= Now)
            {
                throw new ServiceFaultException(401, "UnauthorizedException", "Session token not found or invalid");
            }
        }
    }

    internal void End(string? token)
    {
        lock (_gate)
        {
            RequireToken(token);
            _tokens.Remove(token!);
        }
    }

    internal SessionKey RoleKey(string accountId, string role)
    {
        if (accountId != _account.Id || !Roles.Contains(role, StringComparer.Ordinal))
        {
            throw new ServiceFaultException(403, "ForbiddenException", "No access");
        }

        return _account.NewSession(
            FormattableString.Invariant($"arn:aws:sts::{_account.Id}:assumed-role/AWSReservedSSO_{role}_0123456789abcdef/simulated"), RoleLifetime);
    }

    private static ServiceFaultException Fault(string code, string message, int status = 400) => new(status, code, message);

    private Client Require(string id, string secret) =>
        _clients.TryGetValue(id, out var client) && client.Secret == secret && client.ExpiresAt > Now
            ? client
            : throw Fault("InvalidClientException", "Client credentials are not valid", 401);

    private void Poll(Device device)
    {
        device.Polls++;
        var isTooSoon = Now - device.PolledAt < Interval;
        device.PolledAt = Now;
        if (device.ExpiresAt <= Now)
        {
            throw Fault("ExpiredTokenException", "Device code has expired");
        }

        if (device.State == DeviceState.Waiting && ApproveAfterPolls is { } polls && device.Polls >= polls)
        {
            device.State = DeviceState.Approved;
        }

        switch (device.State)
        {
            case DeviceState.Denied:
                throw Fault("AccessDeniedException", "The user denied the request");
            case DeviceState.Used:
                throw Fault("InvalidGrantException", "The device code was used already");
            case DeviceState.Waiting when isTooSoon:
                throw Fault("SlowDownException", "Polled too often");
            case DeviceState.Waiting:
                throw Fault("AuthorizationPendingException", "The user has not signed in yet");
            default:
                device.State = DeviceState.Used;
                break;
        }
    }

    private bool Decide(string userCode, DeviceState state)
    {
        lock (_gate)
        {
            var device = _devices.Values.FirstOrDefault(one =>
                one.State == DeviceState.Waiting && one.ExpiresAt > Now && string.Equals(one.UserCode, userCode, StringComparison.OrdinalIgnoreCase));
            if (device is not null)
            {
                device.State = state;
            }

            return device is not null;
        }
    }

    private string Name(string kind)
    {
        var number = ++_numbers;
        return string.Concat(Enumerable.Range(0, 3).Select(part =>
            Chance.Bits(_account.Seed, string.Format(CultureInfo.InvariantCulture, "{0}/{1}/{2}", kind, number, part)).ToString("x16", CultureInfo.InvariantCulture)));
    }

    private sealed record Client(string Id, string Secret, IReadOnlyList<string> Scopes, DateTimeOffset ExpiresAt);

    private sealed record AccessToken(DateTimeOffset ExpiresAt);

    private sealed class Device(long number, string deviceCode, string userCode, Client client, DateTimeOffset expiresAt)
    {
        public long Number => number;

        public string DeviceCode => deviceCode;

        public string UserCode => userCode;

        public Client Client => client;

        public DateTimeOffset ExpiresAt => expiresAt;

        public DeviceState State { get; set; }

        public int Polls { get; set; }

        public DateTimeOffset PolledAt { get; set; } = DateTimeOffset.MinValue;
    }
}
