using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>The AWS files in every form in which people have them, read as the AWS CLI reads them.</summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class ProfileFileTests : IDisposable
{
    private const string Keys = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRETSECRET\n";
    private readonly EnvironmentGuard _environment = new();

    public void Dispose() => _environment.Dispose();

    /// <summary>Name, config file, credentials file, profile, and whether the AWS CLI refuses the files.</summary>
    private static readonly (string Name, string Config, string Credentials, string Profile, bool IsRefused)[] Forms =
    [
        ("plain", "[profile dev]\nregion = eu-west-1\n", "[dev]\n" + Keys, "dev", false),
        ("no equals sign", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key SECRETSECRET\n", "dev", true),
        ("stray line in another profile", "", "[dev]\n" + Keys + "[other]\nSECRETSECRET\n", "dev", true),
        ("comment behind a section", "", "[default] # mine\n" + Keys, "default", false),
        ("quoted session with a blank", "[sso-session 'FOO BAR']\nsso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n[profile dev]\nsso_session = FOO BAR\nsso_account_id = 123456789012\nsso_role_name = r\n", "", "dev", false),
        ("quoted profile", "[profile \"my dev\"]\nendpoint_url = http://127.0.0.1:4566\nregion = eu-west-1\n" + Keys, "", "my dev", false),
        ("section twice", "[profile dev]\n" + Keys + "[profile dev]\nendpoint_url = http://127.0.0.1:4566\n", "", "dev", true),
        ("section twice in credentials", "", "[dev]\n" + Keys + "[dev]\naws_session_token = t\n", "dev", true),
        ("setting twice", "", "[dev]\n" + Keys + "aws_secret_access_key = OTHER\n", "dev", true),
        ("indented", "", "[dev]\n  aws_access_key_id = AKIAEXAMPLE\n\taws_secret_access_key = SECRETSECRET\n", "dev", false),
        ("indented deeper and deeper", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\n    aws_secret_access_key = SECRETSECRET\n", "dev", false),
        ("indented section", "", "  [dev]\n  aws_access_key_id = AKIAEXAMPLE\n  aws_secret_access_key = SECRETSECRET\n", "dev", false),
        ("login", "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/me\nregion = us-east-1\n", "", "dev", false),
        ("mfa", "[profile base]\n" + Keys + "[profile dev]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n", "", "dev", false),
        ("colons", "", "[dev]\naws_access_key_id: AKIAEXAMPLE\naws_secret_access_key: SECRETSECRET\n", "dev", false),
        ("capitals", "", "[dev]\nAWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=SECRETSECRET\n", "dev", false),
        ("no blanks", "", "[dev]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key=SECRETSECRET", "dev", false),
        ("comment behind a value", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRETSECRET # mine\n", "dev", false),
        ("comment lines", "# top\n; top\n[profile dev]\n# inside\n  ; inside\nregion = eu-west-1\n", "[dev]\n" + Keys, "dev", false),
        ("windows line ends", "", "[dev]\r\naws_access_key_id = AKIAEXAMPLE\r\naws_secret_access_key = SECRETSECRET\r\n", "dev", false),
        ("old line ends", "", "[dev]\raws_access_key_id = AKIAEXAMPLE\raws_secret_access_key = SECRETSECRET\r", "dev", false),
        ("byte order mark", "", "\uFEFF[dev]\n" + Keys, "dev", true),
        ("not utf-8", "", "[dev]\n" + Keys + "# \u00FF\n", "dev", true),
        ("tabs", "", "[dev]\naws_access_key_id\t=\tAKIAEXAMPLE\naws_secret_access_key\t=\tSECRETSECRET\t\n", "dev", false),
        ("empty value", "[profile dev]\nregion =\noutput = json\n", "[dev]\n" + Keys, "dev", false),
        ("equals in a value", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRET=SECRET==\n", "dev", false),
        ("hash in a value", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRET#SECRET;1\n", "dev", false),
        ("percent in a value", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRET%(x)s%%\n", "dev", false),
        ("blank lines", "", "\n\n[dev]\n\naws_access_key_id = AKIAEXAMPLE\n\n\naws_secret_access_key = SECRETSECRET\n\n", "dev", false),
        ("no section", "", Keys, "default", true),
        ("profile word in credentials", "", "[profile dev]\n" + Keys, "profile dev", false),
        ("no profile word in config", "[dev]\nregion = eu-west-1\n[profile dev]\noutput = json\n", "[dev]\n" + Keys, "dev", false),
        ("default with the word profile", "[profile default]\nregion = eu-west-1\n" + Keys, "", "default", false),
        ("default with and without the word profile", "[default]\nregion = us-west-2\n[profile default]\noutput = json\n", "[default]\n" + Keys, "default", false),
        ("same profile named in two ways", "[profile dev]\nregion = us-west-2\n[profile \"dev\"]\noutput = json\n", "[dev]\n" + Keys, "dev", false),
        ("table", "[profile dev]\ns3 =\n  max_concurrent_requests = 20\n  addressing_style = path\nregion = eu-west-1\n", "[dev]\n" + Keys, "dev", false),
        ("table with an empty line", "[profile dev]\ns3 =\n  max_concurrent_requests = 20\n\n  addressing_style = path\n\nregion = eu-west-1\n", "[dev]\n" + Keys, "dev", false),
        ("endpoint of a service", "[services local]\nec2 =\n  endpoint_url = http://127.0.0.1:4567\n[profile dev]\nservices = local\nendpoint_url = http://127.0.0.1:4566\n", "[dev]\n" + Keys, "dev", false),
        ("endpoint of another service", "[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:4567\n[profile dev]\nservices = local\nendpoint_url = http://127.0.0.1:4566\n", "[dev]\n" + Keys, "dev", false),
        ("services that are not there", "[profile dev]\nservices = local\nendpoint_url = http://127.0.0.1:4566\n", "[dev]\n" + Keys, "dev", false),
        ("endpoint in credentials", "", "[dev]\nendpoint_url = http://127.0.0.1:4566\n" + Keys, "dev", false),
        ("configured endpoints ignored", "[profile dev]\nignore_configured_endpoint_urls = true\nendpoint_url = http://127.0.0.1:4566\n", "[dev]\n" + Keys, "dev", false),
        ("quoted value", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = \"SECRETSECRET\"\n", "dev", false),
        ("value that goes on", "", "[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = SECRET\n  SECRET\n", "dev", false),
        ("open quote in a name", "[profile \"dev]\nregion = eu-west-1\n", "[dev]\n" + Keys, "dev", false),
        ("escaped quote in a name", "[profile \"my \\\"dev\\\"\"]\nregion = eu-west-1\n" + Keys, "", "my \"dev\"", false),
        ("blanks in brackets", "", "[ dev ]\n" + Keys, " dev ", false),
        ("two blanks", "[profile  dev]\nregion = eu-west-1\n" + Keys, "", "dev", false),
        ("tab in a name", "[profile\tdev]\nregion = eu-west-1\n" + Keys, "", "dev", false),
        ("bracket in a name", "", "[dev]x]\n" + Keys, "dev]x", false),
        ("unicode", "[profile größe]\nregion = eu-west-1\n" + Keys, "", "größe", false),
        ("section without its end", "", "[dev\n" + Keys, "dev", true),
        ("pasted shell lines", "", "[dev]\nexport AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=SECRETSECRET\n", "dev", false),
        ("old name of the token", "", "[dev]\n" + Keys + "aws_security_token = TOKENTOKEN\n", "dev", false),
        ("credentials win", "[profile dev]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = OTHER\nregion = eu-west-1\n", "[dev]\n" + Keys, "dev", false),
    ];

    public static TheoryData<string> Names => [.. Forms.Select(form => form.Name)];

    [Fact]
    public void There_are_at_least_forty_forms() => Assert.True(Forms.Length >= 40);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_form_is_read_or_refused_without_its_text(string name)
    {
        var form = Write(name);
        if (!form.IsRefused)
        {
            Assert.NotNull(ProfileFiles.Read());
            return;
        }

        var error = Assert.Throws<SpotException>(ProfileFiles.Read);
        Assert.Equal(SpotErrorIds.LocalFileFailed, error.ErrorId);
        Assert.NotNull(error.RecommendedAction);
        Assert.DoesNotContain("SECRET", $"{error} {error.RecommendedAction} {error.Target}", StringComparison.Ordinal);
    }

    [Fact]
    public void Each_line_of_a_secret_that_goes_on_is_hidden()
    {
        EnvironmentGuard.WriteCredentials("[dev]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = first-of-two\n  second-of-two\n");
        Assert.NotNull(ProfileFiles.Read());
        Assert.Equal("*** ***", SecretText.Redact("first-of-two second-of-two"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task No_form_stops_the_simulator(string name)
    {
        Write(name);
        EnvironmentGuard.Set("AWS_PROFILE", "nobody");
        using var cloud = new SimulatedCloud(new SimulatorOptions());
        using var session = new AwsSession(new EngineOptions { Transport = cloud.CreateHandler(), Clock = cloud.Clock });
        Assert.Equal("simulator", (await session.GetIdentityAsync(CancellationToken.None)).Source);
        Assert.NotEmpty(await session.GetEnabledRegionsAsync(CancellationToken.None));
    }

    /// <summary>
    /// In processes of their own: what the SDK reads, it reads once per process, so one form that it accepts hides all the others.
    /// </summary>
    [Fact]
    public async Task The_sdk_reads_no_form_and_no_output_shows_a_secret()
    {
        var homes = Directory.CreateDirectory(Path.Combine(EnvironmentGuard.Home, "forms"));
        var found = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Forms, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (form, _) =>
        {
            var folder = homes.CreateSubdirectory(form.Name).CreateSubdirectory(".aws").FullName;
            await File.WriteAllBytesAsync(Path.Combine(folder, "config"), Bytes(form.Name, form.Config), CancellationToken.None);
            await File.WriteAllBytesAsync(Path.Combine(folder, "credentials"), Bytes(form.Name, form.Credentials), CancellationToken.None);
            var environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOME"] = Path.GetDirectoryName(folder)!,
                ["USERPROFILE"] = Path.GetDirectoryName(folder)!,
                ["AWS_PROFILE"] = form.Profile,
                ["AWS_ENDPOINT_URL"] = $"http://127.0.0.1:{Tool.FreePort()}",
                ["AWS_EC2_METADATA_DISABLED"] = "true",
            };
            var run = await Tool.SpotClusterAsync(environment, "identity", "--verbose");
            var text = run.ToString().Replace("AWS_SECRET_ACCESS_KEY", "", StringComparison.Ordinal);
            string[] forbidden = ["type initializer", "UnexpectedFailure", "in file ", "SECRET", "TOKENTOKEN"];
            if (run.ExitCode == 0 || Array.Exists(forbidden, word => text.Contains(word, StringComparison.Ordinal)))
            {
                found.Add($"{form.Name}: {run}");
            }
        });
        homes.Delete(recursive: true);
        Assert.Empty(found);
    }

    [Fact]
    public async Task The_aws_cli_reads_the_same()
    {
        Assert.SkipUnless(Tool.IsOnPath("python3") && Tool.IsOnPath("aws"), "the AWS CLI is not on PATH");
        var input = JsonSerializer.Serialize(Forms.Select(form => new { config = Bytes(form.Name, form.Config), credentials = Bytes(form.Name, form.Credentials), profile = form.Profile }));
        var script = Path.Combine(AppContext.BaseDirectory, "SignIn", "aws_cli_files.py");
        var run = await Tool.RunWithInputAsync("python3", input, new Dictionary<string, string>(StringComparer.Ordinal) { ["AWS_EC2_METADATA_DISABLED"] = "true" }, script, EnvironmentGuard.Home);
        Assert.SkipWhen(run.Error.Contains("No module named", StringComparison.Ordinal), "the AWS CLI is not a package of this python3");
        Assert.True(run.ExitCode == 0, run.ToString());
        var answers = JsonDocument.Parse(run.Out).RootElement.EnumerateArray().ToList();
        Assert.Equal(Forms.Length, answers.Count);
        var compared = 0;
        foreach (var (form, answer) in Forms.Zip(answers))
        {
            Write(form.Name);
            Assert.True(answer.GetProperty("refused").GetBoolean() == form.IsRefused, $"{form.Name}: {answer}");
            if (form.IsRefused)
            {
                continue;
            }

            var files = ProfileFiles.Read();
            Assert.Equal(Maps(answer.GetProperty("profiles")), files.Names.ToDictionary(name => name, name => Map(files.Find(name)!)));
            Assert.Equal(Maps(answer.GetProperty("sessions")), Maps(answer.GetProperty("sessions")).Keys.ToDictionary(name => name, name => Map(files.FindSsoSession(name)!)));
            var isIgnored = files.Find(form.Profile)?["ignore_configured_endpoint_urls"] is "true";
            if (answer.TryGetProperty("failure", out var failure))
            {
                Assert.Equal("InvalidConfigError", failure.GetString());
                Assert.Throws<SpotException>(() => files.FindEndpoint(form.Profile, "EC2"));
                continue;
            }

            Assert.Equal(
                (form.Name, answer.GetProperty("endpoint").GetString()),
                (form.Name, (isIgnored ? null : files.FindEndpoint(form.Profile, "EC2")) ?? "https://ec2.us-east-1.amazonaws.com"));
            var section = files.Find(form.Profile)!;
            if (answer.GetProperty("keys") is { ValueKind: JsonValueKind.Object } keys)
            {
                Assert.Equal(keys.GetProperty("AccessKeyId").GetString(), section["aws_access_key_id"]);
                Assert.Equal(keys.GetProperty("SecretAccessKey").GetString(), section["aws_secret_access_key"]);
                Assert.Equal(keys.GetProperty("Token").GetString(), section["aws_security_token"] ?? section["aws_session_token"]);
                compared++;
            }
        }

        Assert.True(compared >= 25, $"{compared}");
    }

    // As one line of text per profile, so that a difference is seen.
    private static string Map(ProfileSection section) => string.Join(
        " | ", section.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Text(AwsIniFile.Table(pair.Value), pair.Value)}"));

    private static Dictionary<string, string> Maps(JsonElement sections) => sections.EnumerateObject().ToDictionary(
        section => section.Name,
        section => string.Join(" | ", section.Value.EnumerateObject().OrderBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => $"{pair.Name}=" + (
            pair.Value.ValueKind is JsonValueKind.Object
                ? Text(pair.Value.EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString()!), "")
                : pair.Value.GetString()))));

    private static string Text(IReadOnlyDictionary<string, string>? table, string text) => table is null
        ? text
        : "{" + string.Join(", ", table.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")) + "}";

    private static byte[] Bytes(string name, string text) => (name == "not utf-8" ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text);

    private static (string Name, string Config, string Credentials, string Profile, bool IsRefused) Write(string name)
    {
        var form = Forms.Single(form => form.Name == name);
        File.WriteAllBytes(Path.Combine(EnvironmentGuard.Home, "config"), Bytes(name, form.Config));
        File.WriteAllBytes(Path.Combine(EnvironmentGuard.Home, "credentials"), Bytes(name, form.Credentials));
        return form;
    }
}
