#if !NET
using System.Text;

namespace SpotCluster.Engine.Ssh;

/// <summary>Quotes an argument as programs on Windows take their command line apart.</summary>
internal static class WindowsArgument
{
    public static string Quote(string argument)
    {
        var quoted = new StringBuilder("\"");
        var slashes = 0;
        foreach (var character in argument)
        {
            if (character == '\\')
            {
                slashes++;
                continue;
            }

            quoted.Append('\\', character == '"' ? (2 * slashes) + 1 : slashes).Append(character);
            slashes = 0;
        }

        return quoted.Append('\\', 2 * slashes).Append('"').ToString();
    }
}
#endif
