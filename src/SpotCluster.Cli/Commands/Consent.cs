using SpotCluster.Cli.Rendering;
using SpotCluster.Cli.Running;
using SpotCluster.Engine.Removal;
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
            throw Missing($"Confirmation is required to change {what}, and this is a non-interactive session.");
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
            throw Missing("Nothing was changed: the change was not confirmed.");
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
        await run.Console.ErrorWriter.WriteAsync(Cells.Clean($"{question}{(identity.AccountId == RemovalPlan.UnreadableAccount ? " The account cannot be read." : "")} This cannot be undone. Type {name} to continue: ").AsMemory(), cancellationToken).ConfigureAwait(false);
        await run.Console.ErrorWriter.FlushAsync(cancellationToken).ConfigureAwait(false);
        var answer = await run.Console.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (answer is null || !identity.IsNamed(answer))
        {
            throw Missing("Nothing was changed: the answer does not match the account.");
        }
    }

    /// <summary>
    /// Asks about unmanaged instances by a prompt of their own that names them, unless forced. Throws when the answer is
    /// anything but yes.
    /// </summary>
    public async Task AskAboutUnmanagedAsync(CommandRun run, IReadOnlyList<IProvider> providers, IReadOnlyCollection<SpotInstance> instances, string action, CancellationToken cancellationToken)
    {
        SpotInstance[] foreign = [.. instances.Where(instance => !providers.Manage(instance))];
        if (foreign.Length == 0 || IsForced)
        {
            return;
        }

        RequireSomebodyToAsk(run, Cells.Count(foreign.Length, "unmanaged instance"));
        foreach (var instance in foreign)
        {
            Messages.WriteNote(run.Console, $"  {instance.Id} {instance.GpuName} {instance.Name ?? "without a label"} {Cells.HourlyPrice(instance.HourlyPrice)} per hour");
        }

        await AskAsync(run, $"{action} {Cells.Count(foreign.Length, "instance")} not managed by SpotCluster?", cancellationToken).ConfigureAwait(false);
    }

    private static SpotException Missing(string message) => new(SpotErrorIds.ConsentMissing, SpotErrorCategory.Refused, message)
    {
        RecommendedAction = "Preview with --what-if, then run the command again with --force.",
    };
}
