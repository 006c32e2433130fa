using System.Management.Automation;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Inventory;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works on the clouds. Its parameters bear the names that AWS Tools for PowerShell uses.</summary>
public abstract class SpotEngineCmdlet : SpotCmdlet
{
    /// <summary>Name of the AWS profile.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("AWSProfileName")]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    public string? ProfileName { get; set; }

    /// <summary>The code of the device that the profile names as <c>mfa_serial</c>.</summary>
    [Parameter]
    [ValidatePattern("^[0-9]{6}$")]
    public string? MfaCode { get; set; }

    /// <summary>Base address for every AWS service.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? EndpointUrl { get; set; }

    /// <summary>Path of <c>spotcluster.yaml</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <summary>The session's engine for these parameters.</summary>
    private protected SpotEngine OpenEngine()
    {
        var session = SpotSession.Current;
        if (session.Simulator is not null && EndpointUrl is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(
                    SpotErrorIds.ParameterInvalid,
                    SpotErrorCategory.InvalidArgument,
                    $"This session works on the simulator, so the endpoint '{EndpointUrl}' would not be used.")
                {
                    RecommendedAction = "Leave out -EndpointUrl, or end the simulator with Stop-SpotSimulator.",
                },
                EndpointUrl));
        }

        var key = EngineKey.Of(ProfileName, EndpointUrl, FilePath(ConfigurationPath), CurrentFolder);
        var engine = session.Open(key with { DecodesDenials = MyInvocation.BoundParameters.ContainsKey("Verbose") });
        if (MfaCode is not null)
        {
            engine.UseMfaCode(MfaCode);
        }
        else if (MfaDeviceOf(engine) is { } device && SettingQuestions.AskOne(Host, $"MFA code of {device}: ") is { Length: > 0 } code)
        {
            engine.UseMfaCode(code);
        }

        return engine;
    }

    // What is wrong with the files of AWS is said by the first call, and stops nothing that makes none.
    private static string? MfaDeviceOf(SpotEngine engine)
    {
        try
        {
            return engine.MfaDevice;
        }
        catch (SpotException)
        {
            return null;
        }
    }

    /// <summary>Tells of what is billed on the account at Vast.ai and not managed here.</summary>
    private protected void TellUnmanaged(UnmanagedInstances? others)
    {
        if (others is not null)
        {
            WriteWarning($"{others}: -IncludeForeign");
        }
    }

    /// <summary>Parameters that say how AWS is reached; Vast.ai has its address and key in the environment.</summary>
    private protected static readonly string[] OnlyAwsConnection = [nameof(ProfileName), nameof(EndpointUrl)];

    /// <summary>Ends the cmdlet when one of these parameters was given, which would do nothing at this provider.</summary>
    private protected void RefuseMisplaced(SpotProvider provider, IEnumerable<string> foreign)
    {
        if (Misplaced(provider, foreign) is { } misplaced)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, null));
        }
    }

    /// <summary>Ends the cmdlet when one of these parameters was given without the one that it belongs to.</summary>
    private protected void Needs(string other, IEnumerable<string> names)
    {
        if (names.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } name)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"-{name} is not supported without {other}.")
                {
                    Target = name,
                    RecommendedAction = $"Add {other}, or leave out -{name}.",
                },
                null));
        }
    }

    /// <summary>Ends the cmdlet before any change when more would be removed than its limit.</summary>
    private protected void RequireWithin(int count, int most)
    {
        try
        {
            RemovalScope.RequireWithin(count, most);
        }
        catch (SpotException beyond)
        {
            ThrowTerminatingError(ErrorRecords.From(beyond, null));
        }
    }

    /// <summary>The first of these parameters that was given, as an error that it has no meaning at this cloud; null when none was.</summary>
    private protected SpotException? Misplaced(SpotProvider provider, IEnumerable<string> foreign) =>
        foreign.FirstOrDefault(name => MyInvocation.BoundParameters.ContainsKey(name) && !IsDefaulted(name)) is not { } name ? null : new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument,
            $"-{name} has no meaning at {ProviderNames.Of(provider)}.")
        {
            Target = name,
            RecommendedAction = $"Leave out -{name}, or choose the other cloud.",
        };
}
