using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>Figures of Vast.ai that more than one file needs.</summary>
internal static class VastPrices
{
    /// <summary>Longest time that a machine loads before it counts as stuck; that of the official self-test.</summary>
    public static readonly TimeSpan LoadingLimit = TimeSpan.FromMinutes(15);

    /// <summary>A create call whose answer was lost has taken effect by then, or never will.</summary>
    public static readonly TimeSpan LateWindow = TimeSpan.FromSeconds(60);

    /// <summary>Shortest time to live and idle time: an instance takes some minutes to start.</summary>
    public static readonly TimeSpan LeastLife = TimeSpan.FromMinutes(5);

    /// <summary>Least and most USD per hour of a bid.</summary>
    public const decimal LeastBid = 0.001m;

    public const decimal MostBid = 128m;

    /// <summary>Least disk, GB.</summary>
    public const decimal LeastDisk = 8;

    /// <summary>USD per hour of a disk: Vast.ai counts a month as 720 hours.</summary>
    public static decimal DiskHourly(decimal perGBAndMonth, decimal sizeGB) => perGBAndMonth * sizeGB / 720m;

    public static SpotArchitecture Architecture(string? text) => text switch
    {
        "amd64" or "x86_64" or "x86" => SpotArchitecture.X64,
        "arm64" or "aarch64" => SpotArchitecture.Arm64,
        _ => SpotArchitecture.Unknown,
    };
}
