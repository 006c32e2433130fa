using System.Net;
using SpotCluster.Cli.Hosting;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>Every place that credentials come from, with a stand-in on this machine for each service that gives them.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class SourceTests : IAsyncLifetime
{
    private const string Admin = "arn:aws:iam::123456789012:role/Admin";
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly EnvironmentGuard _environment = new();
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions { Clock = TimeProvider.System });
    private SimulatorHost? _host;

    public async ValueTask InitializeAsync()
    {
        _host = await SimulatorHost.StartAsync(_cloud, 0, None);
        EnvironmentGuard.Set("AWS_ENDPOINT_URL", _host.Address.AbsoluteUri);
        EnvironmentGuard.Set("AWS_REGION", "us-east-1");
    }

    public async ValueTask DisposeAsync()
    {
        await _host!.DisposeAsync();
        _cloud.Dispose();
        _environment.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_container_asks_the_full_address_with_its_token(bool inFile)
    {
        await using var service = await StandIn.StartAsync(request => request.Headers["Authorization"] == "Bearer container" ? (200, StandIn.Keys("ASIACONTAINER")) : (401, "{}"));
        EnvironmentGuard.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", new Uri(service.Address, "creds").AbsoluteUri);
        if (inFile)
        {
            var file = Path.Combine(EnvironmentGuard.Home, "container-token");
            await File.WriteAllTextAsync(file, "Bearer container");
            EnvironmentGuard.Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
        }
        else
        {
            EnvironmentGuard.Set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer container");
        }

        var identity = await AskAsync();
        Assert.Equal("role of this container", identity.Source);

        // The AWS SDK counts a little before the end as the end.
        Assert.InRange(new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero) - identity.ExpiresAt!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(15));
        Assert.Contains("GET /creds", service.Requests);
        Assert.Equal("ASIACONTAINER", KeyOfLastCall());
    }

    [Fact]
    public async Task A_container_asks_the_relative_address_at_the_fixed_host()
    {
        StandIn? service = null;
        try
        {
            service = await StandIn.StartAsync(_ => (200, StandIn.Keys("ASIARELATIVE")), IPAddress.Parse("169.254.170.2"), 80);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            Assert.Skip("169.254.170.2, the fixed address of container credentials, is not an address of this machine");
        }

        await using (service!)
        {
            EnvironmentGuard.Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1");
            Assert.Equal("role of this container", (await AskAsync()).Source);
            Assert.Contains("GET /v2/credentials/1", service.Requests);
        }
    }

    [Fact]
    public async Task A_container_whose_service_refuses_is_told_without_its_words()
    {
        await using var service = await StandIn.StartAsync(_ => (403, "{\"message\":\"HIDDEN\"}"));
        EnvironmentGuard.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.Address.AbsoluteUri);
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync());
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.DoesNotContain("HIDDEN", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_asks_the_metadata_service_in_version_2()
    {
        await using var service = await StandIn.OfMachineAsync("node-role", "ASIAMACHINE");
        var run = await AskInProcessAsync(service);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("role of this instance (node-role)", run.Out, StringComparison.Ordinal);
        Assert.Equal("ASIAMACHINE", KeyOf("GetCallerIdentity"));
        Assert.Equal("PUT /latest/api/token", service.Requests.First());
        Assert.DoesNotContain("HIDDEN", run.Out + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_without_a_role_has_no_credentials()
    {
        await using var service = await StandIn.StartAsync(request => request.Method == "PUT" ? (200, "metadata-token") : (404, ""));
        var run = await AskInProcessAsync(service);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(SpotErrorIds.CredentialNotFound, run.Out, StringComparison.Ordinal);
        Assert.NotEmpty(service.Requests);
    }

    [Fact]
    public async Task A_role_is_taken_with_the_credentials_of_the_machine()
    {
        await using var service = await StandIn.OfMachineAsync("node-role", "ASIAMACHINE");
        EnvironmentGuard.WriteConfig($"[profile admin]\nrole_arn = {Admin}\ncredential_source = Ec2InstanceMetadata\n");
        var run = await AskInProcessAsync(service, "--profile-name", "admin");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains($"profile admin (role {Admin}, Ec2InstanceMetadata)", run.Out, StringComparison.Ordinal);
        Assert.Equal("ASIAMACHINE", KeyOf("AssumeRole"));
    }

    [Fact]
    public async Task A_web_identity_takes_its_role_and_reads_its_token_anew_each_time()
    {
        var file = Path.Combine(EnvironmentGuard.Home, "web-token");
        await File.WriteAllTextAsync(file, "web-token-1\n");
        EnvironmentGuard.Set("AWS_WEB_IDENTITY_TOKEN_FILE", file);
        EnvironmentGuard.Set("AWS_ROLE_ARN", Admin);
        EnvironmentGuard.Set("AWS_ROLE_SESSION_NAME", "runner");
        var identity = await AskAsync();
        Assert.Equal("web identity", identity.Source);
        Assert.EndsWith("assumed-role/Admin/runner", identity.Arn, StringComparison.Ordinal);
        Assert.Equal("web-token-1", _cloud.Calls.Of("AssumeRoleWithWebIdentity").Single().Parameters["WebIdentityToken"]);

        File.Delete(file);
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync());
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Contains("AWS_WEB_IDENTITY_TOKEN_FILE", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Environment", "AKIAENV")]
    [InlineData("EcsContainer", "ASIACONTAINER")]
    public async Task A_role_is_taken_with_the_credentials_of_its_source(string source, string key)
    {
        await using var container = await StandIn.StartAsync(_ => (200, StandIn.Keys("ASIACONTAINER")));
        EnvironmentGuard.Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.Address.AbsoluteUri);
        EnvironmentGuard.Set("AWS_ACCESS_KEY_ID", "AKIAENV");
        EnvironmentGuard.Set("AWS_SECRET_ACCESS_KEY", "HIDDEN");
        EnvironmentGuard.WriteConfig($"[profile admin]\nrole_arn = {Admin}\ncredential_source = {source}\nduration_seconds = 900\n");
        var keys = new List<string>();
        _cloud.Receiving += call => keys.Add(call.Operation);
        var identity = await AskAsync("admin");
        Assert.Equal($"profile admin (role {Admin}, {source})", identity.Source);
        Assert.Contains("assumed-role/Admin/", identity.Arn, StringComparison.Ordinal);
        Assert.Equal(["AssumeRole", "GetCallerIdentity"], keys);
        Assert.Equal("900", _cloud.Calls.Of("AssumeRole").Single().Parameters["DurationSeconds"]);
        Assert.Equal(key, KeyOf("AssumeRole"));
    }

    [Fact]
    public async Task Roles_are_taken_one_after_the_other()
    {
        EnvironmentGuard.WriteCredentials("[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = HIDDEN\n");
        EnvironmentGuard.WriteConfig(
            "[profile middle]\nrole_arn = arn:aws:iam::123456789012:role/Middle\nsource_profile = base\nrole_session_name = hop\n"
            + $"[profile top]\nrole_arn = {Admin}\nsource_profile = middle\n");
        var identity = await AskAsync("top");
        Assert.Contains("assumed-role/Admin/", identity.Arn, StringComparison.Ordinal);
        Assert.Equal(["arn:aws:iam::123456789012:role/Middle", Admin], _cloud.Calls.Of("AssumeRole").Select(call => call.Parameters["RoleArn"]));
    }

    [Theory]
    [InlineData("[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n", "a -> b -> a")]
    [InlineData("[profile a]\nrole_arn = x\n", "neither source_profile nor credential_source")]
    [InlineData("[profile a]\nrole_arn = x\ncredential_source = Moon\n", "Moon")]
    [InlineData("[profile a]\naws_access_key_id = A\n", "a")]
    public async Task A_profile_that_cannot_give_credentials_says_why(string config, string reason)
    {
        EnvironmentGuard.WriteConfig(config);
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync("a"));
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("aws configure", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_not_be_taken_is_a_missing_permission()
    {
        EnvironmentGuard.WriteConfig($"[profile base]\naws_access_key_id = A\naws_secret_access_key = HIDDEN\n[profile a]\nrole_arn = {Admin}\nsource_profile = base\n");
        _cloud.Deny("AssumeRole");
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync("a"));
        Assert.Equal(SpotErrorIds.PermissionMissing, error.ErrorId);
        Assert.Contains(Admin, error.Message, StringComparison.Ordinal);
        Assert.Contains("sts:AssumeRole", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_process_gives_keys_and_its_errors_stay_out()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the process of this test is a shell script");
        var script = Path.Combine(EnvironmentGuard.Home, "process.sh");
        await File.WriteAllTextAsync(script, "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"HIDDEN\"}'\n");
        MakeExecutable(script);
        EnvironmentGuard.WriteConfig($"[profile a]\ncredential_process = {script}\n");
        var identity = await AskAsync("a");
        Assert.StartsWith("profile a (credential process", identity.Source, StringComparison.Ordinal);
        Assert.Equal("AKIAPROCESS", KeyOfLastCall());

        await File.WriteAllTextAsync(script, "#!/bin/sh\necho HIDDENSECRET >&2\nexit 1\n");
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync("a"));
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Contains("credential_process of the AWS profile a", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("HIDDENSECRET", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_of_a_changed_environment_are_read()
    {
        var folder = Directory.CreateDirectory(Path.Combine(EnvironmentGuard.Home, "other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "c1"), "[profile one]\nregion = eu-west-1\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "k1"), "[one]\naws_access_key_id = AKIAONE\naws_secret_access_key = HIDDEN\n");
        EnvironmentGuard.Set("AWS_CONFIG_FILE", Path.Combine(folder, "c1"));
        EnvironmentGuard.Set("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(folder, "k1"));
        EnvironmentGuard.Set("AWS_PROFILE", "one");
        EnvironmentGuard.Set("AWS_REGION", "");
        var identity = await AskAsync();
        Assert.Equal($"profile one ({Path.Combine(folder, "k1")})", identity.Source);
        Assert.Equal("eu-west-1", identity.Region);

        await File.WriteAllTextAsync(Path.Combine(folder, "k2"), "[one]\naws_access_key_id = AKIATWO\naws_secret_access_key = HIDDEN\n");
        EnvironmentGuard.Set("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(folder, "k2"));
        Assert.Equal($"profile one ({Path.Combine(folder, "k2")})", (await AskAsync()).Source);
        Assert.Equal("AKIATWO", KeyOfLastCall());
    }

    [Theory]
    [InlineData("AWS_REGION", "us-east-1 ", "us-east-1.")]
    [InlineData("AWS_REGION", "us-east-1\r", "us-east-1.")]
    [InlineData("AWS_DEFAULT_REGION", "Frankfurt", "us-east-1")]
    [InlineData("AWS_ENDPOINT_URL", "localhost:4566", "http://127.0.0.1:4566")]
    [InlineData("AWS_ENDPOINT_URL_STS", "127.0.0.1", "AWS_ENDPOINT_URL_STS")]
    [InlineData("AWS_SECRET_ACCESS_KEY", "HIDDENSECRET\r", "one word")]
    [InlineData("AWS_SESSION_TOKEN", "HIDDEN SECRET", "one word")]
    [InlineData("AWS_ACCESS_KEY_ID", "\u00e9AKIA", "one word")]
    public async Task A_slip_in_a_variable_is_named_before_any_call(string variable, string value, string remedy)
    {
        EnvironmentGuard.SetKeys();
        if (variable == "AWS_DEFAULT_REGION")
        {
            EnvironmentGuard.Set("AWS_REGION", "");
        }

        EnvironmentGuard.Set(variable, value);
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync());
        Assert.Contains(variable, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("HIDDEN", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_cloud.Calls.Calls);
    }

    [Theory]
    [InlineData("2099-01-01T00:00:00Z", null)]
    [InlineData("2020-01-01T00:00:00Z", SpotErrorIds.CredentialExpired)]
    [InlineData(null, SpotErrorIds.CredentialExpired)]
    public async Task A_profile_of_aws_login_uses_what_the_aws_cli_has_cached(string? end, string? errorId)
    {
        const string Session = "arn:aws:iam::123456789012:user/me";
        EnvironmentGuard.WriteConfig($"[profile dev]\nlogin_session = {Session}\n");
        var name = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Session))).ToLowerInvariant();
        var folder = Directory.CreateDirectory(Path.Combine(EnvironmentGuard.Home, ".aws", "login", "cache")).FullName;
        if (end is not null)
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, name + ".json"),
                "{\"accessToken\":{\"accessKeyId\":\"ASIALOGIN\",\"secretAccessKey\":\"HIDDENSECRET\",\"sessionToken\":\"HIDDENTOKEN\",\"expiresAt\":\"" + end + "\"}}");
        }

        if (errorId is null)
        {
            Assert.StartsWith("profile dev (aws login", (await AskAsync("dev")).Source, StringComparison.Ordinal);
            Assert.Equal("ASIALOGIN", KeyOfLastCall());
            return;
        }

        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync("dev"));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains("aws login --profile dev", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_key_in_the_environment_is_told()
    {
        EnvironmentGuard.Set("AWS_ACCESS_KEY_ID", "AKIAENV");
        var error = await Assert.ThrowsAsync<SpotException>(() => AskAsync());
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", error.RecommendedAction, StringComparison.Ordinal);
    }

    // The AWS SDK reads the address of the metadata service once per process.
    private Task<ToolResult> AskInProcessAsync(StandIn metadata, params string[] options) => Tool.SpotClusterAsync(
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = EnvironmentGuard.Home,
            ["AWS_CONFIG_FILE"] = Path.Combine(EnvironmentGuard.Home, "config"),
            ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(EnvironmentGuard.Home, "credentials"),
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = metadata.Address.GetLeftPart(UriPartial.Authority),
            ["AWS_ENDPOINT_URL"] = _host!.Address.AbsoluteUri,
            ["AWS_REGION"] = "us-east-1",
        },
        ["identity", "--json", .. options]);

    private static async Task<SpotIdentity> AskAsync(string? profile = null)
    {
        using var session = new AwsSession(new EngineOptions { ProfileName = profile });
        return await session.GetIdentityAsync(None);
    }

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private string? KeyOfLastCall() => _cloud.Calls.Calls[^1].AccessKeyId;

    private string? KeyOf(string operation) => _cloud.Calls.Of(operation)[^1].AccessKeyId;
}
