using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Model;

namespace SpotCluster.Cli.Commands;

/// <summary>Consent to a destructive act: <c>--what-if</c> wins over everything, <c>--force</c> takes away the question, nothing else does.</summary>
/// <param name="IsWhatIf">Only show.</param>
/// <param name="IsForced">Do not ask.</param>
internal sealed record Consent(bool IsWhatIf, bool IsForced)
{
    /// <summary>True when what would go must be shown: to be looked at, or to be decided about.</summary>
    public bool NeedsPreview => IsWhatIf || !IsForced;

    /// <summary>Refuses at once where nobody can be asked, before any time is spent.</summary>
    public void RequireSomebodyToAsk(CommandRun run, string what)
    {
        if (NeedsPreview && !IsWhatIf && !run.Console.CanAsk)
        {
            throw Missing($"Destroying {what} needs consent, and there is nobody to ask here.");
        }
    }

    /// <summary>Asks, unless forced. Throws when the answer is anything but yes.</summary>
    public async Task AskAsync(CommandRun run, string question, CancellationToken cancellationToken)
    {
        if (IsForced)
        {
            return;
        }

        await run.Console.ErrorWriter.WriteAsync($"{Cells.Clean(question)} [y/N] ".AsMemory(), cancellationToken).ConfigureAwait(false);
        await run.Console.ErrorWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        var answer = await run.Console.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (answer?.Trim() is not { } word
            || !(word.Equals("y", StringComparison.OrdinalIgnoreCase) || word.Equals("yes", StringComparison.OrdinalIgnoreCase)))
        {
            throw Missing("Nothing was destroyed: the answer was not yes.");
        }
    }

    /// <summary>Asks for the account to be typed out, unless forced. Throws when the answer is anything else.</summary>
    public async Task AskForAccountAsync(CommandRun run, string question, SpotIdentity identity, CancellationToken cancellationToken)
    {
        if (IsForced)
        {
            return;
        }

        var name = identity.AccountAlias is { } alias ? $"{identity.AccountId} (or {alias})" : identity.AccountId;
        await run.Console.ErrorWriter.WriteAsync(Cells.Clean($"{question} It cannot be undone. Type {name} to go on: ").AsMemory(), cancellationToken).ConfigureAwait(false);
        await run.Console.ErrorWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        var answer = await run.Console.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (answer is null || !identity.IsNamed(answer))
        {
            throw Missing("Nothing was destroyed: the answer does not name the account.");
        }
    }

    private static SpotException Missing(string message) => new(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, message)
    {
        RecommendedAction = "Look first with --what-if; then run it again with --force.",
    };
}
