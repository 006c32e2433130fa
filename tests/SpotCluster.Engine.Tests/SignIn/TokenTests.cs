using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>A token of the cache: used, renewed without a person, or told to be no good with its file and its end.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class TokenTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly SsoWorld _world = new();

    private static SsoProfile Dev => new() { ProfileName = "dev", SessionName = "corp", StartUrl = "https://corp.example.com/start", Region = "eu-west-1" };

    public void Dispose()
    {
        _world.Dispose();
        _environment.Dispose();
    }

    [Fact]
    public async Task Nobody_has_signed_in_yet_and_the_file_is_named()
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync());
        Assert.Equal(SpotErrorIds.SsoSessionExpired, error.ErrorId);
        Assert.Equal(SpotErrorCategory.Authentication, error.Category);
        Assert.Contains("never started", error.Message, StringComparison.Ordinal);
        Assert.Contains("ee0bfd2552fbd840c02cc48b6e823320543c450f.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("Connect-SpotSso -ProfileName dev", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("aws sso login --profile dev", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_has_ended_says_when_and_in_which_file()
    {
        await _world.SignInAsync("old");
        var end = _world.Cache.ReadToken(Old)!.ExpiresAt;
        await _world.PassAsync(TimeSpan.FromHours(9));
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync("old"));
        Assert.Equal(SpotErrorIds.SsoSessionExpired, error.ErrorId);
        Assert.Contains($"expired at {end:yyyy-MM-dd HH:mm:ss}Z", error.Message, StringComparison.Ordinal);
        Assert.Contains(_world.Cache.PathOf(Old), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_has_ended_is_renewed_silently_and_written_back()
    {
        await _world.SignInAsync();
        var before = _world.Cache.ReadToken(Dev)!;
        await _world.PassAsync(TimeSpan.FromHours(9));
        Assert.Equal("123456789012", (await _world.AskAsync()).AccountId);
        var after = _world.Cache.ReadToken(Dev)!;
        Assert.NotEqual(before.AccessToken, after.AccessToken);
        Assert.NotEqual(before.RefreshToken, after.RefreshToken);
        Assert.Equal(before.Client!.ClientId, after.Client!.ClientId);
        Assert.Single(_world.Shown);
    }

    [Fact]
    public async Task In_a_read_only_home_a_renewed_token_serves_the_session_and_a_sign_in_says_what_is_wrong()
    {
        await _world.SignInAsync();
        await _world.PassAsync(TimeSpan.FromHours(9));
        var before = _world.Count("CreateToken");
        var files = new ReadOnlyFiles(_world.Files);
        using var aws = new AwsSession(new EngineOptions { ProfileName = "dev", Transport = _world.Cloud.CreateHandler(), Clock = _world.Cloud.Clock }, files);
        Assert.Equal("123456789012", (await aws.GetIdentityAsync(CancellationToken.None)).AccountId);
        await _world.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal("123456789012", (await aws.RefreshIdentityAsync(CancellationToken.None)).AccountId);
        Assert.Equal(before + 1, _world.Count("CreateToken"));

        var error = await Assert.ThrowsAsync<SpotException>(() => aws.SignInAsync(
            new SsoLoginRequest { IsForced = true, Show = _ => { } }, SilentHost.Instance, CancellationToken.None));
        Assert.Equal(SpotErrorIds.LocalFileFailed, error.ErrorId);
    }

    /// <summary>The cache of a home folder that nothing can be written to.</summary>
    private sealed class ReadOnlyFiles(SsoCacheMemory files) : ISsoCacheFiles
    {
        public string PathOf(string name) => files.PathOf(name);

        public string? Read(string name) => files.Read(name);

        public void Write(string name, string text) => throw new UnauthorizedAccessException("Read-only file system");

        public void Delete(string name) => throw new UnauthorizedAccessException("Read-only file system");
    }

    [Fact]
    public async Task A_renewal_that_is_refused_is_an_expired_session()
    {
        await _world.SignInAsync();
        await _world.PassAsync(TimeSpan.FromHours(9));
        _world.Cloud.Sso.SignOut();
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync());
        Assert.Equal(SpotErrorIds.SsoSessionExpired, error.ErrorId);
    }

    [Fact]
    public async Task A_token_that_the_portal_refuses_is_renewed_before_anybody_is_bothered()
    {
        await _world.SignInAsync();
        _world.Cloud.Sso.SignOut(withRefreshTokens: false);
        Assert.Equal("123456789012", (await _world.AskAsync()).AccountId);
        _world.Cloud.Sso.SignOut();
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync());
        Assert.Equal(SpotErrorIds.SsoSessionExpired, error.ErrorId);
    }

    [Fact]
    public async Task The_credentials_of_the_role_are_kept_and_renewed_in_time()
    {
        await _world.SignInAsync();
        using var aws = _world.Open();
        await aws.GetIdentityAsync(CancellationToken.None);
        await aws.RefreshIdentityAsync(CancellationToken.None);
        Assert.Equal(1, _world.Count("GetRoleCredentials"));
        await _world.PassAsync(TimeSpan.FromMinutes(58));
        await aws.RefreshIdentityAsync(CancellationToken.None);
        Assert.Equal(2, _world.Count("GetRoleCredentials"));
    }

    [Fact]
    public async Task A_role_that_is_not_assigned_is_a_missing_permission()
    {
        _world.Cloud.Sso.Roles = ["ReadOnlyAccess"];
        await _world.SignInAsync();
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync());
        Assert.Equal(SpotErrorIds.PermissionMissing, error.ErrorId);
        Assert.Contains("AdministratorAccess", error.Message, StringComparison.Ordinal);
        Assert.Contains("123456789012", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_portal_that_does_not_answer_is_unreachable_and_no_wrong_credential()
    {
        await _world.SignInAsync();
        _world.Cloud.Faults.Add(new FaultRule { Action = FaultAction.ResetBefore, Operation = "GetRoleCredentials" });
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync());
        Assert.Equal(SpotErrorIds.EndpointUnreachable, error.ErrorId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"accessToken\":\"\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}")]
    [InlineData("{\"accessToken\":\"x\",\"expiresAt\":\"soon\"}")]
    [InlineData("{\"accessToken\":7,\"expiresAt\":null}")]
    public async Task A_file_that_is_not_to_be_understood_is_no_token(string text)
    {
        _world.Files.Write("ee0bfd2552fbd840c02cc48b6e823320543c450f.json", text);
        Assert.Equal(SpotErrorIds.SsoSessionExpired, (await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync())).ErrorId);
    }

    [Fact]
    public void Times_of_older_versions_of_the_aws_cli_are_read()
    {
        _world.Files.Write("ee0bfd2552fbd840c02cc48b6e823320543c450f.json", "{\"accessToken\":\"x\",\"expiresAt\":\"2030-01-02T03:04:05UTC\"}");
        Assert.Equal(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero), _world.Cache.ReadToken(Dev)!.ExpiresAt);
    }

    [Fact]
    public async Task An_sso_profile_is_the_source_of_a_role()
    {
        EnvironmentGuard.WriteConfig(SsoWorld.Config + "[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/Ops\nsource_profile = dev\nexternal_id = 42\n");
        await _world.SignInAsync();
        var identity = await _world.AskAsync("ops");
        Assert.Contains("assumed-role/Ops/spotcluster-", identity.Arn, StringComparison.Ordinal);
        Assert.Contains("source profile dev", identity.Source, StringComparison.Ordinal);
        Assert.Equal("42", _world.Cloud.Calls.Of("AssumeRole").Single().Parameters["ExternalId"]);
        Assert.NotNull(identity.ExpiresAt);
    }

    [Fact]
    public async Task No_secret_is_in_an_error()
    {
        await _world.SignInAsync();
        var token = _world.Cache.ReadToken(Dev)!;
        string[] secrets = [token.AccessToken, token.RefreshToken!, token.Client!.ClientSecret];
        await _world.PassAsync(TimeSpan.FromHours(9));
        foreach (var rule in new[] { "CreateToken", "GetRoleCredentials" })
        {
            _world.Cloud.Faults.Add(new FaultRule { Operation = rule, Code = "InternalServerException", Status = 500 });
        }

        var error = await Assert.ThrowsAsync<SpotException>(() => _world.AskAsync());
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal));
    }

    private static SsoProfile Old => new() { ProfileName = "old", StartUrl = "https://old.example.com/start", Region = "us-east-1" };
}
