using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace SpotCluster.Cli.Tests;

/// <summary>The built program as a process: what only a real process can show.</summary>
public sealed class ProcessTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public async Task Without_a_command_it_shows_its_help_and_says_that_this_was_no_use_of_it()
    {
        var result = await Tool.SpotClusterAsync(Nothing);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("rehearse", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_that_of_the_program()
    {
        var result = await Tool.SpotClusterAsync(Nothing, "--version");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(typeof(CliApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, result.Out.Trim());
    }

    [Fact]
    public async Task With_its_input_redirected_it_does_not_ask()
    {
        var result = await Tool.SpotClusterAsync(Nothing, "destroy", "--all");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("ConsentMissing", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
    }

    [Fact]
    public async Task A_reader_that_goes_away_is_no_error()
    {
        using var process = Process.Start(Tool.StartInfo("dotnet", Nothing, Tool.SpotClusterPath, "create", "--help"))!;
        process.StandardOutput.Close();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal("", error);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task What_is_stored_is_for_its_owner_only_whatever_the_umask()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no umask.");
            return;
        }

        var home = Directory.CreateTempSubdirectory("spotcluster-test-").FullName;
        try
        {
            var environment = new Dictionary<string, string> { ["HOME"] = home, ["XDG_CONFIG_HOME"] = Path.Combine(home, "configuration") };
            using var process = Process.Start(Tool.StartInfo(
                "sh", environment, "-c", "umask 000; echo 0123456789abcdef | exec dotnet \"$0\" login --provider vast", Tool.SpotClusterPath))!;
            var error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, error);
            var file = Assert.Single(Directory.GetFiles(home, "*", SearchOption.AllDirectories));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            foreach (var folder in Directory.GetDirectories(home, "*", SearchOption.AllDirectories))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }
}
