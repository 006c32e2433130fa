using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>login</c>: signs in to AWS single sign-on, for every AWS tool of this user.</summary>
internal static class LoginCommand
{
    private static readonly Option<string?> SessionName = new("--session-name")
    {
        Description = "The sso-session of the AWS config file. Default: that of the profile.",
        HelpName = "NAME",
    };

    private static readonly Option<bool> OpenBrowser = new("--open-browser") { Description = "Open the page in the browser of this computer." };

    private static readonly Option<string?> Provider = new("--provider")
    {
        Description = "aws; or vast to store the API key of Vast.ai, read from the terminal or from stdin. Default: aws.",
        HelpName = "CLOUD",
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Sign in again even if the session is valid or can be renewed." };

    public static Command Build()
    {
        var command = CommonOptions.CloudCommand(
            "login", "Sign in to AWS single sign-on for all AWS tools of this user.", Provider, SessionName, OpenBrowser, Force);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.Choice(Provider, VastOptions.Providers) == SpotProvider.Vast)
        {
            VastOptions.Refuse(parsed, "Vast.ai", SessionName, OpenBrowser, Force, CommonOptions.ProfileName, CommonOptions.EndpointUrl);
            await StoreKeyAsync(run, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var engine = run.OpenEngine();
        var request = new SsoLoginRequest
        {
            SessionName = parsed.GetValue(SessionName),
            IsForced = parsed.GetValue(Force),
            Show = code => Show(run, code, parsed.GetValue(OpenBrowser)),
        };
        run.AfterInterruption = () => "The sign-in was not completed.";
        var session = await run.Host.TrackAsync(() => engine.SignInAsync(request, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("ssoSession", session);
        Messages.WriteNote(run.Console, session.Outcome switch
        {
            SpotSsoOutcome.StillSignedIn => $"Still signed in to {session} until {Cells.Time(session.ExpiresAt)}.",
            SpotSsoOutcome.Renewed => $"Renewed the session of {session} until {Cells.Time(session.ExpiresAt)}.",
            _ => $"Signed in to {session} until {Cells.Time(session.ExpiresAt)}; the session is cached in {session.CachePath} for all AWS tools.",
        });
    }

    // From the terminal or a pipe, never from the command line, where every user of the computer sees it.
    private static async Task StoreKeyAsync(CommandRun run, CancellationToken cancellationToken)
    {
        if (run.Console.CanAsk)
        {
            await run.Console.ErrorWriter.WriteAsync("API key of Vast.ai: ".AsMemory(), cancellationToken).ConfigureAwait(false);
            await run.Console.ErrorWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        var key = await run.Console.ReadSecretAsync(cancellationToken).ConfigureAwait(false);
        using var engine = run.OpenEngine();
        var stored = engine.Vast.SaveKey(key);
        run.Report.Add("keyPath", stored.Path);
        Messages.WriteNote(run.Console, stored.ToString());
    }

    private static void Show(CommandRun run, SsoDeviceCode code, bool openBrowser)
    {
        Messages.WriteNote(run.Console, code.Instruction);
        if (openBrowser && !code.TryOpenBrowser())
        {
            Messages.WriteWarning(run.Console, code.WithoutBrowser);
        }
    }
}
