using System.Collections.Concurrent;
using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using SpotCluster.Simulator.Vast;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastClientTests : IDisposable
{
    private readonly VastWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task All_pages_are_read_and_the_pages_are_a_second_apart()
    {
        for (var i = 0; i < 60; i++)
        {
            _world.Vast.AddMachine($"spotcluster/big/node-{i}");
        }

        var found = await _world.ListAsync();
        Assert.Equal(60, found.Select(instance => instance.Id).Distinct().Count());
        var calls = _world.Wire.Calls.Where(call => call.Call.Operation == "ListInstances").ToArray();
        Assert.Equal(3, calls.Length);
        Assert.All(calls, call => Assert.Equal(200, call.Status));
        Assert.All(calls.Zip(calls.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Single_destroys_are_three_seconds_apart_and_none_is_turned_away()
    {
        using var client = Client();
        var ids = Enumerable.Range(0, 5).Select(i => _world.Vast.AddMachine("x" + i)).ToArray();
        foreach (var id in ids)
        {
            Assert.True(await client.DestroyAsync(id, SilentHost.Instance, CancellationToken.None));
        }

        var calls = _world.Wire.Calls.ToArray();
        Assert.Equal(5, calls.Length);
        Assert.All(calls, call => Assert.Equal(200, call.Status));
        Assert.All(calls.Zip(calls.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromSeconds(3)));
        Assert.Empty(_world.Vast.Machines);
    }

    [Fact]
    public async Task A_slow_down_is_waited_out_for_at_least_the_threshold()
    {
        // Another program with the same key has just used up the interval.
        using var other = Client();
        using var client = Client();
        var ids = new[] { _world.Vast.AddMachine("x"), _world.Vast.AddMachine("y") };
        await other.DestroyAsync(ids[0], SilentHost.Instance, CancellationToken.None);
        await client.DestroyAsync(ids[1], SilentHost.Instance, CancellationToken.None);
        var calls = _world.Wire.Calls.ToArray();
        Assert.Equal([200, 429, 200], calls.Select(call => call.Status));
        Assert.True(calls[2].At - calls[1].At >= TimeSpan.FromSeconds(3));
        Assert.Empty(_world.Vast.Machines);
    }

    [Fact]
    public async Task An_unending_slow_down_ends_as_an_error()
    {
        using var client = Client(new AlwaysAnswers(429, "API requests too frequent"));
        var error = await Assert.ThrowsAsync<SpotException>(() => client.GetUserAsync(SilentHost.Instance, CancellationToken.None));
        Assert.Equal(SpotErrorIds.RequestThrottled, error.ErrorId);
    }

    [Theory]
    [InlineData(200, """{"success":true}""")]
    [InlineData(200, "")]
    [InlineData(204, "")]
    [InlineData(200, """{"success":true,"msg":"ok"}""")]
    public async Task A_destroy_may_be_answered_with_json_or_with_nothing(int status, string body)
    {
        using var client = Client(new AlwaysAnswers(status, body));
        Assert.True(await client.DestroyAsync(7, SilentHost.Instance, CancellationToken.None));
    }

    [Fact]
    public async Task A_machine_that_is_gone_is_not_an_error_of_destroying_it()
    {
        using var client = Client();
        Assert.False(await client.DestroyAsync(4711, SilentHost.Instance, CancellationToken.None));
        Assert.Null(await client.ShowInstanceAsync(4711, SilentHost.Instance, CancellationToken.None));
    }

    [Theory]
    [InlineData(404, """{"success":false,"error":"auth_error","msg":"Invalid user key"}""", SpotErrorIds.VastKeyInvalid)]
    [InlineData(200, """{"success":false,"error":"invalid_args","msg":"x"}""", SpotErrorIds.RequestRefused)]
    public async Task A_refused_destroy_is_never_taken_for_a_gone_machine(int status, string body, string expected)
    {
        using var client = Client(new AlwaysAnswers(status, body));
        Assert.Equal(expected, (await Assert.ThrowsAsync<SpotException>(() => client.DestroyAsync(7, SilentHost.Instance, CancellationToken.None))).ErrorId);
    }

    [Fact]
    public async Task A_broken_connection_is_tried_again_where_that_is_safe()
    {
        using var client = Client();
        var id = _world.Vast.AddMachine("x");
        _world.Wire.Fail("LabelInstance", WireFault.ResetAfter);
        await client.SetLabelAsync(id, "y", SilentHost.Instance, CancellationToken.None);
        Assert.Equal(2, _world.Wire.Count("LabelInstance"));
        _world.Wire.Fail("ListInstances", WireFault.BadGatewayBefore);
        await client.ListInstancesAsync(SilentHost.Instance, CancellationToken.None);
        Assert.Equal(2, _world.Wire.Count("ListInstances"));
    }

    [Theory]
    [InlineData(WireFault.ResetBefore)]
    [InlineData(WireFault.ResetAfter)]
    [InlineData(WireFault.TimeOutAfter)]
    [InlineData(WireFault.BadGatewayBefore)]
    [InlineData(WireFault.BadGatewayAfter)]
    [InlineData(WireFault.HtmlAfter)]
    [InlineData(WireFault.EmptyAfter)]
    [InlineData(WireFault.RefuseOther)]
    internal async Task A_create_call_is_sent_once_and_an_unclear_answer_is_told_as_such(WireFault fault)
    {
        using var client = Client();
        _world.Wire.Fail("CreateInstance", fault);
        var body = new JObject { ["image"] = "a:b", ["disk"] = 10, ["label"] = "spotcluster/-/a" };
        var result = await client.CreateAsync(_world.Vast.FreeOffers[0], body, () => { }, SilentHost.Instance, CancellationToken.None);
        Assert.Equal(VastCreateOutcome.Uncertain, result.Outcome);
        Assert.NotNull(result.Error);
        Assert.Equal(1, _world.Wire.Count("CreateInstance"));
    }

    [Fact]
    public async Task A_page_that_comes_again_and_rows_without_ids_are_not_taken_for_the_whole()
    {
        using var same = Client(new AlwaysAnswers(200, """{"instances":[{"id":1}],"next_token":"1"}"""));
        var (rows, incomplete) = await same.ListInstancesAsync(SilentHost.Instance, CancellationToken.None);
        Assert.Single(rows);
        Assert.Equal(SpotErrorIds.ResponseInvalid, incomplete?.ErrorId);
        using var nameless = Client(new AlwaysAnswers(200, """{"instances":[{"label":"x"}],"next_token":null}"""));
        Assert.Equal(SpotErrorIds.ResponseInvalid, (await Assert.ThrowsAsync<SpotException>(() => nameless.ListInstancesAsync(SilentHost.Instance, CancellationToken.None))).ErrorId);
        using var nothing = Client(new AlwaysAnswers(200, """{"success":true}"""));
        Assert.Equal(SpotErrorIds.ResponseInvalid, (await Assert.ThrowsAsync<SpotException>(() => nothing.ListInstancesAsync(SilentHost.Instance, CancellationToken.None))).ErrorId);
    }

    [Fact]
    public async Task The_key_travels_in_the_header_only_and_bodies_are_plain_json()
    {
        var spy = new Spy(_world.Wire);
        const string Key = "k3y-that-must-not-leak";
        _world.Vast.AddKey(Key);
        var log = new Log();
        using var service = new VastService(new VastServiceOptions
        {
            Keys = new VastKeyStore(_ => null),
            JournalFolder = _world.Journal,
            Client = new VastClientOptions
            {
                BaseAddress = new Uri("https://console.vast.ai"),
                Key = () => new VastKey(Key, "test"),
                Transport = spy,
                Clock = _world.Clock,
                Observer = log,
            },
        });
        var rented = await service.RentAsync(_world.Request(), _world.Host, CancellationToken.None);
        await service.GetAccountAsync(_world.Host, CancellationToken.None);
        await service.StopAsync(new InstanceKey(rented.Id), _world.Host, CancellationToken.None);
        await service.RemoveInstancesAsync([new InstanceKey(rented.Id)], _ => { }, _world.Host, CancellationToken.None);

        Assert.True(spy.Requests.Count > 8);
        Assert.All(spy.Requests, request =>
        {
            Assert.DoesNotContain(Key, request.Address, StringComparison.Ordinal);
            Assert.DoesNotContain("api_key", request.Address, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("Bearer " + Key, request.Authorization);
            Assert.Equal(request.Method == "GET" ? null : "application/json", request.ContentType);
            Assert.DoesNotContain("//", request.Address.Substring("https://".Length), StringComparison.Ordinal);
        });
        var said = string.Join("\n", [.. _world.Host.Messages, .. _world.Host.Warnings, .. log.Lines]);
        Assert.DoesNotContain(Key, said, StringComparison.Ordinal);
        Assert.DoesNotContain("instance-secret", said, StringComparison.Ordinal);
        Assert.Contains("vast CreateInstance", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_sent()
    {
        using var client = new VastClient(new VastClientOptions
        {
            BaseAddress = new Uri("https://console.vast.ai"),
            Key = () => null,
            Transport = _world.Wire,
            Clock = _world.Clock,
        });
        var error = await Assert.ThrowsAsync<SpotException>(() => client.GetUserAsync(SilentHost.Instance, CancellationToken.None));
        Assert.Equal(SpotErrorIds.VastKeyMissing, error.ErrorId);
        Assert.Empty(_world.Wire.Calls);
    }

    [Fact]
    public async Task Wrong_keys_and_missing_rights_are_told_apart()
    {
        _world.Vast.AddKey("reader", "instance_read", "misc");
        _world.Vast.AddExpiredKey("stale");
        await Fails("nobody", SpotErrorIds.VastKeyInvalid);
        await Fails("stale", SpotErrorIds.VastSessionExpired);
        await Fails("reader", SpotErrorIds.PermissionMissing);

        async Task Fails(string key, string expected)
        {
            using var client = Client(_world.Wire, key);
            Assert.Equal(expected, (await Assert.ThrowsAsync<SpotException>(() => client.DestroyAsync(1, SilentHost.Instance, CancellationToken.None))).ErrorId);
        }
    }

    private VastClient Client(HttpMessageHandler? transport = null, string key = SimulatedVast.DefaultKey) => new(new VastClientOptions
    {
        BaseAddress = new Uri("https://console.vast.ai"),
        Key = () => new VastKey(key, "test"),
        Transport = transport ?? _world.Wire,
        Clock = _world.Clock,
    });

    private sealed class AlwaysAnswers(int status, string body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage((System.Net.HttpStatusCode)status) { Content = new StringContent(body) });
    }

    private sealed class Spy(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        public ConcurrentQueue<(string Method, string Address, string? Authorization, string? ContentType)> Requests { get; } = new();

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Enqueue((
                request.Method.Method, request.RequestUri!.AbsoluteUri, request.Headers.Authorization?.ToString(), request.Content?.Headers.ContentType?.ToString()));
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Log : ICallObserver
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void Sending(CallRecord call) => Lines.Enqueue($"{call.Service} {call.Operation} {call}");

        public void Answered(CallRecord call) => Lines.Enqueue($"{call.Service} {call.Operation} {call}");
    }
}
