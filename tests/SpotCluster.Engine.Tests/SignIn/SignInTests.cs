using SpotCluster.Model;
using SpotCluster.Simulator.Faults;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>Signing in by the device flow, and everything that can come between.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class SignInTests : IDisposable
{
    private readonly EnvironmentGuard _environment = new();
    private readonly SsoWorld _world = new();

    public void Dispose()
    {
        _world.Dispose();
        _environment.Dispose();
    }

    [Fact]
    public async Task A_person_signs_in_and_the_profile_gives_credentials()
    {
        var session = await _world.SignInAsync();
        Assert.Equal(SpotSsoOutcome.SignedIn, session.Outcome);
        Assert.Equal("corp", session.SessionName);
        Assert.Equal("dev", session.ProfileName);
        Assert.True(session.IsRenewable);
        var code = Assert.Single(_world.Shown);
        Assert.Matches("^[A-Z]{4}-[A-Z]{4}$", code.UserCode);
        Assert.Equal("https", code.Address.Scheme);
        Assert.Contains(code.UserCode, code.AddressWithCode.Query, StringComparison.Ordinal);
        Assert.Equal(3, _world.Count("CreateToken"));

        var identity = await _world.AskAsync();
        Assert.Equal("123456789012", identity.AccountId);
        Assert.Contains("assumed-role/AWSReservedSSO_AdministratorAccess", identity.Arn, StringComparison.Ordinal);
        Assert.Contains("SSO session corp", identity.Source, StringComparison.Ordinal);
        Assert.Equal("eu-west-1", identity.Region);
        Assert.InRange((identity.ExpiresAt!.Value - _world.Cloud.Clock.GetUtcNow()).TotalMinutes, 55, 60);
        Assert.All(_world.Cloud.Calls.Calls.Where(call => call.Service is "sso" or "sso-oidc"), call => Assert.Equal("eu-west-1", call.Region));
    }

    [Fact]
    public async Task A_legacy_profile_signs_in_and_cannot_be_renewed()
    {
        var session = await _world.SignInAsync("old");
        Assert.Null(session.SessionName);
        Assert.False(session.IsRenewable);
        Assert.Contains("ReadOnlyAccess", (await _world.AskAsync("old")).Arn, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_can_be_named_itself()
    {
        var session = await _world.SignInAsync("keys", session: "corp");
        Assert.Null(session.ProfileName);
        Assert.Equal("corp", session.SessionName);
        Assert.Equal("123456789012", (await _world.AskAsync()).AccountId);
    }

    [Fact]
    public async Task A_good_session_stays_and_an_old_one_is_renewed_without_a_person()
    {
        await _world.SignInAsync();
        Assert.Equal(SpotSsoOutcome.StillSignedIn, (await _world.SignInAsync()).Outcome);
        await _world.PassAsync(TimeSpan.FromHours(9));
        var renewed = await _world.SignInAsync();
        Assert.Equal(SpotSsoOutcome.Renewed, renewed.Outcome);
        Assert.True(renewed.ExpiresAt > _world.Cloud.Clock.GetUtcNow() + TimeSpan.FromHours(7));
        Assert.Single(_world.Shown);
        Assert.Equal(SpotSsoOutcome.SignedIn, (await _world.SignInAsync(force: true)).Outcome);
        Assert.Equal(2, _world.Shown.Count);
    }

    [Fact]
    public async Task A_session_that_was_ended_elsewhere_is_begun_anew()
    {
        await _world.SignInAsync();
        _world.Cloud.Sso.SignOut();
        Assert.Equal(SpotSsoOutcome.SignedIn, (await _world.SignInAsync()).Outcome);
        Assert.Equal(2, _world.Shown.Count);
    }

    [Fact]
    public async Task The_client_is_registered_once_and_again_when_the_service_has_forgotten_it()
    {
        await _world.SignInAsync();
        await _world.SignInAsync(force: true);
        Assert.Equal(1, _world.Count("RegisterClient"));
        _world.Cloud.Sso.ForgetClients();
        Assert.Equal(SpotSsoOutcome.SignedIn, (await _world.SignInAsync(force: true)).Outcome);
        Assert.Equal(2, _world.Count("RegisterClient"));
        await _world.PassAsync(TimeSpan.FromDays(91));
        await _world.SignInAsync(force: true);
        Assert.Equal(3, _world.Count("RegisterClient"));
    }

    [Fact]
    public async Task It_polls_as_often_as_it_is_told_to_and_less_when_asked_to_slow_down()
    {
        _world.Cloud.Sso.Interval = TimeSpan.FromSeconds(4);
        _world.Cloud.Faults.Add(new FaultRule { Operation = "CreateToken", Code = "SlowDownException", Nth = [2] });
        _world.Cloud.Sso.ApproveAfterPolls = 4;
        await _world.SignInAsync();
        var polls = _world.Cloud.Calls.Of("CreateToken");
        var pauses = polls.Zip(polls.Skip(1), (one, next) => (next.ReceivedAt - one.ReceivedAt).TotalSeconds).ToList();
        Assert.Equal([4, 9, 9, 9], pauses.Select(pause => Math.Round(pause)));
    }

    [Fact]
    public async Task Nobody_comes_and_the_wait_ends_with_the_code()
    {
        _world.Cloud.Sso.ApproveAfterPolls = null;
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.SignInAsync());
        Assert.Equal(SpotErrorIds.SsoSignInExpired, error.ErrorId);
        Assert.Contains(_world.Shown[0].UserCode, error.Message, StringComparison.Ordinal);
        Assert.Contains("spotcluster login --profile-name dev", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Null(_world.Cache.ReadToken(Dev));
    }

    [Fact]
    public async Task The_person_says_no()
    {
        _world.Cloud.Sso.ApproveAfterPolls = null;
        _world.OnShow = code => Assert.True(_world.Cloud.Sso.Deny(code.UserCode));
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.SignInAsync());
        Assert.Equal(SpotErrorIds.SsoSignInDenied, error.ErrorId);
        Assert.Equal(SpotErrorCategory.PermissionDenied, error.Category);
    }

    [Fact]
    public async Task A_stop_ends_the_wait_at_once()
    {
        _world.Cloud.Sso.ApproveAfterPolls = null;
        using var stop = new CancellationTokenSource();
        using var aws = _world.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => aws.SignInAsync(
            new SsoLoginRequest { Show = _ => stop.Cancel() }, SilentHost.Instance, stop.Token));
        Assert.Equal(0, _world.Count("CreateToken"));
    }

    [Fact]
    public async Task Progress_shows_the_code_and_the_time_that_is_left()
    {
        var host = new RecordingHost();
        await _world.SignInAsync(host: host);
        Assert.Contains(host.Steps, progress => progress.Status.Contains(_world.Shown[0].UserCode, StringComparison.Ordinal));
        Assert.True(host.Steps.Count >= 3);
    }

    [Fact]
    public async Task A_service_that_fails_for_a_moment_is_asked_again()
    {
        _world.Cloud.Faults.Add(new FaultRule { Action = FaultAction.Http, Operation = "CreateToken", Status = 500, Body = FaultBody.Empty, Nth = [1] });
        _world.Cloud.Faults.Add(new FaultRule { Action = FaultAction.ResetBefore, Operation = "RegisterClient", Nth = [1] });
        Assert.Equal(SpotSsoOutcome.SignedIn, (await _world.SignInAsync()).Outcome);
    }

    [Theory]
    [InlineData("keys", SpotErrorIds.SsoNotConfigured, "Connect-SpotSso -ProfileName dev")]
    [InlineData("nobody", SpotErrorIds.ProfileNotFound, "aws configure --profile nobody")]
    public async Task A_profile_without_sso_is_told_with_those_that_have_it(string profile, string errorId, string advice)
    {
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.SignInAsync(profile));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(advice, error.RecommendedAction, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sso_region = eu-west-1\n", "sso_start_url")]
    [InlineData("sso_start_url = https://x.example.com\n", "sso_region")]
    public async Task A_session_that_is_not_complete_is_told(string session, string missing)
    {
        EnvironmentGuard.WriteConfig("[profile dev]\nsso_session = corp\n[sso-session corp]\n" + session);
        var error = await Assert.ThrowsAsync<SpotException>(() => _world.SignInAsync());
        Assert.Equal(SpotErrorIds.CredentialNotFound, error.ErrorId);
        Assert.Contains(missing, error.Message, StringComparison.Ordinal);
        Assert.Contains("sso-session corp", error.Message, StringComparison.Ordinal);
    }

    private static Engine.Aws.Credentials.SsoProfile Dev => new() { ProfileName = "dev", SessionName = "corp", StartUrl = "https://corp.example.com/start", Region = "eu-west-1" };
}
