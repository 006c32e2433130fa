// Task.Delay on a TimeProvider, which net8.0 has and netstandard2.0 has under another name.
namespace SpotCluster;

internal static class TaskSupport
{
    extension(Task)
    {
        public static Task Delay(TimeSpan delay, TimeProvider clock, CancellationToken cancellationToken) => clock.Delay(delay, cancellationToken);
    }
}
