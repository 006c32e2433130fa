namespace SpotCluster.Model;

/// <summary>What an account can still spend, and how fast it does.</summary>
public sealed class SpotAccount
{
    /// <summary>The cloud.</summary>
    public SpotProvider Provider { get; set; }

    /// <summary>The account id.</summary>
    public string AccountId { get; set; } = "";

    /// <summary>Prepaid USD that can be spent; null when it may not be read.</summary>
    public decimal? Credit { get; set; }

    /// <summary>USD of the account's balance, negative when it owes; null when it may not be read.</summary>
    public decimal? Balance { get; set; }

    /// <summary>USD per hour of every machine in its current state and of the volumes, ours and others'; null when a price is unknown.</summary>
    public decimal? HourlyCost { get; set; }

    /// <summary>USD per hour of our own machines; null when a price is unknown.</summary>
    public decimal? OwnHourlyCost { get; set; }

    /// <summary>USD per hour of the disks of stopped machines, within <see cref="HourlyCost"/>; null when unknown.</summary>
    public decimal? StoppedStorageHourlyPrice { get; set; }

    /// <summary>Hours until the credit is used up at this rate; null when nothing is spent or a number is unknown.</summary>
    public decimal? HoursLeft { get; set; }

    /// <summary>USD in the next 24 hours at this rate, without traffic; null when unknown.</summary>
    public decimal? Projected24Hours { get; set; }

    /// <summary>Number of machines of the account.</summary>
    public int InstanceCount { get; set; }

    /// <summary>Number of our own machines among them.</summary>
    public int OwnInstanceCount { get; set; }

    /// <summary>Number of volumes of the account; null when it may not be read.</summary>
    public int? VolumeCount { get; set; }

    /// <summary>USD per hour of the volumes, within <see cref="HourlyCost"/>; null when unknown.</summary>
    public decimal? VolumeHourlyPrice { get; set; }

    /// <summary>USD charged in the last 24 hours, all kinds together; null when it may not be read.</summary>
    public decimal? ChargedLast24Hours { get; set; }

    /// <summary>Highest USD per GB of traffic out of a machine of ours; null when unknown. It is not part of the hourly prices.</summary>
    public decimal? UploadPricePerGB { get; set; }

    /// <summary>Highest USD per GB of traffic into a machine of ours; null when unknown. It is not part of the hourly prices.</summary>
    public decimal? DownloadPricePerGB { get; set; }

    /// <inheritdoc/>
    public override string ToString() => AccountId;
}
