using SpotCluster.Cli.Options;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("frobnicate", SpotErrorIds.ParameterInvalid)]
    [InlineData("create", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --bogus", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --name other", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo stray", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --count 0", SpotErrorIds.CountInvalid)]
    [InlineData("create --name demo --count -3", SpotErrorIds.CountInvalid)]
    [InlineData("create --name demo --count 1.5", SpotErrorIds.CountInvalid)]
    [InlineData("create --name demo --count many", SpotErrorIds.CountInvalid)]
    [InlineData("create --name demo --count 99999999999", SpotErrorIds.CountInvalid)]
    [InlineData("create --name demo --max-hourly-price abc", SpotErrorIds.PriceInvalid)]
    [InlineData("create --name demo --max-hourly-price -1", SpotErrorIds.PriceInvalid)]
    [InlineData("create --name demo --max-hourly-price 0", SpotErrorIds.PriceInvalid)]
    [InlineData("create --name demo --max-hourly-price 0,05", SpotErrorIds.PriceInvalid)]
    [InlineData("create --name demo --max-hourly-cost 1e3", SpotErrorIds.PriceInvalid)]
    [InlineData("create --name demo --expires-in soon", SpotErrorIds.ExpiryInvalid)]
    [InlineData("create --name demo --expires-in 0h", SpotErrorIds.ExpiryInvalid)]
    [InlineData("create --name demo --expires-in 8", SpotErrorIds.ExpiryInvalid)]
    [InlineData("create --name demo --architecture sparc", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --fallback pray", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --region us-east-1,,us-west-2", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --region ''", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --tag novalue", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --tag a=1 --tag a=2", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --endpoint-url localhost:5000", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --endpoint-url ftp://localhost", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --wait --timeout never", SpotErrorIds.ParameterInvalid)]
    [InlineData("create --name demo --timeout 5m", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy --instance-id i-0aaa --unprotect --force", SpotErrorIds.ParameterInvalid)]
    [InlineData("list --state sleeping", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy --name --force", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy --instance-id --force", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy --name demo --all", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy --name demo --instance-id i-0aaa", SpotErrorIds.ParameterInvalid)]
    [InlineData("destroy --name '' --force", SpotErrorIds.ClusterNameInvalid)]
    [InlineData("start", SpotErrorIds.ParameterInvalid)]
    [InlineData("stop --region us-east-1", SpotErrorIds.ParameterInvalid)]
    [InlineData("stop --instance-id --force", SpotErrorIds.ParameterInvalid)]
    [InlineData("stop --name ''", SpotErrorIds.ParameterInvalid)]
    [InlineData("stop --instance-id i-0aaa --state asleep", SpotErrorIds.ParameterInvalid)]
    [InlineData("start --name demo --timeout 5m", SpotErrorIds.ParameterInvalid)]
    [InlineData("start --name demo --on-insufficient-credit everything", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --label x", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo --bid 0.5 --winning-bid", SpotErrorIds.ParameterInvalid)]
    [InlineData("set --name demo --bid 0,5", SpotErrorIds.PriceInvalid)]
    [InlineData("wait", SpotErrorIds.ParameterInvalid)]
    [InlineData("wait --name demo --for godot", SpotErrorIds.ParameterInvalid)]
    [InlineData("wait --name demo --timeout 600", SpotErrorIds.ParameterInvalid)]
    [InlineData("run --name demo", SpotErrorIds.ParameterInvalid)]
    [InlineData("run uptime", SpotErrorIds.ParameterInvalid)]
    [InlineData("run --name demo --command uptime uptime", SpotErrorIds.ParameterInvalid)]
    [InlineData("run --name demo --throttle-limit 0 uptime", SpotErrorIds.ParameterInvalid)]
    [InlineData("run --name demo --timeout 0s uptime", SpotErrorIds.ParameterInvalid)]
    [InlineData("ssh", SpotErrorIds.ParameterInvalid)]
    [InlineData("rehearse --seed x", SpotErrorIds.ParameterInvalid)]
    [InlineData("simulator --port 70000", SpotErrorIds.ParameterInvalid)]
    [InlineData("simulator --latency fast", SpotErrorIds.ParameterInvalid)]
    [InlineData("simulator --faults /no/such/file", SpotErrorIds.ParameterInvalid)]
    public async Task Bad_usage_is_one_line_exit_code_2_and_valid_json_and_opens_no_cloud(string commandLine, string errorId)
    {
        var engine = new FakeEngine();

        var plain = await CliRunner.RunAsync(commandLine, engine);
        var json = await CliRunner.RunAsync(commandLine + " --json", engine);

        Assert.Equal(2, plain.ExitCode);
        Assert.Equal("", plain.Out);
        var line = Assert.Single(plain.ErrorLines);
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(errorId, line, StringComparison.Ordinal);
        Assert.Equal(2, json.ExitCode);
        Assert.Equal([errorId], json.ErrorIds);
        Assert.Equal(2, json.Json.GetProperty("exitCode").GetInt32());
        Assert.Empty(engine.Changes);
        Assert.Null(engine.Request);
    }

    [Fact]
    public async Task Every_command_has_help_that_names_all_of_its_options()
    {
        foreach (var command in new[] { "create", "list", "status", "start", "stop", "set", "wait", "ssh", "run", "destroy", "identity", "simulator", "rehearse" })
        {
            var help = await CliRunner.RunAsync($"{command} --help", new FakeEngine());

            Assert.Equal(0, help.ExitCode);
            Assert.Contains("--json", help.Out, StringComparison.Ordinal);
            Assert.Equal("", help.Error);
        }
    }

    [Fact]
    public async Task Options_reach_the_request_as_they_were_meant()
    {
        var engine = new FakeEngine();

        var result = await CliRunner.RunAsync(
            "create --name demo --region us-east-1,us-west-2 --region eu-central-1 --count 7 --instance-type t3.micro,t3a.micro --architecture amd64 "
            + "--image ami-1 --max-hourly-price 0.05 --max-hourly-cost 1 --expires-in 1h30m --fallback on-demand --use-default-vpc "
            + "--public-key-path key.pub --tag owner=ops --tag note=a=b --profile-name prod --endpoint-url http://localhost:1 --configuration-path x.yaml",
            engine);

        Assert.Equal(0, result.ExitCode);
        var request = engine.Request!;
        Assert.Equal(["us-east-1", "us-west-2", "eu-central-1"], request.Regions);
        Assert.Equal(7, request.Count);
        Assert.Equal(["t3.micro", "t3a.micro"], request.InstanceTypes);
        Assert.Equal(SpotArchitecture.X64, request.Architecture);
        Assert.Equal("ami-1", request.Image);
        Assert.Equal(0.05m, request.MaxHourlyPrice);
        Assert.Equal(1m, request.MaxHourlyCost);
        Assert.Equal(TimeSpan.FromMinutes(90), request.ExpiresIn);
        Assert.Equal(SpotFallback.OnDemand, request.Fallback);
        Assert.True(request.UseDefaultVpc);
        Assert.Equal("key.pub", request.PublicKeyPath);
        Assert.Equal("ops", request.Tags["owner"]);
        Assert.Equal("a=b", request.Tags["note"]);
        Assert.Equal("prod", engine.Options!.ProfileName);
        Assert.Equal(new Uri("http://localhost:1"), engine.Options.EndpointUrl);
        Assert.Equal("x.yaml", engine.Options.ConfigurationPath);
    }

    [Fact]
    public async Task An_argument_that_starts_with_an_at_sign_is_not_read_as_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "destroy --all --force");
            var engine = new FakeEngine();

            var result = await CliRunner.RunAsync("@" + file, engine);

            Assert.Equal(2, result.ExitCode);
            Assert.Empty(engine.Changes);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("8h", 8 * 3600)]
    [InlineData("90m", 5400)]
    [InlineData("2d", 172800)]
    [InlineData("45s", 45)]
    [InlineData("1h30m", 5400)]
    [InlineData("1.5h", 5400)]
    [InlineData("100ms", 0.1)]
    [InlineData("01:30:00", 5400)]
    [InlineData("1.00:00:00", 86400)]
    public void Durations_are_read_as_people_write_them(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8")]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("30m1h")]
    [InlineData("8 h")]
    [InlineData("-01:00:00")]
    [InlineData("99999999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));
}
