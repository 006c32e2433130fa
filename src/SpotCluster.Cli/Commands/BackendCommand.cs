using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using SpotCluster.Backend;
using SpotCluster.Backend.Security;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>backend</c>: serves the termination backend until it is stopped.</summary>
internal static class BackendCommand
{
    /// <summary>The admin's token can come from here, so that it stands in no command line and no file.</summary>
    public const string TokenVariable = "SPOTCLUSTER_ADMIN_TOKEN";

    /// <summary>The database can come from here, because a connection string may hold a password.</summary>
    public const string DatabaseVariable = "SPOTCLUSTER_BACKEND_DATABASE";

    /// <summary>The password of the certificate file.</summary>
    public const string CertificatePasswordVariable = "SPOTCLUSTER_CERTIFICATE_PASSWORD";

    private static readonly Option<string[]> Urls = new("--urls")
    {
        Description = "Addresses to listen on. Default: http://127.0.0.1:5080.",
        HelpName = "URL[,URL]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> Port = new("--port")
    {
        Description = "Port on 127.0.0.1; 0 selects a free port.",
        HelpName = "PORT",
    };

    public static readonly Option<string?> Database = new("--database")
    {
        Description = $"SQLite file, or connection string or URL for PostgreSQL or MySQL. Default: {DatabaseVariable}, then a file in the user's data folder.",
        HelpName = "FILE|CONNECTION",
    };

    private static readonly Option<string?> TokenFile = new("--admin-token-file")
    {
        Description = $"File with the admin token, created at the first start. Default: {TokenVariable}, then backend-admin.token in the user's data folder.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> AllowPublic = new("--allow-public")
    {
        Description = "Listen without TLS on addresses other than loopback, because a proxy in front provides TLS.",
    };

    private static readonly Option<string?> Certificate = new("--certificate")
    {
        Description = $"PKCS#12 file with the certificate and key for https addresses; its password is in {CertificatePasswordVariable}.",
        HelpName = "FILE",
    };

    public static Command Build()
    {
        var command = CommonOptions.Command(
            "backend", "Run the termination backend and its status page until stopped.", Urls, Port, Database, TokenFile, AllowPublic, Certificate);

        command.Add(BackendRequeueCommand.Build());

        // Being stopped is how a server ends: that is no interruption, so the run itself is not cancelled.
        command.SetAction((parsed, stop) =>
            CommandRun.RunAsync(parsed, (run, _) => ExecuteAsync(run, parsed, stop), CancellationToken.None));
        command.Add(BackendImportCommand.Build());
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken stop)
    {
        try
        {
            var options = ReadOptions(run, parsed);
            await BackendHost.RunAsync(options, urls => Report(run, urls), stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped while it was starting.
        }
        catch (Exception error) when (error is InvalidOperationException or DbException or IOException or UnauthorizedAccessException
            or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"Cannot start the backend: {error.Message.TrimEnd('.')}.", error);
        }

        if (stop.IsCancellationRequested)
        {
            Messages.WriteNote(run.Console, "The backend stopped.");
        }
    }

    private static BackendOptions ReadOptions(CommandRun run, ParseResult parsed)
    {
        var urls = parsed.List(Urls);
        var port = parsed.WholeNumber(Port, 0, 65535, SpotErrorIds.ParameterInvalid);
        if (urls.Length > 0 && port is not null)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--urls is not supported with --port; specify one of them.");
        }

        return new BackendOptions
        {
            Urls = urls.Length > 0 ? urls : [string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port ?? 5080}")],
            Database = parsed.GetValue(Database) ?? Variable(DatabaseVariable) ?? InDataFolder("backend.db"),
            AdminToken = ReadToken(run, parsed.GetValue(TokenFile)),
            AllowPublic = parsed.GetValue(AllowPublic),
            CertificatePath = parsed.GetValue(Certificate),
            CertificatePassword = Variable(CertificatePasswordVariable),
            Clock = run.Clock,
        };
    }

    /// <summary>The token itself is never shown: whoever may read the file may be admin.</summary>
    private static string ReadToken(CommandRun run, string? file)
    {
        if (file is null && Variable(TokenVariable) is { } token)
        {
            return token;
        }

        file ??= InDataFolder("backend-admin.token");
        var (text, created) = AdminTokenFile.ReadOrCreate(file);
        Messages.WriteNote(run.Console, created ? $"A new admin token is in {file}; only you can read it." : $"The admin token is in {file}.");
        run.Report.Add("adminTokenFile", file);
        return text;
    }

    private static void Report(CommandRun run, IReadOnlyCollection<string> urls)
    {
        run.Report.Add("urls", urls);
        foreach (var url in urls)
        {
            Messages.WriteNote(run.Console, $"The backend and its status page are available at {url}; press Ctrl+C to stop it.");
        }
    }

    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    public static string InDataFolder(string file) => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "spotcluster", file);
}
