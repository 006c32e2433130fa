namespace SpotCluster.Model.Agent;

/// <summary>The answer to a <see cref="TerminationReport"/>.</summary>
public sealed class TerminationReceipt
{
    /// <summary>True: the report was taken.</summary>
    public bool Success { get; set; }

    /// <summary>A sentence for a log.</summary>
    public string Message { get; set; } = "";

    /// <summary>True when an earlier report had settled it already; nothing was changed.</summary>
    public bool? Duplicate { get; set; }
}
