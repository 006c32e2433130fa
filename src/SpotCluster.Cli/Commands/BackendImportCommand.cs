using System.CommandLine;
using System.Data.Common;
using SpotCluster.Backend.Original;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>backend import</c>: takes over what the original backend keeps in MySQL.</summary>
internal static class BackendImportCommand
{
    private static readonly Option<string[]> AccountId = new("--account-id")
    {
        Description = "AWS account of the agents, which the original does not store: one for all clients, or NAME=ACCOUNT for each.",
        HelpName = "[NAME=]ACCOUNT[,...]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> AgentTokenFile = new("--agent-token-file")
    {
        Description = "New file for the tokens of the imported agents; only you can read it. Default: imported-agents.tokens in the user's data folder.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Do not prompt." };

    public static Command Build()
    {
        var command = CommonOptions.Command(
            "import", "Import clients, agents, replicas and pending terminations from the MySQL database of the original backend.",
            BackendCommand.Database, AccountId, AgentTokenFile, Force, CommonOptions.WhatIf);
        command.SetAction((parsed, cancellationToken) =>
            CommandRun.RunAsync(parsed, (run, token) => ExecuteAsync(run, parsed, token), cancellationToken));
        return command;
    }

    private static async Task ExecuteAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new ImportOptions
        {
            Database = parsed.GetValue(BackendCommand.Database) ?? BackendCommand.Variable(BackendCommand.DatabaseVariable)
                ?? throw Invalid("The database of the original is required: specify --database mysql://user@host/spot_optimizer_production."),
            Accounts = Accounts(parsed.List(AccountId)),
            Clock = run.Clock,
        };
        try
        {
            var plan = await OriginalImport.LookAsync(options, cancellationToken).ConfigureAwait(false);
            Show(run, plan);
            if (parsed.GetValue(CommonOptions.WhatIf))
            {
                Messages.WriteNote(run.Console, "Nothing was changed.");
                return;
            }

            await AskAsync(run, parsed.GetValue(Force), plan, cancellationToken).ConfigureAwait(false);
            await ApplyAsync(run, options, parsed.GetValue(AgentTokenFile) ?? BackendCommand.InDataFolder("imported-agents.tokens"), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or DbException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The import failed: {error.Message.TrimEnd('.')}.", error);
        }
    }

    private static async Task ApplyAsync(CommandRun run, ImportOptions options, string file, CancellationToken cancellationToken)
    {
        // The file is there before anything is changed: a token that was made is never lost for want of a place.
        using var tokens = new AgentTokenFile(file);
        var result = await OriginalImport.ApplyAsync(options, cancellationToken).ConfigureAwait(false);
        tokens.Write(result.Tokens);
        run.Report.Add("imported", result.Items.Where(item => item.IsImported));
        run.Report.Add("agentTokenFile", result.Tokens.Count > 0 ? file : null);
        Messages.WriteNote(run.Console, $"{Cells.Count(result.Items.Count(item => item.IsImported), "row")} of the original {(result.Items.Count(item => item.IsImported) == 1 ? "was" : "were")} imported.");
        if (result.Tokens.Count > 0)
        {
            Messages.WriteNote(run.Console, $"The tokens of the agents are in {file}: agent id, name and token, one agent per line.");
        }
    }

    private static void Show(CommandRun run, ImportResult plan)
    {
        run.Report.Add("items", plan.Items);
        run.Report.Add("addedColumns", plan.AddedColumns);
        if (!run.IsJson)
        {
            ImportTable.Write(run.Console, plan.Items);
        }

        if (plan.AddedColumns.Count > 0)
        {
            Messages.WriteNote(run.Console, $"Columns added to the original's tables: {string.Join(", ", plan.AddedColumns)}.");
        }
    }

    private static async Task AskAsync(CommandRun run, bool isForced, ImportResult plan, CancellationToken cancellationToken)
    {
        if (isForced)
        {
            return;
        }

        var marked = plan.Items.Count(item => item.IsImported && item.Kind is "zombie" or "retired" && item.Reason is null);
        var question = $"Import {Cells.Count(plan.Items.Count(item => item.IsImported), "row")}? {Cells.Count(marked, "instance")} of them will be terminated.";
        if (!run.Console.CanAsk)
        {
            throw Missing("Confirmation is required to import, and this is a non-interactive session.");
        }

        await run.Console.ErrorWriter.WriteAsync($"{question} [y/N] ".AsMemory(), cancellationToken).ConfigureAwait(false);
        await run.Console.ErrorWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        var answer = await run.Console.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (answer?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
        {
            throw Missing("Nothing was imported: the import was not confirmed.");
        }
    }

    private static Dictionary<string, string> Accounts(string[] values)
    {
        var accounts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            var at = value.LastIndexOf('=');
            var account = value[(at + 1)..];
            if (account.Length != 12 || !account.All(char.IsAsciiDigit))
            {
                throw Invalid($"'{value}' is not valid for --account-id: specify 12 digits, as in 111111111111 or shop=111111111111.");
            }

            accounts[at < 0 ? "" : value[..at]] = account;
        }

        return accounts;
    }

    private static SpotException Invalid(string message) => new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, message);

    private static SpotException Missing(string message) => new(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, message)
    {
        RecommendedAction = "Preview with --what-if, then run the command again with --force.",
    };
}
