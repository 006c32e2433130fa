using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>A user with two SSO profiles, in front of a simulated organization whose clock the test owns.</summary>
internal sealed class SsoWorld : IDisposable
{
    public const string Config = """
        [profile dev]
        sso_session = corp
        sso_account_id = 123456789012
        sso_role_name = AdministratorAccess
        region = eu-west-1

        [sso-session corp]
        sso_start_url = https://corp.example.com/start
        sso_region = eu-west-1
        sso_registration_scopes = sso:account:access

        [profile old]
        sso_start_url = https://old.example.com/start
        sso_region = us-east-1
        sso_account_id = 123456789012
        sso_role_name = ReadOnlyAccess

        [profile keys]
        aws_access_key_id = AKIAKEYS
        aws_secret_access_key = HIDDEN

        """;

    public SsoWorld()
    {
        EnvironmentGuard.WriteConfig(Config);
        Cloud.Sso.ApproveAfterPolls = 3;
    }

    public SimulatedCloud Cloud { get; } = new(new SimulatorOptions());

    /// <summary>The files of the user, kept over sessions as on a disk.</summary>
    public SsoCacheMemory Files { get; } = new();

    public List<SsoDeviceCode> Shown { get; } = [];

    /// <summary>What happens when the code is shown.</summary>
    public Action<SsoDeviceCode> OnShow { get; set; } = _ => { };

    public SsoTokenCache Cache => new(Files);

    public AwsSession Open(string profile = "dev") => new(
        new EngineOptions { ProfileName = profile, Transport = Cloud.CreateHandler(), Clock = Cloud.Clock }, Files);

    public async Task<SpotSsoSession> SignInAsync(string profile = "dev", bool force = false, string? session = null, IOperationHost? host = null)
    {
        using var aws = Open(profile);
        return await aws.SignInAsync(
            new SsoLoginRequest
            {
                SessionName = session,
                IsForced = force,
                Show = code =>
                {
                    Shown.Add(code);
                    OnShow(code);
                },
            },
            host ?? SilentHost.Instance,
            CancellationToken.None);
    }

    public async Task<SpotIdentity> AskAsync(string profile = "dev")
    {
        using var aws = Open(profile);
        return await aws.GetIdentityAsync(CancellationToken.None);
    }

    public int Count(string operation) => Cloud.Calls.Of(operation).Count;

    /// <summary>Lets time pass.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        // No timer is longer than some weeks.
        for (var end = Cloud.Clock.GetUtcNow() + time; Cloud.Clock.GetUtcNow() < end;)
        {
            var left = end - Cloud.Clock.GetUtcNow();
            await Task.Delay(left < TimeSpan.FromDays(30) ? left : TimeSpan.FromDays(30), Cloud.Clock);
        }
    }

    public void Dispose() => Cloud.Dispose();
}
