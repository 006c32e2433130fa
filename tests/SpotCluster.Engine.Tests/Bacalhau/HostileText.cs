using System.Text;
using FsCheck;
using FsCheck.Fluent;
using SpotCluster.Engine.Bacalhau;

namespace SpotCluster.Engine.Tests.BacalhauTests;

/// <summary>Texts that break programs which paste them, and setups made of them.</summary>
internal static class HostileText
{
    private static readonly string[] Fragments =
    [
        "'", "\"", "\\", "\n", "\r\n", "\t", " ", "${HOME}", "$(reboot)", "`id`", "{{ v1 }}", "## template: jinja\n", "#cloud-config\n", ": ", "- ", "&a ", "*a", "!!python/object:x ",
        "%YAML 1.1\n", "---\n", "...\n", "|", ">", "@", "#", " #", "null", "~", "yes", "0x1F", "1e3", "00:10", "\0", "\u0007", "\u0085", "\u2028", "\ufeff", "\u00e9",
        "\U0001F600", "\U0010FFFD", "EOF\n", "; rm -rf /", "</script>", ",", "=", "[", "]", "{", "}", "?", "x", "long " + new string('y', 200),
    ];

    public static readonly Gen<string> Texts = Gen.Elements(Fragments).ListOf().Select(parts => string.Concat(parts.Take(12)));

    public static readonly Gen<NodeSetup> Setups =
        from texts in Texts.ArrayOf(9)
        select new NodeSetup
        {
            ClusterName = texts[0],
            Orchestrators = ["nats://a.example:4222", texts[1]],
            Token = texts[2],
            Labels = new Dictionary<string, string>(StringComparer.Ordinal) { ["k" + texts[3]] = texts[4] },
            Files = [new NodeFile("/opt/" + texts[5], Encoding.UTF8.GetBytes(texts[6]), false, false)],
            Script = Encoding.UTF8.GetBytes("x" + texts[7]),
            PublicKeys = ["ssh-ed25519 AAAA " + texts[8], "ssh-ed25519 BBBB"],
            UserName = "u" + texts[8],
        };
}
