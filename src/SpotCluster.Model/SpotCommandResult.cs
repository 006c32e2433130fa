namespace SpotCluster.Model;

/// <summary>What a command did on one machine.</summary>
public sealed class SpotCommandResult
{
    /// <summary>Id of the instance.</summary>
    public string Id { get; set; } = "";

    /// <summary>The provider that it runs at.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>Name of its node, which is the id of the instance.</summary>
    public string NodeId => Id;

    /// <summary>The cluster; null for a machine of none.</summary>
    public string? ClusterName { get; set; }

    /// <summary>Its region.</summary>
    public string Region { get; set; } = "";

    /// <summary>Exit code of the command; 255 when ssh itself failed, null when it was ended because the time was up.</summary>
    public int? ExitCode { get; set; }

    /// <summary>What it wrote to standard output.</summary>
    public string Output { get; set; } = "";

    /// <summary>What it wrote to standard error.</summary>
    public string Error { get; set; } = "";

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Seconds of <see cref="Elapsed"/>.</summary>
    public double ElapsedSeconds => Elapsed.TotalSeconds;

    /// <summary>True when it was ended because the time was up.</summary>
    public bool TimedOut { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{NodeId}: {(TimedOut ? "timed out" : ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture))}";
}
