using SpotCluster.Cli.Consoles;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Cli.Commands.Agent;

/// <summary>The agent's log on stderr, as lines of the original's form or as JSON.</summary>
/// <param name="console">Where to.</param>
/// <param name="isJson">One JSON object a line.</param>
/// <param name="least">What matters less is left out.</param>
internal sealed class ConsoleAgentLog(IConsole console, bool isJson, AgentLogLevel least) : IAgentLog
{
    private readonly Lock _gate = new();

    public void Write(AgentLogEntry entry)
    {
        if (entry.Level < least)
        {
            return;
        }

        lock (_gate)
        {
            console.ErrorWriter.WriteLine(isJson ? entry.ToJson() : entry.ToText());
            console.ErrorWriter.Flush();
        }
    }
}
