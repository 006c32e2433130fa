using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>The three layouts that came before are read; what has no counterpart is told, and no secret with it.</summary>
public sealed class LegacyTests : IDisposable
{
    private const string Flat = """
        max_instances: 12
        username: bacalhau-runner
        public_ssh_key_path: /keys/id.pub
        private_ssh_key_path: /keys/id
        orchestrators:
          - nats://10.0.0.1:4222
        token: verysecret
        tls: true
        regions:
          - us-west-2:
              image: auto
              machine_type: t3.medium
              node_count: auto
          - eu-west-1:
              image: auto
              machine_type: m5.large
              node_count: 3
        """;

    private const string Nested = """
        aws:
          total_instances: 3
          username: ubuntu
          public_ssh_key_path: id.pub
          private_ssh_key_path: id
          timeouts:
            ssh: 300
        bacalhau:
          orchestrators: [nats://10.0.0.1:4222]
          token: verysecret
          tls: false
        regions:
          - us-east-1:
              machine_type: t4g.medium
              ami_id: ami-0aaa
              architecture: arm64
        """;

    private const string Amauo = """
        aws:
          total_instances: 3
          username: ubuntu
          files_directory: instance-files
          instance_storage_gb: 50
          use_dedicated_vpc: true
          spot_price_limit: 0.10
          vpc_tag_name: amauo-vpc
          tags:
            Environment: dev
        regions:
          - us-west-2:
              machine_type: t3.medium
              image: auto
          - ap-south-1:
              machine_type: t3.medium
              image: auto
        """;

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_flat_layout()
    {
        var configuration = _folder.Read(Flat).Require();
        Assert.Equal(ConfigurationLayout.Flat, configuration.Layout);
        Assert.Equal(["us-west-2", "eu-west-1"], configuration.Settings.Regions);
        Assert.Equal(["t3.medium", "m5.large"], configuration.Settings.InstanceTypes);
        Assert.Equal(Path.GetFullPath("/keys/id.pub"), configuration.Settings.PublicKeyPath);
        Assert.Equal(Path.GetFullPath("/keys/id"), configuration.Settings.PrivateKeyPath);
        Assert.Equal("bacalhau-runner", configuration.Settings.UserName);
        Assert.Equal(["tls://10.0.0.1:4222"], configuration.Settings.Orchestrators);
        Assert.Null(configuration.Settings.Image);
        AssertLost(
            configuration,
            "max_instances", "token", "regions.eu-west-1.node_count", "machine_type");
    }

    [Fact]
    public void The_nested_layout()
    {
        var configuration = _folder.Read(Nested).Require();
        Assert.Equal(ConfigurationLayout.Nested, configuration.Layout);
        Assert.Equal(["us-east-1"], configuration.Settings.Regions);
        Assert.Equal(["t4g.medium"], configuration.Settings.InstanceTypes);
        Assert.Equal("ami-0aaa", configuration.Settings.Image);
        Assert.Equal(SpotArchitecture.Arm64, configuration.Settings.Architecture);
        Assert.Equal(Path.Combine(_folder.Path, "id.pub"), configuration.Settings.PublicKeyPath);
        AssertLost(
            configuration,
            "aws.total_instances", "aws.timeouts", "bacalhau.token");
    }

    [Fact]
    public void The_layout_of_the_successor()
    {
        var configuration = _folder.Read(Amauo).Require();
        Assert.Equal(["us-west-2", "ap-south-1"], configuration.Settings.Regions);
        Assert.Equal(["t3.medium"], configuration.Settings.InstanceTypes);
        Assert.Equal(0.10m, configuration.Settings.MaxHourlyPrice);
        Assert.Equal("amauo-vpc", configuration.Settings.VpcName);
        Assert.Equal("dev", configuration.Settings.Tags["Environment"]);
        AssertLost(configuration, "aws.total_instances", "aws.files_directory", "aws.instance_storage_gb", "aws.use_dedicated_vpc");
    }

    [Fact]
    public void Images_of_several_regions_are_not_mixed_up()
    {
        var configuration = _folder.Read("regions:\n  - us-east-1: { image: ami-0a }\n  - us-west-2: { image: ami-0b }\n").Require();
        Assert.Null(configuration.Settings.Image);
        AssertLost(configuration, "image");
    }

    [Fact]
    public void What_is_wrong_in_an_old_file_is_an_error_with_its_place()
    {
        var finding = Assert.Single(_folder.Read("aws:\n  spot_price_limit: lots\n").Errors);
        Assert.Equal((2, 21), (finding.Line, finding.Column));
    }

    [Theory]
    [InlineData(Flat)]
    [InlineData(Nested)]
    [InlineData(Amauo)]
    public void Converts_into_a_file_that_says_the_same(string text)
    {
        var old = _folder.Read(text).Require();
        var import = ConfigurationImport.Read(_folder.File);
        var path = Path.Combine(_folder.Path, "new", "spotcluster.yaml");
        ConfigurationWriter.Write(path, import.Values, overwrite: false);

        var converted = SpotConfiguration.Read(new ConfigurationPlace(path, true), _ => null).Require();
        Assert.Equal(ConfigurationLayout.SpotCluster, converted.Layout);
        Assert.Equal(old.Values.Select(value => SettingTable.ToText(value.Value)), converted.Values.Select(value => SettingTable.ToText(value.Value)));
        Assert.Empty(converted.Warnings);
        Assert.NotEmpty(import.Lost);
        Assert.DoesNotContain("verysecret", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compute_orchestrators:\n  - nats://10.0.0.1:4222\n  - nats://10.0.0.1:4222\ncompute_tls: \"true\"\n", "tls://10.0.0.1:4222")]
    [InlineData("compute_orchestrators: 10.0.0.1:4222\ncompute_tls: true\n", "tls://10.0.0.1:4222")]
    [InlineData("compute_orchestrators: [tls://10.0.0.1:4222]\ncompute_tls: true\n", "tls://10.0.0.1:4222")]
    [InlineData("compute_orchestrators: [nats://10.0.0.1:4222]\ncompute_tls: false\n", "nats://10.0.0.1:4222")]
    [InlineData("max_instances: 3\norchestrators: [nats://10.0.0.1:4222]\n", "nats://10.0.0.1:4222")]
    public void The_keys_of_the_first_program_are_read(string text, string orchestrator) =>
        Assert.Equal([orchestrator], _folder.Read(text).Require().Settings.Orchestrators);

    [Theory]
    [InlineData("compute_auth_token")]
    [InlineData("token")]
    public void A_token_is_put_into_a_file_of_its_own_that_the_new_one_names(string key)
    {
        _folder.Read($"max_instances: 3\n{key}: verysecret\n");
        var import = ConfigurationImport.Read(_folder.File);
        var path = Path.Combine(_folder.Path, "new", "spotcluster.yaml");
        var values = import.Values;
        import.Place(values, path);
        var token = import.WriteToken(values, path, overwrite: false);
        ConfigurationWriter.Write(path, values, overwrite: false);

        Assert.Equal("verysecret\n", File.ReadAllText(token!));
        Assert.Equal(token, SpotConfiguration.Read(new ConfigurationPlace(path, true), _ => null).Require().Settings.OrchestratorTokenPath);
        Assert.DoesNotContain("verysecret", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(["max_instances"], import.Lost.Select(finding => finding.Key));
        Assert.Throws<SpotException>(() => import.WriteToken(values, path, overwrite: false));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token!));
        }
    }

    [Theory]
    [InlineData("compute_orchestrators:\n  - $COMPUTE_ORCHESTRATOR\nregions: [us-east-1: {image: auto}]\n", "orchestrators", 2)]
    [InlineData("compute_orchestrators:\n  - nats://<your orchestrator>:4222\n", "orchestrators", 2)]
    [InlineData("orchestrators: [\"nats://your-orchestrator.example.com:4222\"]\nmax_instances: 1\n", "orchestrators", 1)]
    [InlineData("max_instances: 1\ncompute_auth_token: ${COMPUTE_AUTH_TOKEN}\n", "orchestratorTokenPath", 2)]
    [InlineData("aws:\n  public_ssh_key_path: /path/to/key.pub\n", "publicKeyPath", 2)]
    [InlineData("aws:\n  vpc_tag_name: CHANGE_ME\n", "vpcName", 2)]
    [InlineData("max_instances: 1\nregions:\n  - $COMPUTE_AWS_REGION:\n      image: auto\n", "regions", 3)]
    public void A_placeholder_is_named_and_another_value_takes_its_place(string text, string setting, int line)
    {
        _folder.Read(text);
        var import = ConfigurationImport.Read(_folder.File);
        Assert.Equal([setting], import.Missing(import.Values));
        var error = Assert.Throws<SpotException>(() => import.Require(import.Values));
        Assert.Equal(SpotErrorIds.ConfigurationInvalid, error.ErrorId);
        Assert.Contains($"{_folder.File}:{line}:", error.Message, StringComparison.Ordinal);
        Assert.Contains("placeholder", error.Message, StringComparison.Ordinal);

        import.Values[setting] = "given";
        import.Require(import.Values);
    }

    [Theory]
    [InlineData("version: 1\ndeployment:\n  packages: [docker.io]\n  scripts:\n    - command: ./setup.sh\n", "deployment manifest")]
    [InlineData("version: 1\npackages:\n  - curl\nuploads:\n  - source: a\n    destination: /opt\n", "deployment manifest")]
    [InlineData("max_instances: 3\nssh_key_name: x\n", "Nothing in")]
    [InlineData("aws:\n  total_instances: 3\n  ssh_key_name: \"\"\n", "Nothing in")]
    [InlineData("", "Nothing in")]
    public void A_file_of_which_nothing_is_left_is_an_error_that_says_why(string text, string reason)
    {
        _folder.Read(text);
        var error = Assert.Throws<SpotException>(() => ConfigurationImport.Read(_folder.File));
        Assert.Equal(SpotErrorIds.ConfigurationInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static void AssertLost(SpotConfiguration configuration, params string[] keys)
    {
        Assert.Equal(keys.Order(StringComparer.Ordinal), configuration.Warnings.Select(warning => warning.Key!).Order(StringComparer.Ordinal));
        Assert.All(configuration.Warnings, warning =>
        {
            Assert.True(warning.Line > 0);
            Assert.DoesNotContain("verysecret", warning.ToString(), StringComparison.Ordinal);
        });
        Assert.Equal(configuration.Warnings.Select(warning => warning.ToString()), configuration.Settings.Warnings);
    }
}
