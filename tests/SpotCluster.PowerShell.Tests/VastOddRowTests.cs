using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SpotCluster.PowerShell.Tests;

/// <summary>
/// What the cmdlets make of rows that a Vast.ai should not list (without an id, without values, of other types, twice), and of answers
/// that are late or compressed: scenarios that faults of the simulated service cannot bring about.
/// </summary>
[Collection(nameof(OfTheProcess))]
public sealed class VastOddRowTests : IDisposable
{
    private const string One = """{ "id": 1, "label": "spotcluster/demo/n1", "actual_status": "running", "intended_status": "running", "cur_state": "running", "dph_total": 0.31, "gpu_name": "RTX 4090", "num_gpus": 1 }""";
    private const string Two = """{ "id": 2, "label": "spotcluster/demo/n2", "actual_status": "running", "intended_status": "running", "cur_state": "running", "dph_total": 0.31 }""";

    private readonly HttpListener _listener = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-vast-rows-").FullName;
    private readonly List<string> _changes = [];
    private string _instances = "[]";
    private string _volumes = "[]";
    private string _token = "null";
    private string? _retryAfter;
    private string? _location;
    private bool _packsAlways;
    private int _calls;

    public VastOddRowTests()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        probe.Stop();
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _ = ServeAsync();
    }

    private string Address { get; }

    public void Dispose()
    {
        _listener.Close();
        foreach (var name in new[] { "VAST_URL", "VAST_API_KEY", "XDG_STATE_HOME" })
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Rows; the instances that are shown, with price; ids of the errors.</summary>
    public static TheoryData<string, string, string> Rows => new()
    {
        { $"[{One}, {Two}, {One}, {Two}]", "1=0.31 2=0.31", "" },
        { """[{ "id": 3, "label": "spotcluster/demo/n3" }]""", "3=", "" },
        { """[{ "id": 4, "label": "spotcluster/demo/n4", "dph_total": null, "gpu_name": null, "num_gpus": null, "actual_status": null, "ports": null, "start_date": null, "extra_env": null }]""", "4=", "" },
        { """[{ "id": "5", "label": "spotcluster/demo/n5", "dph_total": "0.31", "num_gpus": "1", "ssh_port": "12345", "start_date": "1790000000", "is_bid": false }]""", "5=0.31", "" },
        { """[{ "id": 6, "label": "spotcluster/demo/n6", "dph_total": {}, "gpu_name": 7, "num_gpus": "many", "ports": "22", "start_date": "yesterday", "extra_env": 7, "actual_status": [] }]""", "6=", "" },
        { """[{ "id": 7, "label": ["spotcluster/demo/n7"] }, { "id": 8, "label": 8 }, { "id": 9, "label": null }]""", "", "" },
        { $$"""[{{One}}, { "label": "spotcluster/demo/n2" }]""", "1=0.31", "ResponseInvalid" },
        { $$"""[{{One}}, { "id": {}, "label": "spotcluster/demo/n2" }]""", "1=0.31", "ResponseInvalid" },
        { $"[{One}, null]", "1=0.31", "ResponseInvalid" },
        { $"[{One}, \"spotcluster/demo/n2\"]", "1=0.31", "ResponseInvalid" },
        { """[{ "label": "spotcluster/demo/n2" }]""", "", "ResponseInvalid" },
        { """{ "1": {} }""", "", "ResponseInvalid" },
        { "null", "", "ResponseInvalid" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_odd_row_is_read_as_well_as_it_can_be_or_is_an_error_and_never_passed_over(string rows, string shown, string errors)
    {
        _instances = rows;
        using var session = Open();
        var listed = session.Run("Get-SpotInstance -Provider Vast | ForEach-Object { \"$($_.Id)=$($_.HourlyPrice)\" }");
        Assert.Equal(shown, string.Join(' ', listed.Texts));
        Assert.Equal(errors, string.Join(' ', listed.ErrorIds));
        var removed = session.Run("Invoke-SpotNuke -Provider Vast -Force -Timeout 5 -WhatIf; Get-SpotInstance -Provider Vast | Format-Table | Out-String; Get-SpotInstance -Provider Vast | Format-List | Out-String");
        Assert.DoesNotContain(removed.Errors, error => error.Exception is NullReferenceException or InvalidCastException or FormatException);
        Assert.Empty(_changes);
    }

    [Theory]
    [InlineData("""[{ "id": 11, "label": "a", "disk_space": 10 }, { "id": 11, "label": "a", "disk_space": 10 }]""", "11", "")]
    [InlineData("""[{ "id": 12 }, { "id": "13", "label": 5, "disk_space": "x", "start_date": {} }]""", "12 13", "")]
    [InlineData("""[{ "label": "a" }]""", "", "ResponseInvalid")]
    [InlineData("""[{ "id": 14 }, null]""", "", "ResponseInvalid")]
    public void A_volume_too(string rows, string shown, string errors)
    {
        _volumes = rows;
        using var session = Open();
        var listed = session.Run("Get-SpotResource -Provider Vast | ForEach-Object Id");
        Assert.Equal(shown, string.Join(' ', listed.Texts));
        Assert.Equal(errors, string.Join(' ', listed.ErrorIds.Distinct()));
    }

    /// <summary>How the first call is put off, and the token of the next page.</summary>
    [Theory]
    [InlineData("t429retry", "1", "null")]
    [InlineData("retrydate", "Wed, 21 Oct 2015 07:28:00 GMT", "null")]
    [InlineData("gzpolite, emptytoken", null, "\"\"")]
    [InlineData("gz", null, "null")]
    public void An_answer_that_is_put_off_or_compressed_is_read(string name, string? retryAfter, string token)
    {
        Assert.NotNull(name);
        (_instances, _retryAfter, _token, _packsAlways) = ($"[{One}, {Two}]", retryAfter, token, name == "gz");
        using var session = Open();
        Assert.Equal(["1", "2"], session.Must("Get-SpotInstance -Provider Vast | ForEach-Object Id").Select(item => item.ToString()));
        Assert.Equal(retryAfter is null ? 1 : 2, _calls);
    }

    [Fact]
    public void Retryhuge_a_wait_of_a_day_is_an_error()
    {
        (_instances, _retryAfter) = ($"[{One}]", "86400");
        using var session = Open();
        var listed = session.Run("Get-SpotInstance -Provider Vast");
        Assert.Equal(["RequestThrottled"], listed.ErrorIds);
        Assert.Empty(listed.Output);
        Assert.Equal(1, _calls);
    }

    [Theory]
    [InlineData("Get-SpotInstance -Provider Vast")]
    [InlineData("Invoke-SpotNuke -Provider Vast -Force -Timeout 5")]
    public void Redirect_a_key_is_not_sent_elsewhere(string script)
    {
        _location = "https://cloud.vast.ai/api/v1/instances/";
        using var session = Open();
        var outcome = session.Run(script);
        Assert.NotEmpty(outcome.Errors);
        Assert.All(outcome.Errors, error => Assert.NotEmpty(error.ErrorDetails.RecommendedAction));
        Assert.Contains(outcome.Errors, error => error.ToString().Contains("cloud.vast.ai", StringComparison.Ordinal));
        Assert.Empty(_changes);
    }

    [Theory]
    [InlineData("-Port 70000")]
    [InlineData("-Port 8080, -1")]
    [InlineData("-Registry registry.example.com")]
    public void What_is_not_valid_is_an_error_with_WhatIf_too(string parameters)
    {
        using var session = Open();
        Assert.Equal(["ParameterInvalid"], session.Run($"New-SpotInstance -OfferId 11 -Image a/b {parameters} -WhatIf").ErrorIds);
        Assert.Equal(0, _calls);
    }

    private ModuleSession Open()
    {
        var session = new ModuleSession();
        session.Must($"Stop-SpotSimulator; $env:VAST_URL = '{Address}'; $env:VAST_API_KEY = 'test-key'; $env:XDG_STATE_HOME = '{_folder}'");
        return session;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var path = context.Request.Url!.AbsolutePath.TrimEnd('/');
            if (context.Request.HttpMethod != "GET")
            {
                _changes.Add($"{context.Request.HttpMethod} {path}");
            }

            var body = path switch
            {
                "/api/v1/instances" => $$"""{ "success": true, "next_token": {{_token}}, "instances": {{_instances}} }""",
                "/api/v0/volumes" => $$"""{ "success": true, "volumes": {{_volumes}} }""",
                "/api/v0/users/current" => """{ "id": 77, "username": "u", "credit": 20.0 }""",
                "/api/v0/charges" => """{ "success": true, "next_token": null, "results": [] }""",
                _ => """{ "success": false, "error": "not_found", "msg": "no route" }""",
            };
            context.Response.StatusCode = body.Contains("not_found", StringComparison.Ordinal) ? 404 : 200;
            context.Response.ContentType = "application/json";
            if (path == "/api/v1/instances" && ++_calls == 1 && _retryAfter is { } wait)
            {
                (context.Response.StatusCode, context.Response.ContentType, body) = (429, "text/plain", "API requests too frequent");
                context.Response.AddHeader("Retry-After", wait);
            }

            if (_location is { } elsewhere)
            {
                context.Response.StatusCode = 301;
                context.Response.AddHeader("Location", elsewhere);
            }

            var bytes = Encoding.UTF8.GetBytes(body);
            if (_packsAlways || context.Request.Headers["Accept-Encoding"]?.Contains("gzip", StringComparison.Ordinal) == true)
            {
                using var packed = new MemoryStream();
                await using (var packing = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                {
                    await packing.WriteAsync(bytes);
                }

                bytes = packed.ToArray();
                context.Response.AddHeader("Content-Encoding", "gzip");
            }

            await context.Response.OutputStream.WriteAsync(bytes);
            context.Response.Close();
        }
    }
}
