using System.Management.Automation.Host;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>Asks the user for the settings that matter most.</summary>
internal static class SettingQuestions
{
    /// <summary>
    /// Asks for what has no value yet, on the pipeline thread. Returns the error when nobody can be asked: with
    /// -NonInteractive, in a job or in a host without a keyboard it ends at once instead of waiting for ever.
    /// </summary>
    /// <param name="host">Who asks.</param>
    /// <param name="settings">What is asked for.</param>
    /// <param name="values">The values so far; the answers are added.</param>
    /// <param name="folder">What relative paths are relative to.</param>
    /// <param name="warn">Told what is wrong with an answer, before the question is asked again.</param>
    public static SpotException? Ask(PSHost host, IEnumerable<SettingDefinition> settings, Dictionary<string, object> values, string folder, Action<string> warn)
    {
        if (!CanAsk(host))
        {
            return Nobody(null);
        }

        foreach (var setting in settings.Where(setting => !values.ContainsKey(setting.Name)))
        {
            var isAnswered = false;
            while (!isAnswered)
            {
                var (answer, failure) = Ask(host.UI, $"{setting.Description}\n{setting.Name} [{SettingTable.ToText(setting.Default)}]: ");
                if (failure is not null)
                {
                    return failure;
                }

                try
                {
                    if ((answer.Length > 0 ? setting.Parse(answer, folder) : setting.Default as string) is { } value)
                    {
                        values[setting.Name] = value;
                    }

                    isAnswered = true;
                }
                catch (SpotException wrong)
                {
                    warn(wrong.Message);
                }
            }
        }

        return null;
    }

    /// <summary>The answer to one question; null when nobody can be asked.</summary>
    public static string? AskOne(PSHost host, string question) => CanAsk(host) && Ask(host.UI, question) is { Failure: null } answered ? answered.Answer : null;

    private static (string Answer, SpotException? Failure) Ask(PSHostUserInterface? terminal, string question)
    {
        Exception? cause = null;
        try
        {
            terminal?.Write(question);
            if (terminal?.ReadLine() is { } answer)
            {
                return (answer.Trim(), null);
            }
        }
        catch (Exception failure) when (failure is HostException or InvalidOperationException or NotImplementedException or NotSupportedException)
        {
            cause = failure;
        }

        return ("", Nobody(cause));
    }

    // The console of PowerShell reads a redirected input, and one that is open and silent would be waited for without end.
#pragma warning disable RS0030 // Nothing is read or written: there is no other way to know.
    internal static bool CanAsk(PSHost host) => host.Name != "ConsoleHost" || !Console.IsInputRedirected;
#pragma warning restore RS0030

    private static SpotException Nobody(Exception? cause) =>
        new(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "-Interactive is not supported in a non-interactive session. Nothing was written.", cause)
        {
            RecommendedAction = "Omit -Interactive and specify the values as parameters, for example -FilterTagValue team-a -Region us-east-1.",
        };
}
