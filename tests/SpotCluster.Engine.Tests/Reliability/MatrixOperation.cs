using Newtonsoft.Json;
using SpotCluster.Model;

namespace SpotCluster.Engine.Tests.Reliability;

/// <summary>What a user is told by one run.</summary>
/// <param name="Errors">Ids of the errors, by name; none for success.</param>
/// <param name="Headline">Those of them that are about the whole: the one that ended it, and the one that sums it up.</param>
/// <param name="Messages">Their sentences, for whoever reads a failed test.</param>
/// <param name="Thrown">The error that ended it; null when it ran to its end.</param>
/// <param name="Regions">Regions, or clouds, that an error names.</param>
/// <param name="Result">What it returned; null when it did not.</param>
internal sealed record Told(
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> Headline,
    string Messages,
    SpotException? Thrown,
    IReadOnlySet<string> Regions,
    object? Result)
{
    public bool IsSuccess => Errors.Count == 0;

    /// <inheritdoc/>
    public override string ToString() => IsSuccess ? "success" : $"{string.Join(", ", Errors)} ({Messages})";
}

/// <summary>One operation of the product: what must be there first, how it is run, and how it is judged by the books.</summary>
internal abstract class MatrixOperation
{
    private static readonly JsonSerializerSettings AsJson = new() { ReferenceLoopHandling = ReferenceLoopHandling.Ignore, Error = (_, failed) => failed.ErrorContext.Handled = true };

    /// <summary>Heading in the table.</summary>
    public abstract string Name { get; }

    /// <summary>What exactly is run, for the page.</summary>
    public abstract string Means { get; }

    /// <summary>What it calls: <c>ec2</c>, <c>vast</c>, <c>backend</c>.</summary>
    public abstract IReadOnlyList<string> Services { get; }

    /// <summary>Id of the error that sums a failure up; null where there is none.</summary>
    public virtual string? Summary => null;

    /// <summary>It makes no changing call.</summary>
    public virtual bool OnlyReads => false;

    /// <summary>Launches one more instance of what it removes; null for what removes nothing.</summary>
    public virtual Action<ReliabilityWorld>? LaunchOneMore => null;

    /// <summary>Puts things where it starts from, without any fault.</summary>
    public virtual Task PrepareAsync(ReliabilityWorld world) => Task.CompletedTask;

    /// <summary>Runs it once, to its end, in a process of its own.</summary>
    public async Task<Told> RunAsync(ReliabilityWorld world, SpotEngine engine)
    {
        world.Runs++;
        var host = new RecordingHost();
        object? result = null;
        SpotException? thrown = null;
        try
        {
            await RunAsync(world, engine, host, returned => result = returned).ConfigureAwait(false);
        }
        catch (SpotException error)
        {
            thrown = error;
        }

        SpotException[] errors = thrown is null ? [.. host.Errors] : [.. host.Errors, thrown];
        world.Show($"{Name}: an error", string.Join('\n', errors.Select(error => $"{error}\n{error.RecommendedAction}\n{error.Target}")));
        world.Show($"{Name}: a message", string.Join('\n', [.. host.Messages, .. host.Warnings, .. host.Steps.Select(step => step.ToString())]));
        world.Show($"{Name}: the result", result is null ? "" : JsonConvert.SerializeObject(result, AsJson));
        string[] ids = [.. errors.Select(error => error.ErrorId).Distinct().Order(StringComparer.Ordinal)];
        string[] headline = [.. ids.Where(id => id == thrown?.ErrorId || id == Summary)];
        return new Told(
            ids,
            headline.Length > 0 ? headline : ids,
            string.Join(" / ", errors.Select(error => error.Message)),
            thrown,
            errors.SelectMany(error => new[] { error.Region, error.Target as string }).OfType<string>().ToHashSet(),
            result);
    }

    /// <summary>What is wrong after the run that met the fault; null for a run that was killed and told nothing.</summary>
    public abstract IAsyncEnumerable<string> JudgeAsync(ReliabilityWorld world, Told? told);

    /// <summary>What is wrong after one repeat without the fault.</summary>
    public abstract IAsyncEnumerable<string> JudgeRepeatAsync(ReliabilityWorld world, Told? first, Told repeat);

    /// <summary>Runs it. What it gives before an error ends it is its result too.</summary>
    protected abstract Task RunAsync(ReliabilityWorld world, SpotEngine engine, IOperationHost host, Action<object> onResult);
}
