using System.Net.Http.Headers;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>The protocol as others speak it: the original's backend, a newer one, a proxy, nobody.</summary>
public sealed class WireTests
{
    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    [InlineData("null", false)]
    [InlineData("\"true\"", false)]
    [InlineData("2", false)]
    public async Task The_switch_is_on_only_when_it_is_clearly_on(string written, bool isOn)
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.List = () => ScriptedBackend.Json(
            $$"""{"auto_terminate_enabled":{{written}},"terminate_wait_seconds":null,"instances":[{"instance_id":"{{id}}","reason":"replica_terminated","seconds_since_marked":null}]}""");
        await lab.PassAsync();
        Assert.Equal(isOn ? "terminated" : "running", lab.StateOf(id));
    }

    [Fact]
    public async Task The_original_gets_one_report_with_its_four_keys_in_the_form_that_it_takes()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id, id);
        var pass = await lab.PassAsync();
        Assert.Equal(1, pass.Found);
        var report = Assert.Single(lab.Backend.Reports);
        Assert.Equal(["error", "instance_id", "success", "terminated_at"], report.Properties().Select(property => property.Name).Order());
        Assert.True((bool)report["success"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$", (string)report["terminated_at"]!);
        Assert.Equal(1, lab.Terminations);
    }

    [Fact]
    public async Task Placeholders_malformed_items_and_machines_of_other_zones_are_never_terminated()
    {
        using var lab = new AgentLab();
        var (good, zone) = (lab.Add(), lab.Add());
        lab.Backend.List = () => ScriptedBackend.Json(
            $$"""
            {"auto_terminate_enabled":1,"instances":[
                {"instance_id":"manual-1a2b3c4d","reason":"replica_terminated"}, {"instance_id":7}, "what", null, {"reason":"x"},
                {"instance_id":"I-0123456789ABCDEF0"}, {"instance_id":"i-0123456789abcdef0\n"},
                {"instance_id":"{{zone}}","az":"eu-west-1b"}, {"instance_id":"{{good}}"}]}
            """);
        var pass = await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(good));
        Assert.Equal("running", lab.StateOf(zone));
        Assert.Equal(1, lab.Terminations);
        Assert.Equal("ForeignRegion", pass.Removals.Single(removal => removal.Id == zone).Code);
        Assert.Equal(3, pass.Removals.Count(removal => removal.Code == "InvalidInstanceID.Malformed"));
        Assert.Empty(Directory.GetFiles(lab.State, "*.outbox.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_placeholder_of_the_original_is_reported_once_whatever_it_is_handed_out_and_restarted()
    {
        using var lab = new AgentLab();
        var good = lab.Add();
        lab.Backend.Hand("manual-1a2b3c4d", good);
        var clock = (Simulator.SimulatedClock)lab.Cloud.Clock;

        // A report that did not arrive is none.
        lab.Backend.Report = _ => ScriptedBackend.Json("""{"error":"x"}""", 500);
        await lab.PassAsync();
        lab.Backend.Report = _ => ScriptedBackend.Json("""{"success":true}""");
        Assert.Equal("InvalidInstanceID.Malformed", (await lab.PassAsync()).Removals.Single(removal => removal.Id == "manual-1a2b3c4d").Code);
        var reports = Placeholders();
        lab.Errors.Clear();
        for (var hour = 0; hour < 50; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            Assert.DoesNotContain((await lab.PassAsync()).Removals, removal => removal.Id == "manual-1a2b3c4d");
        }

        Assert.Equal(reports, Placeholders());
        Assert.Empty(lab.Errors);

        // A look shows it all the same, and another placeholder is news.
        Assert.Contains((await lab.PassAsync(new PassScope { WhatIf = true })).Removals, removal => removal.Id == "manual-1a2b3c4d");
        lab.Backend.Hand("manual-1a2b3c4d", "replica-00000001");
        Assert.Equal("replica-00000001", Assert.Single((await lab.PassAsync()).Removals).Id);

        // One that was away for long is another one.
        clock.Advance(TimeSpan.FromDays(2));
        lab.Backend.Hand("manual-1a2b3c4d");
        await lab.PassAsync();
        Assert.Equal(reports + 1, Placeholders());

        int Placeholders() => lab.Backend.Reports.Count(report => (string)report["instance_id"]! == "manual-1a2b3c4d");
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_waited_for_half_a_minute_of_the_clock_three_times()
    {
        using var clock = new Simulator.SimulatedClock();
        using var silent = new SilentBackend();
        using var transport = new BackendTransport(
            new Uri("http://127.0.0.1:1/"), new AgentToken("t"), silent, clock, answerLimit: BackendTransport.UsualAnswerLimit);
        var begun = clock.GetUtcNow();
        Assert.Equal(0, (await transport.SendAsync(HttpMethod.Get, "x", null, CancellationToken.None)).Status);
        Assert.Equal(3, silent.Requests);
        Assert.Equal(TimeSpan.FromSeconds((3 * 30) + 1 + 2), clock.GetUtcNow() - begun);
    }

    [Fact]
    public async Task Not_found_is_success_with_a_note_for_a_backend_without_claims()
    {
        using var lab = new AgentLab();
        lab.Backend.Hand("i-0123456789abcdef0");
        var pass = await lab.PassAsync();
        var report = Assert.Single(lab.Backend.Reports);
        Assert.True((bool)report["success"]!);
        Assert.Contains("i-0123456789abcdef0 not found in AWS", (string)report["error"]!, StringComparison.Ordinal);
        Assert.Equal((SpotRemovalOutcome.AlreadyGone, "InvalidInstanceID.NotFound"), pass.Removals.Select(removal => (removal.Outcome, removal.Code)).Single());
        Assert.Empty(lab.Errors);
        Assert.Equal(0, pass.Pending);
    }

    [Fact]
    public async Task Not_found_is_no_success_for_a_backend_with_claims()
    {
        using var lab = new AgentLab();
        lab.Backend.List = () => ScriptedBackend.Json(
            """{"auto_terminate_enabled":true,"instances":[{"instance_id":"i-0123456789abcdef0","reason":"zombie_timeout","claim_id":"c1","lease_seconds":300}]}""");
        lab.Backend.Zombies.Add("i-0123456789abcdef0");
        await lab.PassAsync();
        var report = Assert.Single(lab.Backend.Reports);
        Assert.Equal((false, "not_found"), ((bool)report["success"]!, (string)report["outcome"]!));
    }

    [Fact]
    public async Task A_backend_that_fails_is_asked_again()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        var (answers, list) = (0, lab.Backend.List);
        lab.Backend.List = () => ++answers == 1 ? ScriptedBackend.Json("""{"error":"2013: Lost connection"}""", 500) : list();
        await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(id));
    }

    public static TheoryData<string> BadAnswers => ["400 html", "404 html", "500 html", "500 json", "200 html", "200 empty", "200 cut", "nothing"];

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task A_list_that_cannot_be_read_terminates_nothing_and_is_an_error(string kind)
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.List = () => Bad(kind);
        var error = await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync());
        Assert.NotEqual(SpotErrorIds.UnexpectedFailure, error.ErrorId);
        Assert.DoesNotContain("secret-token", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("running", lab.StateOf(id));
        Assert.Equal(0, lab.Terminations);
    }

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task A_report_that_was_not_taken_is_kept_and_delivered_later(string kind)
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        lab.Backend.Report = _ => Bad(kind);
        var pass = await lab.PassAsync();
        Assert.Equal(1, pass.Pending);
        Assert.Equal("terminated", lab.StateOf(id));
        var file = Directory.GetFiles(lab.State, "*.outbox.json", SearchOption.AllDirectories).Single();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.DoesNotContain("secret-token", File.ReadAllText(file), StringComparison.Ordinal);
        lab.Backend.Report = _ => ScriptedBackend.Json("""{"success":true}""");
        lab.Backend.Reports.Clear();
        lab.Backend.Hand();
        Assert.Equal(0, (await lab.PassAsync()).Pending);
        Assert.True((bool)Assert.Single(lab.Backend.Reports)["success"]!);
        Assert.Equal(1, lab.Terminations);
    }

    [Fact]
    public async Task A_backend_that_settles_a_report_otherwise_is_believed()
    {
        using var lab = new AgentLab();
        lab.Backend.Hand(lab.Add());
        lab.Backend.Report = _ => ScriptedBackend.Json("""{"code":"claim_not_found","error":"No such claim","status":404}""", 404);
        Assert.Equal(0, (await lab.PassAsync()).Pending);
    }

    [Fact]
    public async Task A_refused_token_is_told_and_never_shown()
    {
        using var lab = new AgentLab();
        lab.Backend.List = () => ScriptedBackend.Json("""{"error":"Invalid client token"}""", 401);
        var error = await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync());
        Assert.Equal(SpotErrorIds.BackendTokenInvalid, error.ErrorId);
        Assert.DoesNotContain("secret-token", error + error.RecommendedAction, StringComparison.Ordinal);
        Assert.All(lab.Backend.Requests, request => Assert.Equal("Bearer", request.Headers.Authorization!.Scheme));
        Assert.All(lab.Backend.Requests, request => Assert.DoesNotContain("secret-token", request.RequestUri!.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_standing_of_a_backend_that_fails_is_no_permission()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        lab.Backend.Standing = () => ScriptedBackend.Json("""{"error":"x"}""", 500);
        await Assert.ThrowsAsync<SpotException>(() => lab.PassAsync());
        lab.Backend.Standing = () => ScriptedBackend.Json("""{"instance_id":null,"config":{"enabled":1,"auto_terminate_enabled":"yes"}}""");
        Assert.NotNull((await lab.PassAsync()).Idle);
        Assert.Equal("running", lab.StateOf(id));
    }

    [Fact]
    public void Pauses_follow_what_the_backend_asks_and_grow_with_failures()
    {
        using var lab = new AgentLab();
        using var agent = lab.Open();
        var loop = new AgentLoop(agent, lab.Cloud.Clock, null, SilentHost.Instance);
        Assert.Equal(TimeSpan.FromSeconds(60), loop.PauseAfter(null, 0));
        Assert.Equal(TimeSpan.FromSeconds(60), loop.PauseAfter(null, 1));
        Assert.Equal(TimeSpan.FromSeconds(240), loop.PauseAfter(null, 3));
        Assert.Equal(TimeSpan.FromMinutes(10), loop.PauseAfter(null, 20));
        Assert.Equal(TimeSpan.FromSeconds(5), loop.PauseAfter(TimeSpan.Zero, 0));
        Assert.Equal(TimeSpan.FromHours(1), loop.PauseAfter(TimeSpan.FromDays(3), 1));
    }

    [Fact]
    public async Task A_backend_that_asks_to_slow_down_is_asked_again()
    {
        using var lab = new AgentLab();
        var id = lab.Add();
        lab.Backend.Hand(id);
        var (answers, list) = (0, lab.Backend.List);
        lab.Backend.List = () => ++answers == 1 ? ScriptedBackend.Json("""{"error":"busy"}""", 429) : list();
        await lab.PassAsync();
        Assert.Equal("terminated", lab.StateOf(id));
    }

    [Fact]
    public async Task Retry_after_is_waited_for_and_told()
    {
        using var lab = new AgentLab();
        lab.Backend.List = () =>
        {
            var answer = ScriptedBackend.Json("""{"error":"busy"}""", 429);
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(90));
            return answer;
        };
        using var agent = lab.Open();
        var pause = await Assert.ThrowsAsync<BackendPauseException>(() => agent.WorkAsync(new PassScope(), null, SilentHost.Instance, default));
        Assert.Equal(TimeSpan.FromSeconds(90), pause.Pause);
    }

    private static HttpResponseMessage Bad(string kind) => kind switch
    {
        "400 html" => ScriptedBackend.Html(400),
        "404 html" => ScriptedBackend.Html(404),
        "500 html" => ScriptedBackend.Html(500),
        "500 json" => ScriptedBackend.Json("""{"error":"1292 (22007): Incorrect datetime value"}""", 500),
        "200 html" => ScriptedBackend.Html(200),
        "200 empty" => ScriptedBackend.Json(""),
        "200 cut" => ScriptedBackend.Json("""{"auto_terminate_enabled":1,"instances":[{"inst"""),
        _ => throw new HttpRequestException("Connection refused"),
    };

    private sealed class SilentBackend : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            throw new InvalidOperationException("Nobody comes here.");
        }
    }
}
