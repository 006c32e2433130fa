using SpotCluster.Engine.Configuration;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ConfigurationTests;

/// <summary>Environment over file over default, each with its origin; and where the file is looked for.</summary>
public sealed class PrecedenceTests : IDisposable
{
    private readonly ConfigurationFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_environment_wins_over_the_file_and_the_file_over_the_default()
    {
        _folder.Variables["SPOTCLUSTER_REGIONS"] = "eu-west-1, eu-*";
        _folder.Variables["SPOTCLUSTER_TAGS"] = "team=blue,note=a=b";
        _folder.Variables["SPOTCLUSTER_MAX_HOURLY_PRICE"] = "0.2";
        _folder.Variables["SPOTCLUSTER_EXPIRES_IN"] = "";
        var configuration = _folder.Read("regions: [us-east-1]\ncreator: ops\n\nexpiresIn: 2d\n").Require();

        Assert.Equal(["eu-west-1", "eu-*"], configuration.Settings.Regions);
        Assert.Equal("a=b", configuration.Settings.Tags["note"]);
        Assert.Equal(0.2m, configuration.Settings.MaxHourlyPrice);
        Assert.Equal((SpotSettingSource.Environment, "SPOTCLUSTER_REGIONS"), Origin("regions"));
        Assert.Equal((SpotSettingSource.File, _folder.File + ":2"), Origin("creator"));
        Assert.Equal((SpotSettingSource.File, _folder.File + ":4"), Origin("expiresIn"));
        Assert.Equal((SpotSettingSource.Default, null), Origin("vpcName"));

        (SpotSettingSource, string?) Origin(string name)
        {
            var value = configuration.Values.Single(setting => setting.Name == name);
            return (value.Source, value.Location);
        }
    }

    [Theory]
    [InlineData("SPOTCLUSTER_MAX_HOURLY_PRICE", "cheap")]
    [InlineData("SPOTCLUSTER_REGIONS", "us-east-1,Mars")]
    [InlineData("SPOTCLUSTER_REGIONS", ",")]
    [InlineData("SPOTCLUSTER_TAGS", "team")]
    [InlineData("SPOTCLUSTER_TAGS", "team=a,team=b")]
    [InlineData("SPOTCLUSTER_ALLOWED_ACCOUNTS", "1")]
    public void A_wrong_variable_is_told_by_its_name(string name, string value)
    {
        _folder.Variables[name] = value;
        var error = Assert.Throws<SpotException>(_folder.Read("").Require);
        Assert.Equal(SpotErrorIds.ConfigurationInvalid, error.ErrorId);
        Assert.StartsWith(name + ": ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_looked_for_where_the_manual_says()
    {
        var work = Directory.CreateDirectory(Path.Combine(_folder.Path, "work")).FullName;
        var own = Directory.CreateDirectory(Path.Combine(_folder.Path, "xdg", "spotcluster")).FullName;
        _folder.Variables["XDG_CONFIG_HOME"] = _folder.Variables["APPDATA"] = Path.Combine(_folder.Path, "xdg");

        Assert.Equal(new ConfigurationPlace(null, false), Find(null));
        File.WriteAllText(Path.Combine(own, "spotcluster.yaml"), "");
        Assert.Equal(new ConfigurationPlace(Path.Combine(own, "spotcluster.yaml"), false), Find(null));
        File.WriteAllText(Path.Combine(work, "spotcluster.yaml"), "");
        Assert.Equal(new ConfigurationPlace(Path.Combine(work, "spotcluster.yaml"), false), Find(null));
        _folder.Variables["SPOTCLUSTER_CONFIG"] = "team.yaml";
        Assert.Equal(new ConfigurationPlace(Path.Combine(work, "team.yaml"), true), Find(null));
        Assert.Equal(new ConfigurationPlace(Path.Combine(_folder.Path, "mine.yaml"), true), Find(Path.Combine("..", "mine.yaml")));

        ConfigurationPlace Find(string? path) => ConfigurationPlace.Find(path, work, _folder.Variable);
    }

    [Fact]
    public void The_stamp_changes_with_the_file_and_with_a_variable()
    {
        var place = new ConfigurationPlace(_folder.File, false);
        var stamps = new HashSet<string> { place.Stamp(_folder.Variable) };
        File.WriteAllText(_folder.File, "creator: a");
        Assert.True(stamps.Add(place.Stamp(_folder.Variable)));
        File.WriteAllText(_folder.File, "creator: ab");
        Assert.True(stamps.Add(place.Stamp(_folder.Variable)));
        _folder.Variables["SPOTCLUSTER_CREATOR"] = "c";
        Assert.True(stamps.Add(place.Stamp(_folder.Variable)));
        Assert.False(stamps.Add(place.Stamp(_folder.Variable)));
    }
}
