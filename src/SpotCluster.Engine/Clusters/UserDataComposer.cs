using System.Globalization;
using System.Text;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Model;

namespace SpotCluster.Engine.Clusters;

/// <summary>Puts the user data of a machine together: what the user gave, and the timer that ends the machine.</summary>
public static class UserDataComposer
{
    /// <summary>Most bytes that EC2 takes, before base64.</summary>
    public const int Limit = 16384;

    private const string Boundary = "==spotcluster-part==";

    /// <summary>The user data in base64, gzipped when that is needed to fit; null when there is none.</summary>
    /// <param name="userData">The user's own: a script, cloud-config or a MIME archive; null for none.</param>
    /// <param name="expiresAt">When the machine shuts itself down, UTC; null for never.</param>
    /// <param name="maxIdle">How long the machine may be idle until it shuts itself down; null for ever.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.UserDataTooLarge"/>.</exception>
    public static string? Compose(string? userData, DateTimeOffset? expiresAt, TimeSpan? maxIdle = null)
    {
        var text = (userData, Timer(expiresAt, maxIdle)) switch
        {
            (null or "", var timer) => timer,
            ({ } own, null) => own,
            ({ } own, { } timer) => Archive(timer, own),
        };
        if (text is null)
        {
            return null;
        }

        return Pack(text, () => BiggestParts(userData ?? ""));
    }

    /// <summary>A text in base64, gzipped when that is needed to fit.</summary>
    /// <param name="text">The user data.</param>
    /// <param name="biggestParts">Says in one sentence what is large in it; asked only when it does not fit.</param>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.UserDataTooLarge"/>.</exception>
    internal static string Pack(string text, Func<string> biggestParts)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length <= Limit)
        {
            return Convert.ToBase64String(bytes);
        }

        var packed = Gzip.Pack(bytes);
        if (packed.Length <= Limit)
        {
            return Convert.ToBase64String(packed);
        }

        throw new SpotException(
            SpotErrorIds.UserDataTooLarge,
            SpotErrorCategory.LimitsExceeded,
            string.Format(
                CultureInfo.InvariantCulture,
                "The user data has {0} bytes, gzipped {1}; EC2 allows {2}. {3}",
                bytes.Length,
                packed.Length,
                Limit,
                biggestParts()))
        {
            RecommendedAction = "Download large files from the instance, and leave only that step in the user data.",
        };
    }

    /// <summary>
    /// Runs at every boot, so that a reboot does not lengthen the machine's life. The machine is launched with
    /// shutdown behaviour <c>terminate</c>: powering off ends it and its bill, even when nobody else can.
    /// </summary>
    private static string? Timer(DateTimeOffset? expiresAt, TimeSpan? maxIdle)
    {
        var scripts = NodeEnds.Of(expiresAt, maxIdle).Select(end =>
        {
            var script = NodeScripts.Read(end.Name + ".sh");
            return $"set -- {end.Argument}\n{script.Substring(script.IndexOf('\n') + 1)}\n";
        }).ToList();
        return scripts.Count == 0 ? null : "#cloud-boothook\n#!/bin/sh\n" + string.Concat(scripts);
    }

    private static string Archive(string timer, string own)
    {
        var text = new StringBuilder()
            .Append("Content-Type: multipart/mixed; boundary=\"").Append(Boundary).Append("\"\nMIME-Version: 1.0\n\n")
            .Append("--").Append(Boundary).Append("\nContent-Type: text/cloud-boothook; charset=\"utf-8\"\n\n").Append(timer)
            .Append("\n--").Append(Boundary).Append('\n');
        if (IsMime(own))
        {
            // An archive inside an archive is walked by cloud-init; its own headers are the headers of the part.
            text.Append(own);
        }
        else
        {
            text.Append("Content-Type: ").Append(ContentType(own)).Append("; charset=\"utf-8\"\n\n").Append(own);
        }

        return text.Append("\n--").Append(Boundary).Append("--\n").ToString();
    }

    private static bool IsMime(string own) =>
        own.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase) || own.StartsWith("MIME-Version:", StringComparison.OrdinalIgnoreCase);

    // The first line tells cloud-init the kind; inside an archive the header has to.
    private static string ContentType(string own) => FirstLine(own) switch
    {
        var line when line.StartsWith("#cloud-config-archive", StringComparison.Ordinal) => "text/cloud-config-archive",
        var line when line.StartsWith("#cloud-config", StringComparison.Ordinal) => "text/cloud-config",
        var line when line.StartsWith("#cloud-boothook", StringComparison.Ordinal) => "text/cloud-boothook",
        var line when line.StartsWith("#include", StringComparison.Ordinal) => "text/x-include-url",
        var line when line.StartsWith("## template: jinja", StringComparison.Ordinal) => "text/jinja2",
        var line when line.StartsWith("#part-handler", StringComparison.Ordinal) => "text/part-handler",
        _ => "text/x-shellscript",
    };

    private static string FirstLine(string text)
    {
        var end = text.IndexOf('\n');
        return end < 0 ? text : text.Substring(0, end);
    }

    // Sections of cloud-config by their key, blocks of a script by their line: a script's own text may hold a secret.
    private static string BiggestParts(string own)
    {
        var parts = new List<(string Name, int Bytes)>();
        var isConfig = own.StartsWith("#cloud-config", StringComparison.Ordinal);
        var (name, size, number, fresh) = ("line 1", 0, 0, false);
        foreach (var line in own.Split('\n'))
        {
            number++;
            var blank = line.Trim().Length == 0;
            if (isConfig ? line.Length > 0 && char.IsLetter(line[0]) : fresh && !blank)
            {
                parts.Add((name, size));
                size = 0;
                name = isConfig ? line.Split(':')[0].Trim() : string.Format(CultureInfo.InvariantCulture, "line {0}", number);
            }

            fresh = blank;
            size += Encoding.UTF8.GetByteCount(line) + 1;
        }

        parts.Add((name, size));
        return BiggestParts(parts);
    }

    /// <summary>The three largest of named parts, in one sentence.</summary>
    internal static string BiggestParts(IEnumerable<(string Name, int Bytes)> parts)
    {
        var biggest = parts.OrderByDescending(part => part.Bytes).Take(3)
            .Select(part => string.Format(CultureInfo.InvariantCulture, "{0} ({1})", part.Name, part.Bytes));
        return $"Largest parts: {string.Join(", ", biggest)}.";
    }
}
