using System.Runtime.InteropServices;
using SpotCluster.Cli;
using SpotCluster.Cli.Running;

using var interruption = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);

return await CliApplication.RunAsync(args, CliEnvironment.ForProcess(), interruption.Token).ConfigureAwait(false);

// The first signal asks the command to stop and to say what it leaves; the second one ends the process as usual.
void OnSignal(PosixSignalContext context)
{
    if (!interruption.IsCancellationRequested)
    {
        context.Cancel = true;
        interruption.Cancel();
    }
}
