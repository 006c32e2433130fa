using System.Text.Json;
using System.Text.Json.Nodes;
using SpotCluster.Cli.Hosting;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>One cache for all: the AWS CLI works on the token that we wrote, and we on the one that it wrote.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class AwsCliTests : IDisposable
{
    private const string TokenFile = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly EnvironmentGuard _environment = new();
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions { Clock = TimeProvider.System });

    public AwsCliTests()
    {
        EnvironmentGuard.WriteConfig(SsoWorld.Config);
        _cloud.Sso.ApproveAfterPolls = 1;
    }

    private static string Cache => Path.Combine(EnvironmentGuard.Home, ".aws", "sso", "cache");

    public void Dispose()
    {
        _cloud.Dispose();
        _environment.Dispose();
    }

    [Theory]
    [InlineData("dev", TokenFile, true)]
    [InlineData("old", null, false)]
    public async Task The_file_has_the_name_the_fields_and_the_rights_of_the_aws_cli(string profile, string? name, bool isRenewable)
    {
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        var session = await SignInAsync(host.Address, profile);
        Assert.Equal(Cache, Path.GetDirectoryName(session.CachePath));
        if (name is not null)
        {
            Assert.Equal(name, Path.GetFileName(session.CachePath));
        }

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(session.CachePath));
        string[] fields = ["startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt"];
        Assert.Equal(isRenewable ? [.. fields, "refreshToken"] : fields, json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Matches("^20[0-9-]+T[0-9:]+Z$", json.RootElement.GetProperty("expiresAt").GetString());
        Assert.Empty(Directory.GetFiles(Cache, "*.tmp"));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var path in Directory.GetFiles(Cache))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            }

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Cache));
        }
    }

    [Theory]
    [InlineData("dev", "AdministratorAccess")]
    [InlineData("old", "ReadOnlyAccess")]
    public async Task The_aws_cli_is_signed_in_after_we_were(string profile, string role)
    {
        Assert.SkipUnless(Tool.IsOnPath("aws"), "the AWS CLI is not on PATH");
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        var before = await AwsAsync(host.Address, profile, "sts", "get-caller-identity", "--output", "json");
        Assert.NotEqual(0, before.ExitCode);

        await SignInAsync(host.Address, profile);
        var after = await AwsAsync(host.Address, profile, "sts", "get-caller-identity", "--output", "json");
        Assert.True(after.ExitCode == 0, after.ToString());
        using var identity = JsonDocument.Parse(after.Out);
        Assert.Contains($"AWSReservedSSO_{role}", identity.RootElement.GetProperty("Arn").GetString(), StringComparison.Ordinal);
        Assert.Single(_cloud.Calls.Of("RegisterClient"));
    }

    [Fact]
    public async Task The_aws_cli_renews_our_token_and_we_work_on_with_what_it_wrote()
    {
        Assert.SkipUnless(Tool.IsOnPath("aws"), "the AWS CLI is not on PATH");
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        _cloud.Sso.TokenLifetime = TimeSpan.FromMinutes(2);
        var session = await SignInAsync(host.Address, "dev");
        var ours = await File.ReadAllTextAsync(session.CachePath);
        _cloud.Sso.TokenLifetime = TimeSpan.FromHours(8);
        var run = await AwsAsync(host.Address, "dev", "sts", "get-caller-identity");
        Assert.True(run.ExitCode == 0, run.ToString());
        var theirs = await File.ReadAllTextAsync(session.CachePath);
        Assert.NotEqual(ours, theirs);

        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev", EndpointUrl = host.Address });
        Assert.Contains("AdministratorAccess", (await aws.GetIdentityAsync(None)).Arn, StringComparison.Ordinal);
        Assert.Equal(theirs, await File.ReadAllTextAsync(session.CachePath));
    }

    [Fact]
    public async Task A_token_in_the_form_of_the_aws_cli_is_used_and_renewed_here()
    {
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        var session = await SignInAsync(host.Address, "dev");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(session.CachePath));
        string Field(string name) => json.RootElement.GetProperty(name).GetString()!;

        // The order and the spaces of Python's json.dumps, and an access token that is over.
        await File.WriteAllTextAsync(
            session.CachePath,
            $$"""{"startUrl": "{{Field("startUrl")}}", "region": "eu-west-1", "accessToken": "{{Field("accessToken")}}", "expiresAt": "2020-01-01T00:00:00Z", "clientId": "{{Field("clientId")}}", "clientSecret": "{{Field("clientSecret")}}", "registrationExpiresAt": "2099-01-01T00:00:00Z", "refreshToken": "{{Field("refreshToken")}}"}""");
        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev", EndpointUrl = host.Address });
        Assert.Contains("AdministratorAccess", (await aws.GetIdentityAsync(None)).Arn, StringComparison.Ordinal);
        Assert.DoesNotContain(Field("accessToken"), await File.ReadAllTextAsync(session.CachePath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_endpoints_of_single_sign_on_come_from_the_environment()
    {
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        EnvironmentGuard.Set("AWS_ENDPOINT_URL_SSO_OIDC", host.Address.AbsoluteUri);
        EnvironmentGuard.Set("AWS_ENDPOINT_URL_SSO", host.Address.AbsoluteUri);
        EnvironmentGuard.Set("AWS_ENDPOINT_URL_STS", host.Address.AbsoluteUri);
        await SignInAsync(null, "dev");
        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev" });
        Assert.Equal("123456789012", (await aws.GetIdentityAsync(None)).AccountId);
    }

    [Fact]
    public async Task A_person_signs_in_at_the_page_of_the_simulator()
    {
        _cloud.Sso.ApproveAfterPolls = null;
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        using var browser = new HttpClient();
        Task<string>? visit = null;
        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev", EndpointUrl = host.Address });
        var session = await aws.SignInAsync(
            new SsoLoginRequest { Show = code => visit = VisitAsync(browser, code) }, SilentHost.Instance, None);
        Assert.Equal(SpotSsoOutcome.SignedIn, session.Outcome);
        Assert.Contains("Approved", await visit!, StringComparison.Ordinal);
    }

    /// <summary>What the AWS CLI makes of a cache in each state, we make of it too; where it fails, so do we, with the command that helps.</summary>
    [Theory]
    [InlineData("as written", true)]
    [InlineData("missing", false)]
    [InlineData("token expired", false)]
    [InlineData("token expired, renewable", true)]
    [InlineData("token and registration expired", false)]
    [InlineData("token expired, registration unknown", false)]
    [InlineData("other start URL", true)]
    [InlineData("no token in it", false)]
    [InlineData("cut off", false)]
    [InlineData("empty", false)]
    [InlineData("a folder", false)]
    public async Task A_cache_in_any_state_is_taken_as_the_aws_cli_takes_it(string state, bool isGood)
    {
        Assert.SkipUnless(Tool.IsOnPath("aws"), "the AWS CLI is not on PATH");
        await using var host = await SimulatorHost.StartAsync(_cloud, 0, None);
        var path = (await SignInAsync(host.Address, "dev")).CachePath;
        var good = await File.ReadAllTextAsync(path);
        Spoil(path, good, state);
        var theirs = await AwsAsync(host.Address, "dev", "sts", "get-caller-identity");
        Assert.True(isGood == (theirs.ExitCode == 0), theirs.ToString());

        // Theirs may have renewed the token, and a refresh token is good once.
        if (isGood)
        {
            await SignInAsync(host.Address, "dev", isForced: true);
            good = await File.ReadAllTextAsync(path);
        }

        Spoil(path, good, state);
        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev", EndpointUrl = host.Address });
        if (isGood)
        {
            Assert.Contains("AdministratorAccess", (await aws.GetIdentityAsync(None)).Arn, StringComparison.Ordinal);
            return;
        }

        var error = await Assert.ThrowsAsync<SpotException>(() => aws.GetIdentityAsync(None));
        Assert.Equal(SpotErrorIds.SsoSessionExpired, error.ErrorId);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("Connect-SpotSso -ProfileName dev", error.RecommendedAction, StringComparison.Ordinal);
    }

    private static void Spoil(string path, string good, string state)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path);
        }

        File.Delete(path);
        var json = JsonNode.Parse(good)!.AsObject();
        if (state.StartsWith("token", StringComparison.Ordinal))
        {
            json["expiresAt"] = "2020-01-01T00:00:00Z";
        }

        switch (state)
        {
            case "missing":
                return;
            case "a folder":
                Directory.CreateDirectory(path);
                return;
            case "cut off":
                File.WriteAllText(path, good[..(good.Length / 2)]);
                return;
            case "empty":
                File.WriteAllText(path, "");
                return;
            case "token expired":
                json.Remove("refreshToken");
                break;
            case "token and registration expired":
                json["registrationExpiresAt"] = "2020-01-01T00:00:00Z";
                break;
            case "token expired, registration unknown":
                json.Remove("clientId");
                break;
            case "other start URL":
                json["startUrl"] = "https://other.example.com/start";
                break;
            case "no token in it":
                json.Remove("accessToken");
                break;
        }

        File.WriteAllText(path, json.ToJsonString());
    }

    private static async Task<string> VisitAsync(HttpClient browser, SsoDeviceCode code)
    {
        Assert.Contains(code.UserCode, await browser.GetStringAsync(code.AddressWithCode), StringComparison.Ordinal);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["user_code"] = code.UserCode, ["decision"] = "approve" });
        using var answer = await browser.PostAsync(code.Address, form);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<SpotSsoSession> SignInAsync(Uri? endpoint, string profile, bool isForced = false)
    {
        using var aws = new AwsSession(new EngineOptions { ProfileName = profile, EndpointUrl = endpoint });
        return await aws.SignInAsync(new SsoLoginRequest { IsForced = isForced, Show = _ => { } }, SilentHost.Instance, None);
    }

    private static Task<ToolResult> AwsAsync(Uri endpoint, string profile, params string[] arguments) => Tool.RunAsync(
        "aws",
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = EnvironmentGuard.Home,
            ["AWS_CONFIG_FILE"] = Path.Combine(EnvironmentGuard.Home, "config"),
            ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(EnvironmentGuard.Home, "credentials"),
            ["AWS_ENDPOINT_URL"] = endpoint.AbsoluteUri,
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["PYENV_ROOT"] = Environment.GetEnvironmentVariable("PYENV_ROOT") ?? "",
        },
        ["--profile", profile, .. arguments]);
}
