using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>Whatever somebody types stays data: the document is parsed again and compared.</summary>
public sealed class HostileInputTests
{
    [Fact]
    public void Every_text_of_a_setup_arrives_as_it_was_and_changes_nothing_else()
    {
        var plain = CloudDocument.Of(CloudConfigTests.Full with { CaCertificate = null, ExpiresAt = null });
        var property = Prop.ForAll(HostileText.Setups.ToArbitrary(), setup =>
        {
            var document = CloudDocument.Of(setup);
            var config = document.Bacalhau;
            var users = (YamlSequenceNode)document["users"]!;
            return document.Sections.SequenceEqual(plain.Sections)
                && document.Files.Count == 10
                && CloudDocument.ListAt(config, "Compute", "Orchestrators").SequenceEqual(setup.Orchestrators)
                && CloudDocument.TextAt(config, "Compute", "Auth", "Token") == setup.Token
                && CloudDocument.TextAt(config, "Labels", "cluster") == setup.ClusterName
                && setup.Labels.All(label => CloudDocument.TextAt(config, "Labels", label.Key) == label.Value)
                && ((YamlMappingNode)CloudDocument.At(config, "Labels")).Children.Count == 3
                && document.Bytes(setup.Files[0].Path).SequenceEqual(setup.Files[0].Content)
                && document.Bytes("/usr/local/lib/spotcluster/user-script").SequenceEqual(setup.Script!)
                && CloudDocument.TextAt(users[1], "name") == setup.UserName
                && CloudDocument.ListAt(users[1], "ssh_authorized_keys").SequenceEqual(setup.PublicKeys)
                && document.ReadFile("/usr/local/lib/spotcluster/setup.sh") == plain.ReadFile("/usr/local/lib/spotcluster/setup.sh");
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), property);
    }

    [Fact]
    public void A_masked_document_never_has_the_token_in_it()
    {
        var property = Prop.ForAll(HostileText.Setups.ToArbitrary(), setup =>
        {
            var token = "T0ken-" + setup.Token;
            var script = Encoding.UTF8.GetBytes($"echo '{token}'\n");
            var document = CloudDocument.Of((setup with { Token = token, Script = script }).Masked());
            return !document.ReadFile("/etc/bacalhau/config.yaml").Contains("T0ken-", StringComparison.Ordinal)
                && !document.ReadFile("/usr/local/lib/spotcluster/user-script").Contains("T0ken-", StringComparison.Ordinal);
        });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), property);
    }

    [Theory]
    [InlineData("nats://user:hunter2@a.example:4222")]
    [InlineData("nats://a.example:4222\n- evil")]
    [InlineData("http://a.example")]
    [InlineData("")]
    public void An_orchestrator_that_is_none_is_refused_and_no_secret_of_it_repeated(string address)
    {
        var request = new NodeRequest { Orchestrators = [address] };
        var refused = Assert.Throws<SpotException>(() => NodeInput.Read(request, "demo", [], null, new SpotSettings()));
        Assert.Equal(SpotErrorIds.ParameterInvalid, refused.ErrorId);
        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.example", "nats://a.example:4222")]
    [InlineData("nats://a.example", "nats://a.example:4222")]
    [InlineData("tls://a.example:5222", "nats://a.example:5222")]
    [InlineData("[2001:db8::1]", "nats://[2001:db8::1]:4222")]
    public void An_address_is_written_as_Bacalhau_does(string given, string written)
    {
        var setup = NodeInput.Read(new NodeRequest { Orchestrators = [given] }, "demo", [], null, new SpotSettings());
        Assert.Equal([written], setup.Orchestrators);
        Assert.Equal(given.StartsWith("tls", StringComparison.Ordinal), setup.RequireTls);
    }

    [Theory]
    [InlineData("Team", "blue")]
    [InlineData("a.b", "blue")]
    [InlineData("cluster", "mine")]
    [InlineData("team", "two words")]
    public void A_label_that_jobs_could_not_choose_by_is_refused(string key, string value) => Assert.Throws<SpotException>(
        () => NodeInput.Read(new NodeRequest { Labels = new Dictionary<string, string> { [key] = value } }, "demo", [], null, new SpotSettings()));

    [Fact]
    public void The_token_comes_from_the_request_then_the_environment_then_a_private_file()
    {
        var path = Path.Combine(Path.GetTempPath(), "spotcluster-token-" + Guid.NewGuid().ToString("N"));
        try
        {
            PrivateFile.Write(path, "from-file\n");
            var settings = new SpotSettings { OrchestratorTokenPath = path };
            Assert.Equal("from-file", OrchestratorSecrets.ReadToken(null, settings, _ => null));
            Assert.Equal("from-env", OrchestratorSecrets.ReadToken(null, settings, name => name == OrchestratorSecrets.TokenVariable ? "from-env" : null));
            var setup = NodeInput.Read(new NodeRequest { Orchestrators = ["a.example"], Token = "given" }, "demo", [], null, settings);
            Assert.Equal("given", setup.Token);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
                var open = Assert.Throws<SpotException>(() => OrchestratorSecrets.ReadToken(null, settings, _ => null));
                Assert.Equal(SpotErrorIds.SecretFileInvalid, open.ErrorId);
                Assert.Contains("chmod 600", open.RecommendedAction, StringComparison.Ordinal);
                Assert.DoesNotContain("from-file", open.ToString(), StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
