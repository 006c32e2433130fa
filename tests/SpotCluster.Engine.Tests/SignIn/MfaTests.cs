using System.Runtime.InteropServices;
using SpotCluster.Cli.Hosting;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Aws.Credentials;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>Profiles whose role needs the code of a device: given, asked for, kept as the AWS CLI keeps it, and refused.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class MfaTests : IAsyncLifetime
{
    private const string Device = "arn:aws:iam::123456789012:mfa/me";
    private const string Admin = "arn:aws:iam::123456789012:role/Admin";
    private readonly EnvironmentGuard _environment = new();
    private readonly SimulatedCloud _cloud = new(new SimulatorOptions { Clock = TimeProvider.System });
    private SimulatorHost? _host;

    public async ValueTask InitializeAsync()
    {
        _host = await SimulatorHost.StartAsync(_cloud, 0, CancellationToken.None);
        EnvironmentGuard.Set("AWS_ENDPOINT_URL", _host.Address.AbsoluteUri);
        EnvironmentGuard.Set("AWS_REGION", "us-east-1");
        EnvironmentGuard.WriteCredentials("[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = HIDDEN\n");
        EnvironmentGuard.WriteConfig($"[profile dev]\nrole_arn = {Admin}\nsource_profile = base\nmfa_serial = {Device}\nduration_seconds = 900\nexternal_id = Grüße\n"
            + "[profile above]\nrole_arn = arn:aws:iam::123456789012:role/Above\nsource_profile = dev\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _host!.DisposeAsync();
        _cloud.Dispose();
        _environment.Dispose();
    }

    [Theory]
    [InlineData("dev")]
    [InlineData("above")]
    public async Task A_code_takes_the_role_and_serves_the_next_process_too(string profile)
    {
        using (var first = new SpotEngine(new EngineOptions { ProfileName = profile, MfaCode = "123456" }))
        {
            Assert.Null(first.MfaDevice);
            Assert.Contains(":assumed-role/", (await first.GetIdentityAsync(CancellationToken.None)).Arn, StringComparison.Ordinal);
            Assert.Null(first.MfaDevice);
        }

        var call = _cloud.Calls.Of("AssumeRole")[0];
        Assert.Equal((Device, "123456"), (call.Parameters["SerialNumber"], call.Parameters["TokenCode"]));
        using var second = new SpotEngine(new EngineOptions { ProfileName = profile });
        Assert.Null(second.MfaDevice);
        await second.GetIdentityAsync(CancellationToken.None);
        Assert.Single(_cloud.Calls.Of("AssumeRole"), call => call.Parameters.ContainsKey("SerialNumber"));
    }

    [Fact]
    public async Task Without_a_code_and_with_a_wrong_one_the_error_names_the_device_and_what_to_do()
    {
        foreach (var (code, reason) in new[] { (null, "is required"), ("000000", "was refused") })
        {
            using var engine = new SpotEngine(new EngineOptions { ProfileName = "dev", MfaCode = code });
            var error = await Assert.ThrowsAsync<SpotException>(() => engine.GetIdentityAsync(CancellationToken.None));
            Assert.Equal(SpotErrorIds.MfaCodeRequired, error.ErrorId);
            Assert.Contains(Device, error.Message, StringComparison.Ordinal);
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Equal(Device, engine.MfaDevice);
        }

        Assert.Equal(SpotErrorIds.ParameterInvalid, Assert.Throws<SpotException>(() => new SpotEngine(new EngineOptions { MfaCode = "12345x" })).ErrorId);
    }

    [Fact]
    public async Task A_terminal_is_asked_once_and_an_option_is_not_asked_for()
    {
        var asked = await RunAsync("identity --profile-name dev", new TestConsole { CanAsk = true, Answers = new(["123456"]) });
        Assert.True(asked.ExitCode == 0, asked.Error);
        Assert.Contains($"MFA code of {Device}:", asked.Error, StringComparison.Ordinal);

        var again = await RunAsync("identity --profile-name dev", new TestConsole { CanAsk = true });
        Assert.True(again.ExitCode == 0, again.Error);
        Assert.DoesNotContain("MFA code", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_an_error_and_not_a_wait()
    {
        var result = await RunAsync("identity --profile-name dev", new TestConsole { CanAsk = false });
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("--mfa-code", result.Error, StringComparison.Ordinal);

        var given = await RunAsync("identity --profile-name dev --mfa-code 123456", new TestConsole { CanAsk = false });
        Assert.True(given.ExitCode == 0, given.Error);
    }

    [Fact]
    public async Task A_home_folder_that_cannot_be_written_to_only_means_another_code()
    {
        // A file in the place of the folder: nothing can be written there, not even by root.
        Directory.CreateDirectory(ProfileFiles.Folder);
        await File.WriteAllTextAsync(Path.Combine(ProfileFiles.Folder, "cli"), "");
        for (var run = 0; run < 2; run++)
        {
            using var engine = new SpotEngine(new EngineOptions { ProfileName = "dev", MfaCode = "123456" });
            await engine.GetIdentityAsync(CancellationToken.None);
        }

        Assert.Equal(2, _cloud.Calls.Of("AssumeRole").Count);
    }

    /// <summary>The AWS CLI's own library says where it keeps the credentials of such a role.</summary>
    [Fact]
    public async Task The_file_is_that_of_the_AWS_CLI()
    {
        Assert.SkipUnless(Tool.IsOnPath("python3"), "python3 is not on PATH");
        var role = new RoleWanted { Arn = Admin, SessionName = "hop", ExternalId = "Grüße \"x\"", DurationSeconds = 900, MfaDevice = Device };
        const string Script = """
            try:
                from botocore.credentials import AssumeRoleCredentialFetcher
            except ImportError:
                raise SystemExit(3)
            import sys
            for name in ('hop', None):
                extra = {'ExternalId': 'Gr\u00fc\u00dfe "x"', 'DurationSeconds': 900, 'SerialNumber': sys.argv[2]}
                if name: extra['RoleSessionName'] = name
                print(AssumeRoleCredentialFetcher(None, None, sys.argv[1], extra_args=extra)._create_cache_key())
            """;
        var run = await Tool.RunAsync("python3", new Dictionary<string, string>(), "-c", Script, Admin, Device);
        Assert.SkipWhen(run.ExitCode == 3, "botocore is not installed");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal<IEnumerable<string?>>(
            run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            [Path.GetFileNameWithoutExtension(RoleCache.PathOf(role)), Path.GetFileNameWithoutExtension(RoleCache.PathOf(role with { SessionName = null }))]);
    }

    [Fact]
    public async Task What_is_kept_is_for_its_owner_only()
    {
        Assert.SkipWhen(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "Windows has no modes of files");
        using var engine = new SpotEngine(new EngineOptions { ProfileName = "dev", MfaCode = "123456" });
        await engine.GetIdentityAsync(CancellationToken.None);
        var file = Assert.Single(Directory.GetFiles(Path.Combine(ProfileFiles.Folder, "cli", "cache")));
#pragma warning disable CA1416 // Skipped on Windows.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
#pragma warning restore CA1416
    }

    private static Task<CliResult> RunAsync(string line, TestConsole console) => CliRunner.RunAsync(line, options => new EngineSession(options), console);
}
