using Spectre.Console;
using SpotCluster.Cli.Rendering;

namespace SpotCluster.Cli.Consoles;

/// <summary>Moving progress: a row for the operation and one for each region or item, gone when the work is done.</summary>
internal sealed class ProgressView
{
    private const int MaxRows = 20;

    private readonly ProgressContext _context;
    private readonly Dictionary<string, ProgressTask> _rows = new(StringComparer.Ordinal);
    private bool _ended;

    private ProgressView(ProgressContext context)
    {
        _context = context;
    }

    public static Task<T> RunAsync<T>(IAnsiConsole console, Func<ProgressView, Task<T>> work) =>
        console.Progress()
            .AutoClear(true)
            .Columns(
                new SpinnerColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 24 },
                new ElapsedTimeColumn())
            .StartAsync(context => work(new ProgressView(context)));

    public void Update(OperationProgress progress)
    {
        if (_ended)
        {
            return;
        }

        var key = progress.Item ?? "";
        var description = Markup.Escape(Cells.Clean($"{progress.Item ?? progress.Activity}: {progress.Status}"));
        if (!_rows.TryGetValue(key, out var row))
        {
            if (_rows.Count == MaxRows)
            {
                return;
            }

            row = _context.AddTask(description, autoStart: true);
            _rows.Add(key, row);
        }

        row.Description = description;
        row.IsIndeterminate = progress.Total == 0;
        row.MaxValue = Math.Max(progress.Total, 1);
        row.Value = progress.Done;
    }

    public void End() => _ended = true;
}
