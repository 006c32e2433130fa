using System.Reflection;
using System.Runtime.InteropServices;
using SpotCluster.Cli;
using SpotCluster.Cli.Running;

using var interruption = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);

var environment = CliEnvironment.ForProcess();
if (args is ["--version"])
{
    // Without the tree of all commands, which takes as long as the start of the runtime.
    environment.Console.OutWriter.WriteLine(Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
    return 0;
}

return await CliApplication.RunAsync(args, environment, interruption.Token).ConfigureAwait(false);

// The first signal asks the command to stop and to say what it leaves; the second one ends the process as usual.
void OnSignal(PosixSignalContext context)
{
    if (!interruption.IsCancellationRequested)
    {
        context.Cancel = true;
        interruption.Cancel();
    }
}
