using System.CommandLine;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands.Agent;

/// <summary><c>agent install</c>: writes a systemd unit, a script for a scheduled task of Windows, and an agent.conf to begin with.</summary>
internal static class AgentInstallCommand
{
    private static readonly Option<string?> Output = new("--output") { Description = "Folder to write to. Default: the current folder.", HelpName = "FOLDER" };

    private static readonly Option<string?> User = new("--user")
    {
        Description = "Account that the unit runs as. Default: a dynamic user of systemd.",
        HelpName = "NAME",
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Overwrite existing files." };

    public static Command Build()
    {
        var command = CommonOptions.Command(
            "install", "Write the files that run the agent as a service, without installing it.", Output, User, Overwrite, CommonOptions.WhatIf);
        command.SetAction((parsed, cancellationToken) => CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(Output) ?? ".");
        var user = parsed.GetValue(User);
        if (user is not null && !user.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.'))
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"'{user}' is not a valid account name.");
        }

        var files = new ServiceFiles(ThisProgram(), user).All;
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(folder, name);
            run.Report.Append("files", new { Path = path, Text = text });
            if (!run.IsJson)
            {
                run.Console.OutWriter.WriteLine($"# {path}");
                run.Console.WriteDocument(text);
            }
        }

        if (parsed.GetValue(CommonOptions.WhatIf))
        {
            Messages.WriteNote(run.Console, "Nothing was written.");
            return;
        }

        try
        {
            Directory.CreateDirectory(folder);
            if (!parsed.GetValue(Overwrite) && files.FirstOrDefault(file => File.Exists(Path.Combine(folder, file.Name))).Name is { } there)
            {
                throw new SpotException(
                    SpotErrorIds.LocalFileFailed, SpotErrorCategory.AlreadyExists, $"The file {Path.Combine(folder, there)} exists; nothing was written.")
                {
                    RecommendedAction = "Specify another folder with --output, or use --overwrite.",
                };
            }

            foreach (var (name, text) in files)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, name), text, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidArgument, $"Cannot write the files to {folder}: {failure.Message}", failure);
        }

        Messages.WriteNote(run.Console, $"Written to {folder}. The first lines of each file describe how to install it.");
    }

    // The runtime runs a dll, and a published program runs itself.
    private static string[] ThisProgram()
    {
        var process = Environment.ProcessPath ?? "spotcluster";
        return Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? [process, Path.Combine(AppContext.BaseDirectory, typeof(AgentInstallCommand).Assembly.GetName().Name + ".dll")]
            : [process];
    }
}
