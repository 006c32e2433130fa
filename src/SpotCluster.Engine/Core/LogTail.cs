namespace SpotCluster.Engine.Core;

/// <summary>Reports what is new in a log of which only the last lines can be asked for.</summary>
public sealed class LogTail
{
    private string[] _shown = [];

    /// <summary>The lines that the last look did not have; all of them when nothing of it is left.</summary>
    public IReadOnlyList<string> Next(string text)
    {
        string[] lines = text.Length == 0 ? [] : text.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        var known = 0;
        for (var start = 0; start < _shown.Length; start++)
        {
            // The longest end of what was shown that the new lines begin with.
            var length = _shown.Length - start;
            if (length <= lines.Length && _shown.AsSpan(start).SequenceEqual(lines.AsSpan(0, length)))
            {
                known = length;
                break;
            }
        }

        _shown = lines;
        return lines[known..];
    }
}
