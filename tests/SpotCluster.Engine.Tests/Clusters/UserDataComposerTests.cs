using System.Globalization;
using System.IO.Compression;
using System.Text;
using SpotCluster.Engine.Clusters;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

public sealed class UserDataComposerTests
{
    private static readonly DateTimeOffset End = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Nothing_in_nothing_out() => Assert.Null(UserDataComposer.Compose(null, null));

    [Fact]
    public void A_script_alone_stays_as_it_is() =>
        Assert.Equal("#!/bin/sh\necho hello\n", Decode(UserDataComposer.Compose("#!/bin/sh\necho hello\n", null)));

    [Fact]
    public void The_timer_ends_the_machine_at_the_moment_of_its_expiry()
    {
        var text = Decode(UserDataComposer.Compose(null, End));
        Assert.StartsWith("#cloud-boothook\n#!/bin/sh\n", text, StringComparison.Ordinal);
        Assert.Contains(End.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), text, StringComparison.Ordinal);
        Assert.Contains("poweroff", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_expiry_and_the_idle_limit_are_one_hook_for_own_user_data_too()
    {
        var text = Decode(UserDataComposer.Compose("#!/bin/sh\ntrue\n", End, TimeSpan.FromMinutes(30)));
        Assert.Contains($"set -- {End.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}\n", text, StringComparison.Ordinal);
        Assert.Contains("set -- 1800\n", text, StringComparison.Ordinal);
        Assert.Single(text.Split('\n'), line => line == "#cloud-boothook");
    }

    [Theory]
    [InlineData("#cloud-config\npackages: [jq]\n", "text/cloud-config")]
    [InlineData("#!/bin/bash\ntrue\n", "text/x-shellscript")]
    [InlineData("#include\nhttps://example.com/a\n", "text/x-include-url")]
    public void Timer_and_user_data_are_two_parts_of_an_archive(string own, string type)
    {
        var text = Decode(UserDataComposer.Compose(own, End));
        Assert.StartsWith("Content-Type: multipart/mixed", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/cloud-boothook", text, StringComparison.Ordinal);
        Assert.Contains($"Content-Type: {type};", text, StringComparison.Ordinal);
        Assert.Contains(own, text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_above_the_limit_is_gzipped()
    {
        var own = "#!/bin/sh\n" + string.Concat(Enumerable.Repeat("echo the same again\n", 2000));
        var bytes = Convert.FromBase64String(UserDataComposer.Compose(own, null)!);
        Assert.True(bytes.Length <= UserDataComposer.Limit);
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        Assert.Equal(own, reader.ReadToEnd());
    }

    [Fact]
    public void What_does_not_fit_even_gzipped_is_refused_with_its_biggest_part_named_and_nothing_of_a_script_shown()
    {
        var noise = new byte[40_000];
        new Random(1).NextBytes(noise);
        var config = $"#cloud-config\npackages: [jq]\nwrite_files: {Convert.ToBase64String(noise)}\n";
        var refused = Assert.Throws<SpotException>(() => UserDataComposer.Compose(config, null));
        Assert.Equal(SpotErrorIds.UserDataTooLarge, refused.ErrorId);
        Assert.Contains("write_files", refused.Message, StringComparison.Ordinal);

        var script = $"#!/bin/sh\n\nTOKEN=secret {Convert.ToBase64String(noise)}\n";
        Assert.DoesNotContain("secret", Assert.Throws<SpotException>(() => UserDataComposer.Compose(script, null)).ToString(), StringComparison.Ordinal);
    }

    private static string Decode(string? base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64!));
}
