using System.Globalization;

namespace SpotCluster.Simulator.Ec2.Resources;

/// <summary>A block of IPv4 addresses.</summary>
internal readonly record struct CidrBlock(uint First, int PrefixLength)
{
    public long Size => 1L << (32 - PrefixLength);

    public static CidrBlock? TryParse(string? text)
    {
        var parts = (text ?? "").Split('/');
        if (parts.Length != 2
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || length > 32
            || parts[0].Split('.') is not { Length: 4 } bytes
            || !bytes.All(part => byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return null;
        }

        var mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        return new CidrBlock(ParseAddress(parts[0]) & mask, length);
    }

    public static uint ParseAddress(string address) =>
        address.Split('.').Aggregate(0u, (sum, part) => (sum << 8) | byte.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture));

    public static string Format(uint address) =>
        FormattableString.Invariant($"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");

    public bool Contains(CidrBlock other) => other.First >= First && other.First + other.Size <= First + Size;

    public bool Overlaps(CidrBlock other) => First < other.First + other.Size && other.First < First + Size;

    public override string ToString() => FormattableString.Invariant($"{Format(First)}/{PrefixLength}");
}
