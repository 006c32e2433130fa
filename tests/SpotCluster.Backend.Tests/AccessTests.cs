using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>Who may call what. Every route of the OpenAPI document is tried, so that a new one cannot be forgotten.</summary>
public abstract class AccessTests(BackendFixture fixture) : BackendTests(fixture)
{
    private static readonly string[] Open = ["/health", "/openapi.json"];

    /// <summary>What answers to whoever has an agent's token, about that agent alone.</summary>
    private static readonly string[] Own = ["/api/agents/register", "/api/client/validate"];

    [Fact]
    public async Task Every_route_but_health_and_the_document_asks_for_a_token()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var routes = await RoutesAsync(backend);
        Assert.True(routes.Count > 35, $"Only {routes.Count} routes");
        foreach (var (method, path) in routes.Where(route => !Open.Contains(route.Path)))
        {
            var concrete = path.Replace("{agentId}", agent.Id, StringComparison.Ordinal);
            (await backend.Client(null).SendAsync(method, concrete, Body(method))).Refuses(401, "token_missing");
            (await backend.Client("wrong").SendAsync(method, concrete, Body(method))).Refuses(401, "token_invalid");
            (await backend.Client(agent.Token + "x").SendAsync(method, concrete, Body(method))).Refuses(401, "token_invalid");
        }
    }

    [Fact]
    public async Task The_document_names_every_type_and_who_may_call()
    {
        await using var backend = await StartAsync();
        var document = (await backend.Client(null).GetAsync("/openapi.json")).Is(200).Json;
        var schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (var schema in schemas.EnumerateObject().Where(schema => schema.Value.TryGetProperty("properties", out _)))
        {
            foreach (var property in schema.Value.GetProperty("properties").EnumerateObject())
            {
                var hasType = property.Value.TryGetProperty("type", out _) || property.Value.TryGetProperty("$ref", out _)
                    || property.Value.TryGetProperty("oneOf", out _);
                Assert.True(hasType, $"{schema.Name}.{property.Name}: {property.Value}");
            }
        }

        var report = schemas.GetProperty("TerminationReport").GetProperty("properties");
        Assert.Equal("""["null","string"]""", report.GetProperty("instance_id").GetProperty("type").GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
        var poll = document.GetProperty("paths").GetProperty("/api/agents/{agentId}/instances-to-terminate").GetProperty("get");
        Assert.Equal("For the agent.", poll.GetProperty("description").GetString());
        Assert.Equal(1, poll.GetProperty("security").GetArrayLength());
    }

    [Fact]
    public async Task Another_agents_path_looks_like_no_agent_and_the_admins_are_closed_to_agents()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var other = await backend.EnrollAsync("agent-2", primary: Other);
        foreach (var (method, path) in (await RoutesAsync(backend)).Where(route => !Open.Contains(route.Path)))
        {
            var foreign = await agent.Api.SendAsync(method, path.Replace("{agentId}", other.Id, StringComparison.Ordinal), Body(method));
            if (path.StartsWith("/api/agents/{agentId}", StringComparison.Ordinal))
            {
                foreign.Refuses(404, "agent_not_found");
                Assert.Equal("Agent not found", foreign.Text("error"));
            }
            else if (Own.Contains(path))
            {
                Assert.DoesNotContain(other.Id, foreign.Body, StringComparison.Ordinal);
            }
            else
            {
                foreign.Refuses(403, "not_allowed");
            }
        }
    }

    [Fact]
    public async Task The_admin_cannot_claim_or_report_in_an_agents_name()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        await agent.RetireAsync(Replica);
        (await backend.Admin.GetAsync($"{agent.Path}/instances-to-terminate")).Refuses(403, "not_allowed");
        (await backend.Admin.PostAsync($"{agent.Path}/termination-report", new { instance_id = Replica, success = true })).Refuses(403, "not_allowed");
        (await backend.Admin.GetAsync($"{agent.Path}/config")).Is(200);
        (await backend.Admin.GetAsync("/api/agents/nobody/config")).Refuses(404, "agent_not_found");
    }

    [Fact]
    public async Task A_bare_token_is_taken_and_the_scheme_may_be_written_in_any_case()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        foreach (var header in (string[])[agent.Token, "Bearer " + agent.Token, "bearer " + agent.Token])
        {
            (await backend.Client(null).SendAsync(
                HttpMethod.Get, $"{agent.Path}/config", null, request => request.Headers.TryAddWithoutValidation("Authorization", header))).Is(200);
        }
    }

    [Fact]
    public async Task Knocking_without_a_key_is_noted_once_a_minute()
    {
        await using var backend = await StartAsync();
        for (var knock = 0; knock < 20; knock++)
        {
            (await backend.Client("wrong").GetAsync("/api/admin/agents")).Is(401);
        }

        Assert.Single((await backend.Admin.GetAsync("/api/admin/events?type=auth_failed")).Items());
        backend.Clock.Advance(TimeSpan.FromMinutes(1));
        (await backend.Client("wrong").GetAsync("/api/admin/agents")).Is(401);
        Assert.Equal(2, (await backend.Admin.GetAsync("/api/admin/events?type=auth_failed")).Items().Count);
    }

    [Fact]
    public async Task More_wrong_tokens_than_anybody_needs_get_429_and_a_right_one_passes_all_the_same()
    {
        Assert.SkipWhen(Fixture.Missing is not null, Fixture.Missing ?? "It is there");
        var target = await Fixture.CreateTargetAsync();
        await using var backend = await TestBackend.StartAsync(target.Address, target.CleanUp, failedTokens: 3);
        var agent = await backend.EnrollAsync(primary: Primary);
        var answers = new List<Answer>();
        for (var knock = 0; knock < 8; knock++)
        {
            answers.Add(await backend.Client("wrong").GetAsync("/api/admin/agents"));
        }

        Assert.All(answers.Take(3), answer => answer.Refuses(401, "token_invalid"));
        Assert.All(answers.Skip(3), answer => answer.Refuses(429, "too_many_failures"));
        (await agent.Api.GetAsync(agent.Path)).Is(200);
        (await backend.Client(null).GetAsync("/health")).Is(200);
        (await backend.Client(null).GetAsync(agent.Path)).Refuses(401, "token_missing");
    }

    [Fact]
    public async Task Bodies_that_are_too_large_or_malformed_and_paths_that_are_not_there_are_refused()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        var large = $$"""{"instance_id":"{{Primary}}","success":true,"error":"{{new string('x', 300_000)}}"}""";
        (await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/termination-report", large, Alone)).Refuses(413, "body_too_large");
        // Without a token nothing of the body counts.
        (await backend.Client(null).SendAsync(HttpMethod.Post, $"{agent.Path}/termination-report", large, Alone)).Refuses(401, "token_missing");
        (await agent.Api.SendAsync(HttpMethod.Post, $"{agent.Path}/heartbeat", new string('[', 5000))).Refuses(400, "malformed_json");
        (await agent.Api.SendAsync(
            HttpMethod.Post, $"{agent.Path}/heartbeat", "status=online",
            request => request.Content!.Headers.ContentType = new("application/x-www-form-urlencoded"))).Refuses(415, "malformed_request");
        (await agent.Api.GetAsync("/api/nothing")).Refuses(404, "path_not_found");
        (await agent.Api.SendAsync(HttpMethod.Delete, $"{agent.Path}/termination-report")).Refuses(405, "method_not_allowed");

        // The server may hang up on a body that it does not want: this one waits to be asked for it, and nothing else uses its connection.
        static void Alone(HttpRequestMessage request) => (request.Headers.ExpectContinue, request.Headers.ConnectionClose) = (true, true);
    }

    [Fact]
    public async Task Tokens_are_shown_once_and_never_again()
    {
        await using var backend = await StartAsync();
        var agent = await backend.EnrollAsync(primary: Primary);
        foreach (var path in (string[])
            ["/api/admin/agents", "/api/admin/events?limit=1000", "/api/admin/audit?limit=1000", $"{agent.Path}", $"{agent.Path}/config", "/metrics"])
        {
            var answer = (await backend.Admin.GetAsync(path)).Is(200);
            Assert.DoesNotContain(agent.Token, answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(TestBackend.AdminToken, answer.Body, StringComparison.Ordinal);
        }
    }

    private static string? Body(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Delete ? null : "{}";

    private static async Task<List<(HttpMethod Method, string Path)>> RoutesAsync(TestBackend backend)
    {
        var document = (await backend.Client(null).GetAsync("/openapi.json")).Is(200).Json;
        return document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => (new HttpMethod(method.Name.ToUpperInvariant()), path.Name)))
            .ToList();
    }
}
