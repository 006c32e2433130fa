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

        var key = new NetworkCredential("", Key ?? Read()).Password;
        var engine = OpenEngine();
        Run(null, (pump, _) =>
        {
            pump.Report(engine.Vast.SaveKey(key).ToString());
            return Task.CompletedTask;
        });
    }

    // At the end of a redirected input, the console would end the whole script without a word.
    private SecureString Read()
    {
        try
        {
            if (SettingQuestions.CanAsk(Host))
            {
                Host.UI.Write("API key of Vast.ai: ");
                return Host.UI.ReadLineAsSecureString();
            }
        }
        catch (Exception error) when (IsUnanswerable(error))
        {
            // Nobody can be asked, as above.
        }

        const string target = "the API key of Vast.ai";
        throw NotConfirmed(
            new SpotException(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, $"A prompt is required for {target}, and this is a non-interactive session. Nothing was stored.")
            {
                Target = target,
                RecommendedAction = "Specify the key with -Key, for example from a vault.",
            },
            target);
    }
}
