using System.Text;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SpotCluster.Engine.Tests.BacalhauTests;

public sealed class CloudConfigTests
{
    internal static readonly NodeSetup Full = new()
    {
        ClusterName = "demo",
        Orchestrators = ["nats://a.example:4222", "nats://b.example:4222"],
        RequireTls = true,
        CaCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        Token = "tok-3f9c2ab",
        Labels = new Dictionary<string, string> { ["team"] = "blue" },
        Files = [new NodeFile("/opt/data.txt", "hello\n"u8.ToArray(), false, false), new NodeFile("/opt/secret.bin", [0, 255, 10, 128], true, true)],
        Script = "#!/bin/sh\necho mine\n"u8.ToArray(),
        UserName = "worker",
        PublicKeys = ["ssh-ed25519 AAAAone a@example", "ssh-ed25519 AAAAtwo b@example"],
        ExpiresAt = new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero),
    };

    private readonly CloudDocument _document = CloudDocument.Of(Full);

    [Fact]
    public void Two_orchestrators_are_two_entries_of_a_list()
    {
        Assert.Equal(["nats://a.example:4222", "nats://b.example:4222"], CloudDocument.ListAt(_document.Bacalhau, "Compute", "Orchestrators"));
        var one = CloudDocument.Of(Full with { Orchestrators = ["nats://a.example:4222"] });
        Assert.Equal(["nats://a.example:4222"], CloudDocument.ListAt(one.Bacalhau, "Compute", "Orchestrators"));
    }

    [Fact]
    public void The_token_is_in_one_file_that_only_root_may_read()
    {
        Assert.Equal("0600", _document.Mode("/etc/bacalhau/config.yaml"));
        Assert.Equal("tok-3f9c2ab", CloudDocument.TextAt(_document.Bacalhau, "Compute", "Auth", "Token"));
        Assert.Equal(1, _document.Text.Split("tok-3f9c2ab").Length - 1);
    }

    [Fact]
    public void The_node_is_a_compute_node_with_its_data_on_the_host()
    {
        var config = _document.Bacalhau;
        Assert.Equal("true", CloudDocument.TextAt(config, "Compute", "Enabled"));
        Assert.Equal("true", CloudDocument.TextAt(config, "Compute", "TLS", "RequireTLS"));
        Assert.Equal("/etc/bacalhau/ca.pem", CloudDocument.TextAt(config, "Compute", "TLS", "CACert"));
        Assert.Equal("/var/lib/bacalhau", CloudDocument.TextAt(config, "DataDir"));
        Assert.Equal("1234", CloudDocument.TextAt(config, "API", "Port"));
        Assert.Equal("true", CloudDocument.TextAt(config, "DisableAnalytics"));
        Assert.Equal("demo", CloudDocument.TextAt(config, "Labels", "cluster"));
        Assert.Equal("blue", CloudDocument.TextAt(config, "Labels", "team"));
        Assert.DoesNotContain("AcceptNetworkedJobs", _document.Text, StringComparison.Ordinal);
        Assert.Equal("true", CloudDocument.TextAt(config, "JobAdmissionControl", "RejectNetworkedJobs"));
        Assert.Equal("false", CloudDocument.TextAt(CloudDocument.Of(Full with { AcceptsNetworkedJobs = true }).Bacalhau, "JobAdmissionControl", "RejectNetworkedJobs"));
    }

    [Fact]
    public void The_image_is_pinned_and_nothing_reboots_or_upgrades()
    {
        Assert.Equal("ghcr.io/bacalhau-project/bacalhau:v1.9.3-dind\n", _document.ReadFile("/etc/spotcluster/bacalhau-image"));
        var digest = "@sha256:" + new string('a', 64);
        Assert.True(NodeVersion.IsVersion("v1.9.3" + digest));
        Assert.False(NodeVersion.IsVersion("v1.9.3@sha256:short"));
        Assert.Equal("ghcr.io/bacalhau-project/bacalhau:v1.9.3-dind" + digest + "\n", CloudDocument.Of(Full with { Version = "v1.9.3" + digest }).ReadFile("/etc/spotcluster/bacalhau-image"));
        Assert.Equal("false", ((YamlScalarNode)_document["package_upgrade"]!).Value);
        Assert.Null(_document["power_state"]);
        Assert.DoesNotContain("reboot ", _document.Text.Replace("a reboot", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_lets_in_the_new_user_and_that_of_the_image()
    {
        var users = (YamlSequenceNode)_document["users"]!;
        Assert.Equal("default", ((YamlScalarNode)users[0]).Value);
        Assert.Equal("worker", CloudDocument.TextAt(users[1], "name"));
        Assert.Equal(["docker"], CloudDocument.ListAt(users[1], "groups"));
        Assert.Equal(Full.PublicKeys, CloudDocument.ListAt(users[1], "ssh_authorized_keys"));
        Assert.Equal(Full.PublicKeys, ((YamlSequenceNode)_document["ssh_authorized_keys"]!).Select(item => ((YamlScalarNode)item).Value!));
    }

    [Fact]
    public void Files_arrive_as_they_are_with_the_rights_that_they_have()
    {
        Assert.Equal("hello\n", _document.ReadFile("/opt/data.txt"));
        Assert.Equal("0644", _document.Mode("/opt/data.txt"));
        Assert.Equal([0, 255, 10, 128], _document.Bytes("/opt/secret.bin"));
        Assert.Equal("0700", _document.Mode("/opt/secret.bin"));
        Assert.Equal("#!/bin/sh\necho mine\n", _document.ReadFile("/usr/local/lib/spotcluster/user-script"));
    }

    [Fact]
    public void The_expiry_is_an_argument_of_a_script_that_runs_at_every_boot()
    {
        var command = (YamlSequenceNode)((YamlSequenceNode)_document["bootcmd"]!)[0];
        Assert.Equal("1777636800", ((YamlScalarNode)command[4]).Value);
        Assert.Contains("poweroff", ((YamlScalarNode)command[2]).Value!, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_orchestrator_nothing_of_Bacalhau_or_Docker_is_there()
    {
        var document = CloudDocument.Of(Full with { Orchestrators = [] });
        Assert.DoesNotContain("/etc/bacalhau/config.yaml", document.Files);
        Assert.DoesNotContain("tok-3f9c2ab", document.Text, StringComparison.Ordinal);
        Assert.Null(document["groups"]);
        Assert.Contains("/usr/local/lib/spotcluster/user-script", document.Files);
    }

    [Fact]
    public void What_is_shown_has_no_secret_in_it()
    {
        var shown = CloudConfig.Write((Full with { Script = "#!/bin/sh\ncurl -H tok-3f9c2ab\n"u8.ToArray() }).Masked());
        Assert.DoesNotContain("tok-3f9c2ab", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("\0\u00ff"u8), shown, StringComparison.Ordinal);
        var document = new CloudDocument(shown);
        Assert.Equal("********", CloudDocument.TextAt(document.Bacalhau, "Compute", "Auth", "Token"));
        Assert.Equal("********\n", document.ReadFile("/opt/secret.bin"));
        Assert.Equal("hello\n", document.ReadFile("/opt/data.txt"));
        Assert.Contains("curl -H ********", document.ReadFile("/usr/local/lib/spotcluster/user-script"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_document_of_a_usual_node_fits_without_packing()
    {
        var size = Encoding.UTF8.GetByteCount(CloudConfig.Write(Full));
        Assert.InRange(size, 1, UserDataComposer.Limit);
    }

    [Fact]
    public void What_is_too_large_is_packed_and_what_does_not_fit_then_is_refused_with_its_largest_files_named()
    {
        var request = new ClusterRequest { Name = "demo" };
        var text = Full with { Script = Encoding.ASCII.GetBytes("#!/bin/sh\n" + string.Concat(Enumerable.Repeat("echo again and again\n", 1500))) };
        var packed = Convert.FromBase64String(NodeUserData.Compose(request, text)!);
        Assert.Equal([0x1f, 0x8b], packed.Take(2));
        Assert.InRange(packed.Length, 1, UserDataComposer.Limit);

        var noise = new byte[30_000];
        new Random(1).NextBytes(noise);
        var refused = Assert.Throws<SpotException>(() => NodeUserData.Compose(request, Full with { Files = [new NodeFile("/opt/model.bin", noise, false, false)] }));
        Assert.Equal(SpotErrorIds.UserDataTooLarge, refused.ErrorId);
        Assert.Contains("Largest parts: /opt/model.bin (", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_needs_no_word_gets_none() =>
        Assert.Null(NodeUserData.Compose(new ClusterRequest { Name = "demo" }, new NodeSetup { ClusterName = "demo", PublicKeys = ["ssh-ed25519 AAAA"] }));
}
