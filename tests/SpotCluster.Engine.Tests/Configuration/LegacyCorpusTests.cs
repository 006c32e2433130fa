using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>
/// Every form in which configuration files of the programs before this one are found: each converts into a file that is read
/// without an error, is converted once its placeholders are replaced, or is refused with the reason.
/// </summary>
public sealed class LegacyCorpusTests : IDisposable
{
    private static readonly string[] Regions =
    [
        "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
        "ap-southeast-4", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
        "il-central-1", "me-central-1", "me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    ];

    /// <summary>Name; text; the regions, orchestrators and types of the result, or <c>?</c> and the settings with placeholders, or <c>!</c> and the reason of the refusal.</summary>
    private static readonly (string Name, string Text, string Result)[] Forms =
    [
        ("flat", "max_instances: 6\nusername: node\npublic_ssh_key_path: /k/id.pub\nprivate_ssh_key_path: /k/id\norchestrators: [nats://10.0.0.1:4222]\nregions:\n  - us-west-2:\n      image: auto\n      machine_type: t3.medium\n      node_count: auto\n", "us-west-2; nats://10.0.0.1:4222; t3.medium"),
        ("flat with a count for each region", "max_instances: 6\nregions:\n  - us-west-2: {machine_type: t3.medium, node_count: 2}\n  - eu-west-1: {machine_type: t3.medium, node_count: 4}\n", "us-west-2, eu-west-1; ; t3.medium"),
        ("flat with tls and a token", "orchestrators:\n  - 10.0.0.1:4222\ntls: yes\ntoken: verysecret\nregions: [us-east-1: {image: auto}]\n", "us-east-1; tls://10.0.0.1:4222; "),
        ("flat with names of regions only", "max_instances: 2\nregions:\n  - us-east-1\n  - us-east-2\n", "us-east-1, us-east-2; ; "),
        ("flat with a region that has no details", "max_instances: 2\nregions:\n  - us-east-1:\n  - us-east-2:\n", "us-east-1, us-east-2; ; "),
        ("flat with every region", "max_instances: 100\nregions:\n" + string.Concat(Regions.Select(region => $"  - {region}:\n      machine_type: t3.medium\n      image: auto\n")), string.Join(", ", Regions) + "; ; t3.medium"),
        ("flat with the same region twice", "max_instances: 2\nregions:\n  - us-east-1: {machine_type: t3.medium}\n  - us-east-1: {machine_type: t3.large}\n", "us-east-1; ; t3.medium, t3.large"),
        ("flat with an image for each region", "max_instances: 2\nregions:\n  - us-east-1: {image: ami-0a, machine_type: t3.medium}\n  - us-west-2: {image: ami-0b, machine_type: t3.medium}\n", "us-east-1, us-west-2; ; t3.medium"),
        ("images and architectures as the script for regions wrote them", "max_instances: 2\nregions:\n  - us-east-1: {ami_id: ami-0a, architecture: arm64, machine_type: t4g.medium}\n  - us-west-2: {ami_id: ami-0a, architecture: arm64, machine_type: t4g.medium}\n", "us-east-1, us-west-2; ; t4g.medium"),
        ("keys of the first program", "compute_orchestrators: [nats://10.0.0.1:4222]\ncompute_tls: false\nregions: [us-east-1: {image: auto}]\n", "us-east-1; nats://10.0.0.1:4222; "),
        ("keys of the first program with two addresses", "compute_orchestrators:\n  - nats://10.0.0.1:4222\n  - nats://10.0.0.2:4222\ncompute_tls: \"true\"\ncompute_auth_token: verysecret\nregions: [us-east-1: {image: auto}]\n", "us-east-1; tls://10.0.0.1:4222, tls://10.0.0.2:4222; "),
        ("keys of the first program with the address as a text", "compute_orchestrators: nats://10.0.0.1:4222\nregions: [us-east-1: {image: auto}]\n", "us-east-1; nats://10.0.0.1:4222; "),
        ("nested", "aws:\n  total_instances: 3\n  username: ubuntu\n  timeouts: {ssh: 300}\nbacalhau:\n  orchestrators: [nats://10.0.0.1:4222]\n  token: verysecret\n  tls: true\nregions:\n  - us-east-1:\n      machine_type: t3.medium\n      image: auto\n", "us-east-1; tls://10.0.0.1:4222; t3.medium"),
        ("nested with the regions inside", "aws:\n  total_instances: 3\n  regions:\n    - us-east-1: {machine_type: t3.medium}\n", "us-east-1; ; t3.medium"),
        ("nested with nothing set", "aws:\n  total_instances: 3\n  ssh_key_name: \"\"\n  public_ssh_key_path: \"\"\nbacalhau:\n  orchestrators: []\n  token: \"\"\nregions:\n  - us-east-1: {machine_type: t3.medium, image: auto}\n", "us-east-1; ; t3.medium"),
        ("nested without a value behind aws", "aws:\nbacalhau:\n  orchestrators: [nats://10.0.0.1:4222]\nregions: [us-east-1: {image: auto}]\n", "us-east-1; nats://10.0.0.1:4222; "),
        ("of the successor", "aws:\n  total_instances: 3\n  username: ubuntu\n  files_directory: instance-files\n  scripts_directory: scripts\n  instance_storage_gb: 50\n  use_dedicated_vpc: true\n  associate_public_ip: true\n  spot_price_limit: 0.1\n  tags: {Team: a}\nregions:\n  - us-west-2: {machine_type: t3.medium, image: auto}\n", "us-west-2; ; t3.medium"),
        ("of the successor beside its deployment", "aws:\n  total_instances: 3\nregions:\n  - us-west-2: {machine_type: t3.medium}\ndeployment:\n  packages: [curl]\n  scripts: [{command: ./setup.sh}]\n", "us-west-2; ; t3.medium"),
        ("with comments, blank lines and windows line ends", "# mine\r\nmax_instances: 2\r\n\r\nregions:\r\n  - us-east-1: # home\r\n      machine_type: t3.medium\r\n", "us-east-1; ; t3.medium"),
        ("with a byte order mark", "\uFEFFmax_instances: 2\nregions:\n  - us-east-1: {machine_type: t3.medium}\n", "us-east-1; ; t3.medium"),
        ("as JSON", "{\"max_instances\": 2, \"regions\": [{\"us-east-1\": {\"machine_type\": \"t3.medium\"}}]}", "us-east-1; ; t3.medium"),
        ("variables of a shell", "compute_orchestrators:\n  - $ORCHESTRATOR\ncompute_auth_token: ${TOKEN}\nregions: [us-east-1: {image: auto}]\n", "?orchestratorTokenPath, orchestrators"),
        ("placeholders in brackets", "aws:\n  public_ssh_key_path: <path of your public key>\n  private_ssh_key_path: <path of your private key>\nbacalhau:\n  orchestrators: [\"<address>\"]\nregions:\n  - us-east-1: {machine_type: t3.medium}\n", "?orchestrators, privateKeyPath, publicKeyPath"),
        ("placeholders in words", "max_instances: 1\norchestrators: [nats://your-orchestrator.example.com:4222]\npublic_ssh_key_path: /path/to/key.pub\nregions: [us-east-1: {image: auto}]\n", "?orchestrators, publicKeyPath"),
        ("placeholder for a type", "max_instances: 1\nregions:\n  - us-east-1:\n      machine_type: <instance type>\n      image: auto\n", "?instanceTypes"),
        ("placeholder for an image", "max_instances: 1\nregions:\n  - us-east-1:\n      machine_type: t3.medium\n      image: ${AMI}\n", "?image"),
        ("placeholder in a template", "aws:\n  username: \"{{ username }}\"\nregions: [us-east-1: {machine_type: t3.medium}]\n", "?userName"),
        ("deployment manifest", "version: 1\ndeployment:\n  packages: [docker.io]\n  scripts: [{command: ./setup.sh}]\n", "!deployment manifest"),
        ("flat deployment manifest", "version: 1\npackages: [curl]\nuploads: [{source: a, destination: /opt}]\nservices: [a.service]\n", "!deployment manifest"),
        ("nothing with a counterpart", "max_instances: 3\nssh_key_name: x\n", "!nothing in it has a counterpart"),
        ("empty", "", "!nothing in it has a counterpart"),
        ("comments only", "# to be written\n", "!nothing in it has a counterpart"),
        ("regions as a table", "max_instances: 3\nregions:\n  us-east-1: {machine_type: t3.medium}\n", "!'regions' must be a list"),
        ("setting twice", "max_instances: 3\nmax_instances: 4\nregions: [us-east-1: {image: auto}]\n", "!max_instances"),
        ("tabs", "max_instances: 3\nregions:\n\t- us-east-1\n", "!:3:"),
        ("price that is none", "aws:\n  spot_price_limit: low\nregions: [us-east-1: {machine_type: t3.medium}]\n", "!maxHourlyPrice"),
    ];

    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. Forms.Select(form => form.Name)];

    [Fact]
    public void There_are_at_least_as_many_forms_as_were_found() => Assert.True(Forms.Length >= 29);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_form_converts_asks_for_its_placeholders_or_is_refused_with_the_reason(string name)
    {
        var (_, text, result) = Forms.Single(form => form.Name == name);
        File.WriteAllText(_folder.File, text);
        switch (result[0])
        {
            case '!':
                var error = Assert.Throws<SpotException>(() => ConfigurationImport.Read(_folder.File));
                Assert.Equal(SpotErrorIds.ConfigurationInvalid, error.ErrorId);
                Assert.Contains(result[1..], error.Message, StringComparison.OrdinalIgnoreCase);
                Assert.NotNull(error.RecommendedAction);
                break;
            case '?':
                var import = ConfigurationImport.Read(_folder.File);
                Assert.Equal(result[1..], string.Join(", ", import.Missing(import.Values).Order(StringComparer.Ordinal)));
                Assert.Throws<SpotException>(() => import.Require(import.Values));
                import.Missing(import.Values).ToList().ForEach(setting => import.Values[setting] = Given(setting));
                import.Require(import.Values);
                Converted(import);
                break;
            default:
                var whole = ConfigurationImport.Read(_folder.File);
                whole.Require(whole.Values);
                var settings = Converted(whole);
                Assert.Equal(result, $"{string.Join(", ", settings.Regions)}; {string.Join(", ", settings.Orchestrators)}; {string.Join(", ", settings.InstanceTypes)}");
                break;
        }
    }

    private SpotSettings Converted(ConfigurationImport import)
    {
        var path = Path.Combine(_folder.Path, "new", "spotcluster.yaml");
        var values = import.Values;
        import.Place(values, path);
        import.WriteToken(values, path, overwrite: false);
        ConfigurationWriter.Write(path, values, overwrite: false);
        Assert.DoesNotContain("verysecret", File.ReadAllText(path) + string.Concat(import.Lost.Select(lost => lost.ToString())), StringComparison.Ordinal);
        var read = SpotConfiguration.Read(new ConfigurationPlace(path, true), _ => null).Require();
        Assert.Equal(ConfigurationLayout.SpotCluster, read.Layout);
        Assert.Empty(read.Warnings);
        return read.Settings;
    }

    private static object Given(string setting) => setting switch
    {
        "orchestrators" => new[] { "nats://10.0.0.9:4222" },
        "instanceTypes" => new[] { "t3.medium" },
        "image" => "ami-0123456789abcdef0",
        "userName" => "node",
        _ => "/given/file",
    };
}
