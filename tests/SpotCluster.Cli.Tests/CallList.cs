namespace SpotCluster.Cli.Tests;

/// <summary>Keeps the calls of an engine, and passes them on.</summary>
internal sealed class CallList(List<CallRecord> calls, ICallObserver inner) : ICallObserver
{
    public void Sending(CallRecord call)
    {
        lock (calls)
        {
            calls.Add(call);
        }

        inner.Sending(call);
    }

    public void Answered(CallRecord call) => inner.Answered(call);

    public void Waiting(CallWait wait) => inner.Waiting(wait);
}
