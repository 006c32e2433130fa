using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>The file is read strictly: what is right is taken as it is, what is wrong is told with its place.</summary>
public sealed class ReaderTests : IDisposable
{
    private const string Full = """
        # every key
        filterTagName: team
        filterTagValue: "blue: 1"
        creator: ops
        resourcePrefix: ops-
        vpcName: ops-vpc
        regions: [us-east-1, eu-*]
        instanceTypes:
          - t3.medium
          - m5.large
        instanceRequirements: [vcpu=4-8, memory=16-]
        architecture: x86_64
        image: ami-0123456789abcdef0
        maxHourlyPrice: 0.05
        maxHourlyCost: 1.5
        expiresIn: 1h30m
        publicKeyPath: keys/id.pub
        privateKeyPath: keys/id
        sshCidrs: [203.0.113.0/24, 198.51.100.7/32]
        userName: worker
        orchestrators: [nats://a.example:4222, b.example]
        orchestratorUrl: https://a.example:1234
        orchestratorTokenPath: token
        orchestratorTokenSource: resolve:ssm:/a/token
        instanceProfile: node
        orchestratorKeyPath: key
        orchestratorCaPath: ca.pem
        bacalhauVersion: 1.8.0
        networkedJobs: accept
        nodeLabels: { team: blue }
        nodeFiles: { /opt/a.txt: files/a.txt }
        nodeScriptPath: node.sh
        tags: { stage: test, cost-centre: "007" }
        allowedAccounts: [012345678901]
        callTimeout: 30s
        onInsufficientCredit: stop-mine
        """;

    private const string Marks = ":-[]{}&*!|>'\"%@`\n\t #,?abc\0é";

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_key_of_the_table_is_read()
    {
        var configuration = _folder.Read(Full).Require();

        var settings = configuration.Settings;
        Assert.Equal(("team", "blue: 1", "ops", "ops-", "ops-vpc"),
            (settings.FilterTagName, settings.FilterTagValue, settings.Creator, settings.ResourcePrefix, settings.VpcName));
        Assert.Equal(["us-east-1", "eu-*"], settings.Regions);
        Assert.Equal(["t3.medium", "m5.large"], settings.InstanceTypes);
        Assert.Equal(["vcpu=4-8", "memory=16-"], settings.InstanceRequirements);
        Assert.Equal(SpotArchitecture.X64, settings.Architecture);
        Assert.Equal("ami-0123456789abcdef0", settings.Image);
        Assert.Equal((0.05m, 1.5m), (settings.MaxHourlyPrice, settings.MaxHourlyCost));
        Assert.Equal(TimeSpan.FromMinutes(90), settings.ExpiresIn);
        Assert.Equal(Path.Combine(_folder.Path, "keys", "id.pub"), settings.PublicKeyPath);
        Assert.Equal(Path.Combine(_folder.Path, "keys", "id"), settings.PrivateKeyPath);
        Assert.Equal(("worker", "https://a.example:1234", "1.8.0"), (settings.UserName, settings.OrchestratorUrl, settings.BacalhauVersion));
        Assert.Equal(["nats://a.example:4222", "b.example"], settings.Orchestrators);
        Assert.Equal(
            (Path.Combine(_folder.Path, "token"), Path.Combine(_folder.Path, "key"), Path.Combine(_folder.Path, "ca.pem"), Path.Combine(_folder.Path, "node.sh")),
            (settings.OrchestratorTokenPath, settings.OrchestratorKeyPath, settings.OrchestratorCaPath, settings.NodeScriptPath));
        Assert.Equal(["203.0.113.0/24", "198.51.100.7/32"], settings.SshCidrs);
        Assert.Equal(("resolve:ssm:/a/token", "node"), (settings.OrchestratorTokenSource, settings.InstanceProfile));
        Assert.Equal("accept", settings.NetworkedJobs);
        Assert.Equal("blue", settings.NodeLabels["team"]);
        Assert.Equal(Path.Combine(_folder.Path, "files", "a.txt"), settings.NodeFiles["/opt/a.txt"]);
        Assert.Equal("007", settings.Tags["cost-centre"]);
        Assert.Equal(["012345678901"], settings.AllowedAccounts);
        Assert.Equal(SpotCreditPolicy.StopMine, settings.OnInsufficientCredit);
        Assert.All(configuration.Values, value => Assert.Equal(SpotSettingSource.File, value.Source));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("---\n")]
    public void A_file_without_settings_leaves_the_defaults(string text)
    {
        var configuration = _folder.Read(text).Require();
        Assert.All(configuration.Values, value => Assert.Equal(SpotSettingSource.Default, value.Source));
        Assert.Equal("bacalhau-cluster", configuration.Settings.FilterTagName);
    }

    [Theory]
    [InlineData("region: [us-east-1]", 1, 1, "regions")]
    [InlineData("creator: ops\nfilter_tag_name: team", 2, 1, "filterTagName")]
    [InlineData("MaxHourlyPrice: 1", 1, 1, "maxHourlyPrice")]
    [InlineData("alowedAcounts: ['123456789012']", 1, 1, "allowedAccounts")]
    [InlineData("regions: us-east-1", 1, 10, "must be a list")]
    [InlineData("creator: [a, b]", 1, 10, "must be one value")]
    [InlineData("tags: [a]", 1, 7, "must be a table")]
    [InlineData("creator:", 1, 9, "no value")]
    [InlineData("maxHourlyPrice: 0,05", 1, 17, "with a decimal point")]
    [InlineData("maxHourlyPrice: -1", 1, 17, "above zero")]
    [InlineData("expiresIn: 8", 1, 12, "8h")]
    [InlineData("expiresIn: 400d", 1, 12, "366 days")]
    [InlineData("architecture: sparc", 1, 15, "arm64")]
    [InlineData("regions:\n  - us-east-1\n  - US East", 3, 5, "us-east-1")]
    [InlineData("regions: [us-east-1, us-east-1]", 1, 22, "twice")]
    [InlineData("instanceTypes: [medium]", 1, 17, "t3.medium")]
    [InlineData("instanceRequirements: [vcpu=8-4]", 1, 24, "vcpu=4-16")]
    [InlineData("image: ubuntu", 1, 8, "ami-")]
    [InlineData("allowedAccounts: [12345]", 1, 19, "12 digits")]
    [InlineData("onInsufficientCredit: destroy", 1, 23, "destroy-mine")]
    [InlineData("sshCidrs: [203.0.113.7]", 1, 12, "203.0.113.7/32")]
    [InlineData("sshCidrs: [203.0.113.7/24]", 1, 12, "203.0.113.0")]
    [InlineData("sshCidrs: [10.1/16]", 1, 12, "203.0.113.0/24")]
    [InlineData("sshCidrs: [10.0.0.0/33]", 1, 12, "203.0.113.0/24")]
    [InlineData("filterTagName: aws:team", 1, 16, "reserved by AWS")]
    [InlineData("filterTagName: spotcluster:cluster", 1, 16, "reserved by SpotCluster")]
    [InlineData("resourcePrefix: sg-mine", 1, 17, "sg-")]
    [InlineData("tags: { Name: x }", 1, 9, "reserved by SpotCluster")]
    [InlineData("creator: a\ncreator: b", 2, 1, "line 1")]
    [InlineData("just a text", 1, 1, "table of settings")]
    [InlineData("creator: a\n\tvpcName: b", 2, 1, "tab")]
    [InlineData("creator: 'open", 1, 10, "parse YAML")]
    [InlineData("a: &x [1]\nb: *x", 1, 4, "anchors")]
    [InlineData("creator: !!binary aGk=", 1, 10, "types")]
    [InlineData("creator: a\n---\ncreator: b", 2, 1, "second document")]
    [InlineData("? [a]\n: b", 1, 3, "must be a text")]
    public void What_is_wrong_is_told_with_its_place_and_what_is_right(string text, int line, int column, string expected)
    {
        var configuration = _folder.Read(text);

        var finding = Assert.Single(configuration.Errors);
        Assert.Equal((line, column), (finding.Line, finding.Column));
        Assert.StartsWith($"{_folder.File}:{line}:{column}: ", finding.ToString(), StringComparison.Ordinal);
        Assert.Contains(expected, finding.Message, StringComparison.OrdinalIgnoreCase);
        var error = Assert.Throws<SpotException>(configuration.Require);
        Assert.Equal(SpotErrorIds.ConfigurationInvalid, error.ErrorId);
        Assert.Equal(SpotErrorCategory.InvalidData, error.Category);
    }

    [Fact]
    public void Several_findings_are_told_together()
    {
        var configuration = _folder.Read("region: [a]\nmaxHourlyPrice: x\ncreator: ops\nexpiresIn: soon\n");

        Assert.Equal([1, 2, 4], configuration.Errors.Select(finding => finding.Line));
        var message = Assert.Throws<SpotException>(configuration.Require).Message;
        Assert.All(configuration.Errors, finding => Assert.Contains(finding.Place, message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_filter_tag_cannot_be_among_the_tags()
    {
        var configuration = _folder.Read("filterTagName: team\ntags: { team: blue }\n");
        Assert.Equal("tags", Assert.Single(configuration.Errors).Key);
    }

    [Fact]
    public void A_named_file_must_be_there()
    {
        var configuration = SpotConfiguration.Read(new ConfigurationPlace(Path.Combine(_folder.Path, "none.yaml"), true), _ => null);
        var error = Assert.Throws<SpotException>(configuration.Require);
        Assert.Equal(SpotErrorIds.ConfigurationNotFound, error.ErrorId);
        Assert.Contains("none.yaml", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_line()
    {
        var configuration = _folder.Read([.. "creator: a\nvpcName: "u8, 0xE9, (byte)'\n']);
        var finding = Assert.Single(configuration.Errors);
        Assert.Equal(2, finding.Line);
        Assert.Contains("UTF-8", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_does_no_harm() =>
        Assert.Equal("ops", _folder.Read([0xEF, 0xBB, 0xBF, .. "creator: ops"u8]).Require().Settings.Creator);

    // Each of these takes memory or time without end from a reader that builds first and judges later.
    [Fact]
    public void Hostile_files_end_at_the_first_thing_that_is_wrong()
    {
        var bomb = string.Concat(Enumerable.Range(0, 30).Select(level => $"a{level}: &a{level} [{string.Join(",", Enumerable.Repeat($"*a{level - 1}", 9))}]\n"));
        string[] texts =
        [
            bomb,
            new('[', 500_000),
            string.Concat(Enumerable.Repeat("{a: ", 100_000)),
            string.Concat(Enumerable.Repeat("- ", 200_000)),
            string.Concat(Enumerable.Range(0, 60_000).Select(number => $"key{number}: 1\n")),
            "regions: [" + string.Join(",", Enumerable.Range(0, 100_000)) + "]",
            "creator: " + new string('x', 2 * 1024 * 1024),
            "\"" + new string('\\', 300_000),
        ];
        Assert.All(texts, text => Assert.InRange(_folder.Read(text).Errors.Count, 1, 60));
    }

    [Fact]
    public void Whatever_the_bytes_are_it_ends_in_settings_or_findings()
    {
        var random = new Random(7);
        for (var round = 0; round < 1000; round++)
        {
            var text = Full.ToCharArray();
            for (var change = 0; change < 5; change++)
            {
                text[random.Next(text.Length)] = Marks[random.Next(Marks.Length)];
            }

            var configuration = _folder.Read(new string(text));
            Assert.All(configuration.Errors, finding => Assert.NotEqual("", finding.Message));
        }
    }
}
