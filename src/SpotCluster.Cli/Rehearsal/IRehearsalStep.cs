namespace SpotCluster.Cli.Rehearsal;

/// <summary>One step of the rehearsal: does something with the engine, tells it, and leaves its result in the context.</summary>
internal interface IRehearsalStep
{
    /// <summary>One word for the JSON document.</summary>
    string Name { get; }

    /// <summary>The heading in the story.</summary>
    string Title { get; }

    /// <summary>Does it.</summary>
    Task RunAsync(RehearsalContext context, CancellationToken cancellationToken);
}
