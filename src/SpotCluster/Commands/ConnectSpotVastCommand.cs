using System.Management.Automation;
using System.Net;
using System.Security;
using SpotCluster.Common;
using SpotCluster.Model;

namespace SpotCluster.Commands;

/// <summary>Stores the API key of Vast.ai.</summary>
[Cmdlet(VerbsCommunications.Connect, "SpotVast", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class ConnectSpotVastCommand : SpotEngineCmdlet
{
    /// <summary>The key.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public SecureString? Key { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        RefusePipeline("a key is a secret.", "Run Connect-SpotVast alone, or use -Key.");
        RefuseMisplaced(SpotProvider.Vast, OnlyAwsConnection);
        if (!Consents("API key of Vast.ai", "Store", force: false))
        {
            return;
        }

        string? key = null;
        try
        {
            key = new NetworkCredential("", Key ?? Read()).Password;
        }
        catch (Exception error) when (IsUnanswerable(error))
        {
            // Told as a missing key: a session that cannot ask has none.
        }

        var engine = OpenEngine();
        Run(null, (pump, _) =>
        {
            pump.Report(engine.Vast.SaveKey(key).ToString());
            return Task.CompletedTask;
        });
    }

    private SecureString Read()
    {
        Host.UI.Write("API key of Vast.ai: ");
        return Host.UI.ReadLineAsSecureString();
    }
}
