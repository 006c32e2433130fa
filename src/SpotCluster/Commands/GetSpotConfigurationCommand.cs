using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>The settings in force, and where each comes from.</summary>
[Cmdlet(VerbsCommon.Get, "SpotConfiguration")]
[OutputType(typeof(SpotSetting))]
public sealed class GetSpotConfigurationCommand : SpotCmdlet
{
    private SpotConfiguration? _configuration;

    /// <summary>Names of settings; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SettingCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Path of <c>spotcluster.yaml</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Run(ConfigurationPath, (pump, _) =>
    {
        var configuration = _configuration ??= Read(pump);
        foreach (var name in Name)
        {
            var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            var found = configuration.Values.Where(setting => pattern.IsMatch(setting.Name)).ToList();
            found.ForEach(pump.Write);
            if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                pump.Error(new SpotException(SpotErrorIds.SettingNotFound, SpotErrorCategory.NotFound, $"No setting '{name}' exists.")
                {
                    Target = name,
                    RecommendedAction = "Get-SpotConfiguration without a name lists all of them.",
                });
            }
        }

        return Task.CompletedTask;
    });

    private SpotConfiguration Read(Pump pump)
    {
        var configuration = SpotConfiguration.Read(ConfigurationPlace.Find(FilePath(ConfigurationPath), CurrentFolder));
        foreach (var warning in configuration.Warnings)
        {
            pump.Warning(warning.ToString());
        }

        return configuration.Require();
    }
}
