using System.Management.Automation;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Signs in to AWS single sign-on.</summary>
[Cmdlet(VerbsCommunications.Connect, "SpotSso", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(SpotSsoSession))]
public sealed class ConnectSpotSsoCommand : SpotEngineCmdlet
{
    /// <summary>Name of the <c>sso-session</c>.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? SessionName { get; set; }

    /// <summary>Opens the page in the browser of this machine.</summary>
    [Parameter]
    public SwitchParameter OpenBrowser { get; set; }

    /// <summary>Signs in anew even when the session is good.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>What the pipeline brings: rows whose columns are parameters.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public PSObject? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Piped.RequireRow(this, InputObject);
        Needs("a command that uses keys: a sign-in needs none", [nameof(AccessKey), nameof(SecretKey), nameof(SessionToken), nameof(Credential)]);
        var target = SessionName is null ? $"profile {ProfileName.FirstOrDefault() ?? "of this session"}" : $"sso-session {SessionName}";
        if (!Consents(target, "Sign in to AWS single sign-on", force: false))
        {
            return;
        }

        var engine = OpenEngine();
        Run(SessionName ?? ProfileName.FirstOrDefault(), async (pump, token) =>
        {
            var request = new SsoLoginRequest { SessionName = SessionName, IsForced = Force, Show = code => Show(pump, code) };
            pump.Write(await engine.SignInAsync(request, pump, token).ConfigureAwait(false));
        });
    }

    private void Show(Pump pump, SsoDeviceCode code)
    {
        pump.Report(code.Instruction);
        if (OpenBrowser && !code.TryOpenBrowser())
        {
            pump.Warning(code.WithoutBrowser);
        }
    }
}
