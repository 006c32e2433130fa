using System.Text.Json;
using SpotCluster.Cli.Hosting;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Simulator;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>What goes wrong while every command runs.</summary>
public enum Trouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>AWS refuses the signature and quotes the request with the session token in it, as it does.</summary>
    WrongSignature,

    /// <summary>Every service refuses, and quotes every secret.</summary>
    ServiceQuotesSecrets,

    /// <summary>The credentials file has a key without an equals sign, and a stray line in another profile.</summary>
    BrokenFiles,
}

/// <summary>A user whose every secret is known, in front of a cloud over HTTP. Nothing that a command writes may hold one.</summary>
internal sealed class SecretWorld : IAsyncDisposable
{
    private const string Token = "SESSIONTOKEN-SECRET-0003";

    private SecretWorld(SimulatorHost host, SimulatedCloud cloud)
    {
        Host = host;
        Cloud = cloud;
    }

    public SimulatorHost Host { get; }

    public SimulatedCloud Cloud { get; }

    /// <summary>Every secret, with what it is.</summary>
    public Dictionary<string, string> Secrets { get; } = new(StringComparer.Ordinal)
    {
        ["secret access key"] = "SECRETKEY-SECRET-0002",
        ["session token"] = Token,
        ["Vast.ai key"] = "VASTKEY-SECRET-0004",
        ["orchestrator token"] = "ORCHESTRATOR-SECRET-0005",
        ["orchestrator API key"] = "BACALHAU-SECRET-0006",
        ["admin token of the backend"] = "ADMINTOKEN-SECRET-0007-0007-0007-0007",
        ["agent token"] = "AGENTTOKEN-SECRET-0008",
        ["secret with characters that addresses escape"] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY/SECRET-0009",
    };

    /// <summary>Where commands work, and leave their files.</summary>
    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(EnvironmentGuard.Home, "work")).FullName;

    public string Journal => Path.Combine(Folder, "state");

    public string ConfigurationPath => Path.Combine(Folder, "spotcluster.yaml");

    /// <summary>The variables of whoever runs the commands.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public static async Task<SecretWorld> StartAsync()
    {
        var cloud = new SimulatedCloud(new SimulatorOptions
        {
            Clock = TimeProvider.System,
            PendingTime = TimeSpan.Zero,
            ShutdownTime = TimeSpan.Zero,
            InterfaceLinger = TimeSpan.Zero,
        });
        var world = new SecretWorld(await SimulatorHost.StartAsync(cloud, 0, CancellationToken.None), cloud);
        await world.PlantAsync();
        return world;
    }

    /// <summary>From here on things go wrong in one way.</summary>
    public void Arm(Trouble trouble)
    {
        var all = Quote(Secrets);

        // A service quotes what it was sent: the tokens of single sign-on are sent to that alone.
        var sent = Quote(Secrets.Where(secret => !secret.Key.StartsWith("SSO ", StringComparison.Ordinal)));
        switch (trouble)
        {
            case Trouble.WrongSignature:
                Refuse("SignatureDoesNotMatch", null, _ => "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\n/\nx-amz-security-token:" + Token + "\n'");
                break;
            case Trouble.ServiceQuotesSecrets:
                Refuse("InvalidParameterValue", 400, service => $"Not valid: {(service == "sso" ? all : sent)}. Authorization: Bearer {Secrets["orchestrator API key"]}");
                Cloud.Faults.Add(new FaultRule { Service = "vast", Code = "invalid_args", Status = 400, Message = sent });
                break;
            case Trouble.BrokenFiles:
                EnvironmentGuard.WriteCredentials(
                    $"[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key {Secrets["secret access key"]}\n[other]\n{Secrets["session token"]}\n");
                break;
        }
    }

    private static string Quote(IEnumerable<KeyValuePair<string, string>> secrets) =>
        string.Join(' ', secrets.Select(secret => $"{secret.Value} {Uri.EscapeDataString(secret.Value)}"));

    private void Refuse(string code, int? status, Func<string, string> message)
    {
        foreach (var service in new[] { "ec2", "sts", "iam", "servicequotas", "pricing", "sso" })
        {
            Cloud.Faults.Add(new FaultRule { Service = service, Code = code, Status = status, Message = message(service) });
        }
    }

    /// <summary>Fails when a text holds a secret.</summary>
    public void RequireClean(string what, string text)
    {
        foreach (var (kind, secret) in Secrets)
        {
            Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{what} shows the {kind}:\n{Around(text, secret)}");
        }
    }

    /// <summary>Fails when a file that a command left behind holds a secret.</summary>
    public void RequireCleanFiles()
    {
        foreach (var path in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            RequireClean(path, File.ReadAllText(path));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Cloud.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task PlantAsync()
    {
        EnvironmentGuard.WriteConfig(SsoWorld.Config + "[profile work]\nregion = us-east-1\n");
        EnvironmentGuard.WriteCredentials(
            $"[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = {Secrets["secret access key"]}\naws_session_token = {Token}\n"
            + $"[escaped]\naws_access_key_id = AKIAESCAPED\naws_secret_access_key = {Secrets["secret with characters that addresses escape"]}\n");
        Cloud.Sso.ApproveAfterPolls = 1;
        Cloud.Vast.AddKey(Secrets["Vast.ai key"]);
        foreach (var (name, value) in new[]
        {
            ("AWS_ENDPOINT_URL", Host.Address.AbsoluteUri), ("VAST_URL", Host.Address.AbsoluteUri), ("VAST_API_KEY", Secrets["Vast.ai key"]),
            ("SPOTCLUSTER_ORCHESTRATOR_TOKEN", Secrets["orchestrator token"]), ("BACALHAU_API_KEY", Secrets["orchestrator API key"]),
            ("SPOTCLUSTER_ADMIN_TOKEN", Secrets["admin token of the backend"]),
            ("SPOT_OPTIMIZER_SERVER_URL", Host.Address.AbsoluteUri), ("SPOT_OPTIMIZER_CLIENT_TOKEN", Secrets["agent token"]), ("XDG_STATE_HOME", Journal), ("XDG_DATA_HOME", Path.Combine(Folder, "data")),
            ("HOME", EnvironmentGuard.Home), ("AWS_CONFIG_FILE", Path.Combine(EnvironmentGuard.Home, "config")),
            ("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(EnvironmentGuard.Home, "credentials")), ("AWS_EC2_METADATA_DISABLED", "true"),
            ("SPOTCLUSTER_CONFIG", ConfigurationPath),
        })
        {
            Variables[name] = value;
            EnvironmentGuard.Set(name, value);
        }

        await File.WriteAllTextAsync(ConfigurationPath, "regions: [us-east-1]\ninstanceTypes: [t3.medium]\norchestrators: [nats://orchestrator.example.com:4222]\n");
        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev", EndpointUrl = Host.Address });
        var session = await aws.SignInAsync(new SsoLoginRequest { Show = _ => { } }, SilentHost.Instance, CancellationToken.None);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(session.CachePath));
        foreach (var name in new[] { "accessToken", "refreshToken", "clientSecret" })
        {
            Secrets["SSO " + name] = json.RootElement.GetProperty(name).GetString()!;
        }
    }

    private static string Around(string text, string secret)
    {
        var at = text.IndexOf(secret, StringComparison.Ordinal);
        return text.Substring(Math.Max(0, at - 300), Math.Min(text.Length - Math.Max(0, at - 300), 700));
    }
}
