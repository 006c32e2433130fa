using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Engine.Bacalhau;
using Xunit;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>The documents before the program that will read them.</summary>
public sealed class RealCloudInitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-cloud-init-").FullName;

    public static TheoryData<string> Kinds => new() { "full", "no orchestrator", "expiry alone", "idle alone", "one user", "two keys", "token source" };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Cloud_init_finds_the_document_valid(string kind)
    {
        Assert.SkipUnless(Tool.IsOnPath("cloud-init"), "The program cloud-init is not installed.");
        var full = CloudConfigTests.Full;
        var setup = kind switch
        {
            "no orchestrator" => full with { Orchestrators = [] },
            "expiry alone" => new NodeSetup { ClusterName = "demo", ExpiresAt = full.ExpiresAt },
            "idle alone" => new NodeSetup { ClusterName = "demo", MaxIdle = TimeSpan.FromMinutes(30) },
            "token source" => full with { Token = null, TokenSource = "resolve:ssm:/bacalhau/join-token" },
            "one user" => new NodeSetup { ClusterName = "demo", UserName = "worker" },
            "two keys" => new NodeSetup { ClusterName = "demo", PublicKeys = full.PublicKeys },
            _ => full,
        };
        var path = Path.Combine(_folder, "user-data");
        await File.WriteAllTextAsync(path, CloudConfig.Write(setup));
        var result = await Tool.RunAsync("cloud-init", new Dictionary<string, string>(), "schema", "--config-file", path);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("Valid", result.Out, StringComparison.Ordinal);
    }

    /// <summary>cloud-init reads YAML with another parser than ours, of another version of the language.</summary>
    [Fact]
    public async Task The_parser_of_cloud_init_reads_hostile_texts_as_they_were()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "Python is not installed.");
        var probe = await Tool.RunAsync("/usr/bin/python3", new Dictionary<string, string>(), "-c", "import yaml");
        Assert.SkipUnless(probe.ExitCode == 0, "Python has no yaml module.");
        var setups = HostileText.Setups.Sample(40, new Rnd(7UL, 3UL), 60).ToList();
        var expected = new List<object?>();
        for (var i = 0; i < setups.Count; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{i}.yaml"), CloudConfig.Write(setups[i]), new UTF8Encoding(false));
            expected.Add(new[]
            {
                setups[i].Token, setups[i].ClusterName, setups[i].Orchestrators[1], setups[i].UserName, setups[i].PublicKeys[0],
                Convert.ToBase64String(setups[i].Script!), Convert.ToBase64String(setups[i].Files[0].Content), setups[i].Files[0].Path, setups[i].Labels.Values.Single(),
            });
        }

        const string Program = """
            import base64, gzip, json, sys, yaml
            def content(entry):
                text, kind = entry['content'], entry.get('encoding')
                data = text.encode() if kind is None else base64.b64decode(text)
                return gzip.decompress(data) if kind == 'gz+b64' else data
            rows = []
            for number in range(int(sys.argv[2])):
                with open(f'{sys.argv[1]}/{number}.yaml', newline='', encoding='utf-8') as f:
                    document = yaml.safe_load(f)
                files = {entry['path']: content(entry) for entry in document['write_files']}
                config = yaml.safe_load(files['/etc/bacalhau/config.yaml'])
                user, labels = document['users'][1], dict(config['Labels'])
                script = files['/usr/local/lib/spotcluster/user-script']
                path = next(path for path in files if path.startswith('/opt/'))
                cluster, tag = labels.pop('cluster'), labels.pop('tag')
                rows.append([config['Compute']['Auth']['Token'], cluster, config['Compute']['Orchestrators'][1], user['name'],
                    user['ssh_authorized_keys'][0], base64.b64encode(script).decode(), base64.b64encode(files[path]).decode(), path, list(labels.values())[0]])
            sys.stdout.buffer.write(json.dumps(rows).encode())
            """;
        var result = await Tool.RunAsync("/usr/bin/python3", new Dictionary<string, string>(), "-c", Program, _folder, setups.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(JsonSerializer.Deserialize<string[][]>(result.Out)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
