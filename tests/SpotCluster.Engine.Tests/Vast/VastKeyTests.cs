using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastKeyTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("spotcluster-key-").FullName;
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);

    public VastKeyTests() => _environment["HOME"] = _home;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void The_variable_wins_over_the_two_factor_file_over_the_key_file_over_the_old_place()
    {
        Assert.Null(Store().Find());
        Write(".vast_api_key", "old");
        Assert.Equal("old", Store().Find()!.Value);
        Write(".config/vastai/vast_api_key", "file\n");
        Assert.Equal("file", Store().Find()!.Value);
        Write(".config/vastai/vast_tfa_key", "session");
        Assert.Equal("session", Store().Find()!.Value);
        _environment["VAST_API_KEY"] = "variable";
        var found = Store().Find()!;
        Assert.Equal("variable", found.Value);
        Assert.Equal("VAST_API_KEY", found.Source);
    }

    [Fact]
    public void An_empty_variable_counts_as_not_set()
    {
        Write(".config/vastai/vast_api_key", "file");
        _environment["VAST_API_KEY"] = "";
        Assert.Equal("file", Store().Find()!.Value);
        _environment["VAST_URL"] = " ";
        Assert.Equal(new Uri("https://console.vast.ai"), Store().BaseAddress);
    }

    [Fact]
    public void The_folder_of_the_official_program_is_followed()
    {
        var other = Path.Combine(_home, "elsewhere");
        _environment["XDG_CONFIG_HOME"] = other;
        Store().Save("kept-secret");
        Assert.Equal("kept-secret", File.ReadAllText(Path.Combine(other, "vastai", "vast_api_key")));
        Assert.Equal("kept-secret", Store().Find()!.Value);
    }

    [Fact]
    public void The_key_file_is_readable_by_its_owner_only_also_when_it_replaces_an_open_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        Write(".config/vastai/vast_api_key", "older");
        var path = Store().KeyPath;
#pragma warning disable CA1416
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Store().Save("kept-secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
#pragma warning restore CA1416
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak: header")]
    [InlineData("schlüssel")]
    public void A_key_that_no_header_can_carry_is_refused_without_showing_it(string key)
    {
        _environment["VAST_API_KEY"] = key;
        var error = Assert.Throws<SpotException>(() => Store().Find());
        Assert.Equal(SpotErrorIds.VastKeyInvalid, error.ErrorId);
        Assert.DoesNotContain(key, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://cloud.vast.ai", true)]
    [InlineData("https://cloud.vast.ai/", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://example.com", false)]
    [InlineData("https://example.com/api/v0", false)]
    [InlineData("https://user:secret@example.com", false)]
    [InlineData("https://example.com/?api_key=1", false)]
    [InlineData("vast", false)]
    public void The_address_is_https_or_this_machine(string address, bool taken)
    {
        _environment["VAST_URL"] = address;
        if (taken)
        {
            Assert.Equal(new Uri(address), Store().BaseAddress);
        }
        else
        {
            Assert.Equal(SpotErrorIds.ParameterInvalid, Assert.Throws<SpotException>(() => Store().BaseAddress).ErrorId);
        }
    }

    [Fact]
    public void A_key_does_not_show_itself()
    {
        Assert.DoesNotContain("secret", new VastKey("secret", "file").ToString(), StringComparison.Ordinal);
    }

    private VastKeyStore Store() => new(name => _environment.GetValueOrDefault(name));

    private void Write(string path, string text)
    {
        var full = Path.Combine(_home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
