using System.Collections;
using System.Management.Automation;
using SpotCluster.Engine.Vast;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that launches machines, at AWS or at Vast.ai: what both of New-SpotInstance and New-SpotCluster take.</summary>
public abstract class SpotRentalCmdlet : SpotNodeCmdlet
{
    /// <summary>The container that a machine runs when none is named.</summary>
    private const string UsualImage = "pytorch/pytorch:latest";

    /// <summary>AMI id or <c>resolve:ssm:</c> parameter at AWS, container image with a tag at Vast.ai.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ImageId")]
    [ValidateNotNullOrEmpty]
    public string? Image { get; set; }

    /// <summary>Most USD per hour for one machine.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Price]
    public decimal? MaxHourlyPrice { get; set; }

    /// <summary>Disk of a machine at Vast.ai, GB.</summary>
    [Parameter]
    [ValidateRange(8.0, 100_000.0)]
    public decimal Disk { get; set; } = 40;

    /// <summary>Rents at the list price, not interruptible.</summary>
    [Parameter]
    [Alias("NoSpot")]
    public SwitchParameter OnDemand { get; set; }

    /// <summary>Environment of a container at Vast.ai.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable Environment { get; set; } = [];

    /// <summary>Script that runs at each start of a container at Vast.ai.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OnStart { get; set; }

    /// <summary>Ports that a container at Vast.ai opens.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Port { get; set; } = [];

    /// <summary>User and password of the private registry of the image at Vast.ai.</summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? RegistryCredential { get; set; }

    /// <summary>Server of the private registry.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Registry { get; set; }

    /// <summary>Hash of a template of Vast.ai.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TemplateHash { get; set; }

    /// <summary>Hours that the credit at Vast.ai must last for.</summary>
    [Parameter]
    [ValidateRange(0.0, 100_000.0)]
    public decimal RequiredHour { get; set; } = 1;

    /// <summary>What becomes of our machines at Vast.ai when the credit is used up.</summary>
    [Parameter]
    public SpotCreditPolicy? OnInsufficientCredit { get; set; }

    /// <summary>Does not ask, also not before machines are destroyed because the credit is used up.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns when every machine runs.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Seconds that -Wait waits at most.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, int.MaxValue)]
    public int Timeout { get; set; } = 600;

    /// <summary>Those of these parameters that only Vast.ai has.</summary>
    private protected static readonly string[] OnlyVast =
    [
        nameof(Disk), nameof(OnDemand), nameof(Environment), nameof(OnStart), nameof(Port), nameof(RegistryCredential), nameof(Registry), nameof(TemplateHash),
        nameof(RequiredHour), nameof(OnInsufficientCredit),
    ];

    /// <summary>The container image.</summary>
    private protected string ContainerImage => Image ?? UsualImage;

    /// <summary>The texts of the public keys.</summary>
    private protected string[] PublicKeys => [.. PublicKeyPath.Select(path => PublicKeyFile.Read(FilePath(path)!))];

    /// <summary>The login of the private registry; null for none.</summary>
    private protected string? ImageLogin => RegistryCredential is { } login
        ? VastRegistry.ToLogin(login.UserName, login.GetNetworkCredential().Password, Registry)
        : Registry is null ? null : throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "-Registry is not supported without -RegistryCredential.");

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Timeout)) && !Wait)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "-Timeout is not supported without -Wait.")
                {
                    RecommendedAction = "Add -Wait, or omit -Timeout.",
                },
                Timeout));
        }

        try
        {
            // Before the first prompt, and with -WhatIf too.
            VastPorts.Check(Port);
            _ = ImageLogin;
        }
        catch (SpotException error)
        {
            ThrowTerminatingError(ErrorRecords.From(error, error.Target));
        }
    }
}
