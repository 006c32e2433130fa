using System.CommandLine;
using System.Text.RegularExpressions;
using SpotCluster.Cli.Options;
using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary><c>config</c>: shows the settings in force, tests them, writes a new file.</summary>
internal static class ConfigCommand
{
    private static readonly Option<bool> Online = new("--online")
    {
        Description = "Also check against the provider: regions, types, architecture, image, quota, account. Changes nothing.",
    };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "Import the values of a file, including files in an old layout.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> Interactive = new("--interactive")
    {
        Description = "Prompt for tag, creator, prefix, VPC name, regions, types, keys and orchestrators.",
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Overwrite an existing file." };

    private static readonly IReadOnlyDictionary<SettingDefinition, Option> Values = SettingTable.All.ToDictionary(setting => setting, ToOption);

    public static Command Build()
    {
        var show = CommonOptions.Command("show", "Show each effective setting and its source.", CommonOptions.ConfigurationPath);
        show.SetAction((parsed, token) => CommandRun.RunAsync(parsed, ShowAsync, token));

        var test = CommonOptions.CloudCommand("test", "Check the configuration and list every error in it.", Online);
        test.SetAction((parsed, token) => CommandRun.RunAsync(parsed, (run, stop) => TestAsync(run, parsed.GetValue(Online), stop), token));

        var create = CommonOptions.Command(
            "new",
            "Write a configuration file. Default: spotcluster.yaml in the current folder.",
            [.. Values.Values, From, Interactive, Force, CommonOptions.WhatIf, CommonOptions.ConfigurationPath]);
        create.SetAction((parsed, token) => CommandRun.RunAsync(parsed, (run, stop) => NewAsync(run, parsed, stop), token));
        return new Command("config", "Show, test or write the configuration.") { show, test, create };
    }

    private static Task ShowAsync(CommandRun run, CancellationToken cancellationToken)
    {
        using var engine = run.OpenEngine();
        var configuration = engine.Configuration;
        foreach (var warning in configuration.Warnings)
        {
            run.Host.Warning(warning.ToString());
        }

        configuration.Require();
        run.Report.Add("path", configuration.Path);
        run.Report.Add("settings", configuration.Values);
        if (!run.IsJson)
        {
            SettingsTable.Write(run.Console, configuration.Values);
        }

        return Task.CompletedTask;
    }

    private static async Task TestAsync(CommandRun run, bool isOnline, CancellationToken cancellationToken)
    {
        using var engine = run.OpenEngine();
        var findings = await run.Host.TrackAsync(() => engine.TestConfigurationAsync(isOnline, run.Host, cancellationToken)).ConfigureAwait(false);
        run.Report.Add("path", engine.Configuration.Path);
        run.Report.Add("isValid", findings.Count == 0);
        foreach (var finding in findings)
        {
            run.Host.Error(finding);
        }

        if (findings.Count == 0)
        {
            Messages.WriteNote(run.Console, $"{engine.Configuration.Path ?? "The configuration from environment variables and defaults (no file)"} is valid.");
        }
    }

    private static async Task NewAsync(CommandRun run, ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Directory.GetCurrentDirectory();
        var path = Path.GetFullPath(parsed.GetValue(CommonOptions.ConfigurationPath) ?? ConfigurationPlace.FileName);
        var overwrite = parsed.GetValue(Force);
        ConfigurationWriter.Refuse(path, overwrite);
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        var import = parsed.GetValue(From) is { } source ? ConfigurationImport.Read(Path.GetFullPath(source)) : null;
        if (import is not null)
        {
            values = import.Values;
            foreach (var finding in import.Lost)
            {
                run.Host.Warning(finding.ToString());
            }
        }

        foreach (var (setting, option) in Values)
        {
            var given = option is Option<string[]> many ? string.Join(',', parsed.GetValue(many) ?? []) : parsed.GetValue((Option<string?>)option) ?? "";
            if (given.Length > 0)
            {
                values[setting.Name] = setting.Parse(given, folder);
            }
        }

        if (parsed.GetValue(Interactive))
        {
            RequireTerminal(run);
            await AskAsync(run, SettingTable.Questions, values, folder, cancellationToken).ConfigureAwait(false);
        }
        else if (run.Console.CanAsk && !run.IsJson)
        {
            // Without a filter tag of its own, a team removes what the next one has launched.
            var asked = import is null ? SettingTable.Questions.Where(setting => setting.Name.StartsWith("filterTag", StringComparison.Ordinal))
                : import.Missing(values).Select(SettingTable.Get);
            await AskAsync(run, asked, values, folder, cancellationToken).ConfigureAwait(false);
        }

        import?.Require(values);
        import?.Place(values, path);

        run.Report.Add("path", path);
        if (parsed.GetValue(CommonOptions.WhatIf))
        {
            run.Report.Add("whatIf", true);
            run.Report.Add("text", ConfigurationWriter.Compose(values));
            if (!run.IsJson)
            {
                run.Console.WriteDocument(ConfigurationWriter.Compose(values).TrimEnd());
            }

            Messages.WriteNote(run.Console, $"What if: {path} was not written.");
            return;
        }

        var token = import?.WriteToken(values, path, overwrite);
        run.Report.Add("settings", ConfigurationWriter.Write(path, values, overwrite));
        if (token is not null)
        {
            Messages.WriteNote(run.Console, $"The token for joining nodes is in {token}, readable by its owner only.");
        }

        Messages.WriteNote(run.Console, $"{path} was written. To check it against the provider: spotcluster config test --online");
    }

    private static void RequireTerminal(CommandRun run)
    {
        if (!run.Console.CanAsk)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "--interactive is not supported in a non-interactive session.")
            {
                RecommendedAction = "Specify the values as options, for example --filter-tag-value team-a --region us-east-1.",
            };
        }
    }

    private static async Task AskAsync(
        CommandRun run, IEnumerable<SettingDefinition> settings, Dictionary<string, object> values, string folder, CancellationToken cancellationToken)
    {
        foreach (var setting in settings.Where(setting => !values.ContainsKey(setting.Name)))
        {
            while (true)
            {
                await run.Console.ErrorWriter.WriteAsync(
                    $"{setting.Description}\n{setting.Name} [{SettingTable.ToText(setting.Default)}]: ".AsMemory(), cancellationToken).ConfigureAwait(false);
                await run.Console.ErrorWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
                var answer = await run.Console.ReadLineAsync(cancellationToken).ConfigureAwait(false)
                    ?? throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The input ended before {setting.Name} was answered; nothing was written.");
                try
                {
                    if (answer.Trim().Length > 0)
                    {
                        values[setting.Name] = setting.Parse(answer, folder);
                    }
                    else if (setting.Default is string text)
                    {
                        values[setting.Name] = text;
                    }

                    break;
                }
                catch (SpotException wrong)
                {
                    Messages.WriteWarning(run.Console, wrong.Message);
                }
            }
        }
    }

    // regions is --region, as on the other commands; a list or a table is repeatable.
    private static Option ToOption(SettingDefinition setting)
    {
        var word = "--" + Regex.Replace(setting.Name, "(?<=[a-z])[A-Z]", "-$0", RegexOptions.CultureInvariant).ToLowerInvariant();
        Option option = setting.Kind is SettingKind.TextList or SettingKind.TextMap
            ? new Option<string[]>(word.TrimEnd('s')) { Arity = ArgumentArity.OneOrMore, DefaultValueFactory = _ => [] }
            : new Option<string?>(word);
        option.Description = setting.Description;
        option.HelpName = setting.Kind switch
        {
            SettingKind.TextList => "VALUE[,VALUE]",
            SettingKind.TextMap => "KEY=VALUE",
            SettingKind.Money => "USD",
            SettingKind.Duration => "DURATION",
            SettingKind.Path => "FILE",
            _ => "VALUE",
        };
        return option;
    }
}
