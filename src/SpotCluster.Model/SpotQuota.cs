namespace SpotCluster.Model;

/// <summary>How much of one group of instance families the account may run as spot machines in a region. AWS counts vCPUs, not machines.</summary>
public sealed class SpotQuota
{
    /// <summary>Region.</summary>
    public string Region { get; set; } = "";

    /// <summary>The families that share the quota, as AWS names them, for example <c>Standard (A, C, D, H, I, M, R, T, Z)</c>.</summary>
    public string Family { get; set; } = "";

    /// <summary>AWS's code, for example <c>L-34B43A08</c>: with it a higher quota is asked for.</summary>
    public string QuotaCode { get; set; } = "";

    /// <summary>vCPUs that may run at a time; null when unknown.</summary>
    public int? VCpuLimit { get; set; }

    /// <summary>vCPUs of the spot machines of the whole account that are not terminated or stopped; null when unknown.</summary>
    public int? VCpuUsed { get; set; }

    /// <summary>vCPUs that may still be launched, never below 0; null when limit or use is unknown.</summary>
    public int? VCpuFree { get; set; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Region} {Family} {VCpuFree}");
}
