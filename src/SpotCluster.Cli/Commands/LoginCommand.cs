using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine;
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

    private static readonly Option<bool> OpenBrowser = new("--open-browser") { Description = "Open the page in the browser of this machine." };

    private static readonly Option<bool> Force = new("--force") { Description = "Sign in anew even when the session is good or can be renewed." };

    public static Command Build(CliEnvironment environment)
    {
        var command = CommonOptions.CloudCommand(
            "login", "Sign in to AWS single sign-on; afterwards every AWS tool of this user is signed in.", SessionName, OpenBrowser, Force);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(environment, parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var engine = run.OpenEngine();
        var request = new SsoLoginRequest
        {
            SessionName = parsed.GetValue(SessionName),
            IsForced = parsed.GetValue(Force),
            Show = code => Show(run, code, parsed.GetValue(OpenBrowser)),
        };
        run.AfterInterruption = () => "Nobody was signed in.";
        var session = await run.Host.TrackAsync(() => engine.SignInAsync(request, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("ssoSession", session);
        Messages.WriteNote(run.Console, session.Outcome switch
        {
            SpotSsoOutcome.StillSignedIn => $"Still signed in to {session} until {Cells.Time(session.ExpiresAt)}.",
            SpotSsoOutcome.Renewed => $"The session of {session} is renewed until {Cells.Time(session.ExpiresAt)}.",
            _ => $"Signed in to {session} until {Cells.Time(session.ExpiresAt)}; every AWS tool finds it in {session.CachePath}.",
        });
    }

    private static void Show(CommandRun run, SsoDeviceCode code, bool openBrowser)
    {
        Messages.WriteNote(run.Console, $"To sign in to {code.Session}, open {code.Address} and enter the code {code.UserCode}");
        if (openBrowser && !code.TryOpenBrowser())
        {
            Messages.WriteWarning(run.Console, $"No browser could be opened here; open {code.AddressWithCode} on any machine.");
        }
    }
}
