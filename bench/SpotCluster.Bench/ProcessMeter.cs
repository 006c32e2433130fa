using System.Diagnostics;
using System.Globalization;

/// <summary>
/// Runs inside a process that is measured (<c>DOTNET_STARTUP_HOOKS</c>), and writes at its end what it used: the runtime
/// demands this name, and no namespace.
/// </summary>
internal static class StartupHook
{
    /// <summary>The variable with the path of the file to write.</summary>
    public const string FileVariable = "SPOTBENCH_METER";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } path)
        {
            AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            {
                using var process = Process.GetCurrentProcess();
                File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{process.TotalProcessorTime.Ticks} {GC.GetTotalAllocatedBytes()}"));
            };
        }
    }
}
