using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Runtime;

/// <summary>A value, or why there is none.</summary>
internal sealed record Answer<T>(T? Value, SpotException? Failure)
{
    public T Require() => Failure is null ? Value! : throw Failure;
}

/// <summary>Makes answers of tasks.</summary>
internal static class Answer
{
    public static async Task<Answer<T>> Of<T>(Task<T> task)
    {
        try
        {
            return new Answer<T>(await task.ConfigureAwait(false), null);
        }
        catch (SpotException failure)
        {
            return new Answer<T>(default, failure);
        }
    }
}
