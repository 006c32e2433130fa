using System.Collections;
using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Completion;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Writes a configuration file: from parameters, from answers, or from an older file.</summary>
[Cmdlet(VerbsCommon.New, "SpotConfiguration", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotSetting))]
public sealed class NewSpotConfigurationCommand : SpotCmdlet
{
    /// <summary>Path of the new file.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <summary>Key of the tag that marks what is ours.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? FilterTagName { get; set; }

    /// <summary>Value of that tag.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? FilterTagValue { get; set; }

    /// <summary>Value of the tag CreatedBy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Creator { get; set; }

    /// <summary>Start of the name of each resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? ResourcePrefix { get; set; }

    /// <summary>Name of each VPC.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? VpcName { get; set; }

    /// <summary>Regions; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string[]? Region { get; set; }

    /// <summary>Instance types that may be used.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(InstanceTypeCompleter))]
    public string[]? InstanceType { get; set; }

    /// <summary>Processor architecture.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SpotArchitecture? Architecture { get; set; }

    /// <summary>AMI id, or <c>resolve:ssm:</c> and the name of a parameter.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Image { get; set; }

    /// <summary>Most USD per hour for one machine.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Price]
    public decimal? MaxHourlyPrice { get; set; }

    /// <summary>Most USD per hour for a whole cluster.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Price]
    public decimal? MaxHourlyCost { get; set; }

    /// <summary>Life of new machines.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan? ExpiresIn { get; set; }

    /// <summary>Paths of OpenSSH public keys.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? PublicKeyPath { get; set; }

    /// <summary>Bacalhau orchestrators that new machines join.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Orchestrator { get; set; }

    /// <summary>Address of the orchestrator's API.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Uri? OrchestratorUrl { get; set; }

    /// <summary>More tags for every resource.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Hashtable? Tag { get; set; }

    /// <summary>Account ids in which something may be changed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? AllowedAccount { get; set; }

    /// <summary>What becomes of machines at Vast.ai when the credit is used up.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SpotCreditPolicy? OnInsufficientCredit { get; set; }

    /// <summary>A file whose values are taken over.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? From { get; set; }

    /// <summary>Asks for the most important values.</summary>
    [Parameter]
    public SwitchParameter Interactive { get; set; }

    /// <summary>Overwrites a file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What the pipeline brings: rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject, nameof(SpotDiscovery));
        var path = FilePath(ConfigurationPath ?? ConfigurationPlace.FileName)!;
        Dictionary<string, object>? values = null;
        ConfigurationImport? import = null;
        Run(path, (pump, _) =>
        {
            ConfigurationWriter.Refuse(path, Force);
            import = FilePath(From) is { } source ? ConfigurationImport.Read(source) : null;
            values = Values(import, pump);
            if (!Interactive)
            {
                import?.Require(values);
                import?.Place(values, path);
            }

            return Task.CompletedTask;
        });
        if (values is null)
        {
            return;
        }

        if (Interactive && SettingQuestions.Ask(Host, SettingTable.Questions.Concat(import?.Missing(values).Select(SettingTable.Get) ?? []).Distinct(), values, CurrentFolder, WriteWarning) is { } failure)
        {
            ThrowTerminatingError(ErrorRecords.From(failure, path));
        }

        if (Consents(path, "Write configuration", force: false))
        {
            Run(path, (pump, _) =>
            {
                if (Interactive)
                {
                    import?.Require(values);
                    import?.Place(values, path);
                }

                import?.WriteToken(values, path, Force);
                foreach (var setting in ConfigurationWriter.Write(path, values, Force))
                {
                    pump.Write(setting);
                }

                return Task.CompletedTask;
            });
        }
    }

    private Dictionary<string, object> Values(ConfigurationImport? import, Pump pump)
    {
        var values = import?.Values ?? new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var finding in import?.Lost ?? [])
        {
            pump.Warning(finding.ToString());
        }

        var given = new (string Name, object? Value)[]
        {
            ("filterTagName", FilterTagName), ("filterTagValue", FilterTagValue), ("creator", Creator), ("resourcePrefix", ResourcePrefix),
            ("vpcName", VpcName), ("regions", Region), ("instanceTypes", InstanceType), ("architecture", Architecture), ("image", Image),
            ("maxHourlyPrice", MaxHourlyPrice), ("maxHourlyCost", MaxHourlyCost), ("expiresIn", ExpiresIn),
            ("publicKeyPath", PublicKeyPath?.Select(path => FilePath(path)!).ToArray()),
            ("orchestrators", Orchestrator), ("orchestratorUrl", OrchestratorUrl?.OriginalString), ("tags", Tag is null ? null : TagTable.Read(Tag)), ("allowedAccounts", AllowedAccount),
            ("onInsufficientCredit", OnInsufficientCredit),
        };
        foreach (var (name, value) in given.Where(pair => pair.Value is not null))
        {
            values[name] = value!;
        }

        return values;
    }
}
