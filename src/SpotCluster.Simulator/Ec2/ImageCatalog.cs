using System.Text.RegularExpressions;

namespace SpotCluster.Simulator.Ec2;

/// <summary>The public images of every region, and the public parameters that name them.</summary>
internal static class ImageCatalog
{
    public const string Canonical = "099720109477";
    public const string Amazon = "137112412989";
    public const string AmazonWindows = "801119661308";

    // Name, architecture, owner, alias, description, platform, root device.
    public static readonly IReadOnlyList<(string Name, string Architecture, string Owner, string? Alias, string Description, string? Platform, string RootDevice)> Public =
    [
        ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251212", "x86_64", Canonical, null, "Canonical, Ubuntu, 22.04 LTS, amd64 jammy image", null, "/dev/sda1"),
        ("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-arm64-server-20251212", "arm64", Canonical, null, "Canonical, Ubuntu, 22.04 LTS, arm64 jammy image", null, "/dev/sda1"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251201", "x86_64", Canonical, null, "Canonical, Ubuntu, 24.04 LTS, amd64 noble image", null, "/dev/sda1"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251201", "arm64", Canonical, null, "Canonical, Ubuntu, 24.04 LTS, arm64 noble image", null, "/dev/sda1"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251214", "x86_64", Canonical, null, "Canonical, Ubuntu, 24.04 LTS, amd64 noble image", null, "/dev/sda1"),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20251214", "arm64", Canonical, null, "Canonical, Ubuntu, 24.04 LTS, arm64 noble image", null, "/dev/sda1"),
        ("al2023-ami-2023.9.20251208.0-kernel-6.1-x86_64", "x86_64", Amazon, "amazon", "Amazon Linux 2023 AMI x86_64 HVM kernel-6.1", null, "/dev/xvda"),
        ("al2023-ami-2023.9.20251208.0-kernel-6.1-arm64", "arm64", Amazon, "amazon", "Amazon Linux 2023 AMI arm64 HVM kernel-6.1", null, "/dev/xvda"),
        ("amzn2-ami-hvm-2.0.20251208.0-x86_64-gp2", "x86_64", Amazon, "amazon", "Amazon Linux 2 AMI x86_64 HVM gp2", null, "/dev/xvda"),
        ("amzn2-ami-hvm-2.0.20251208.0-arm64-gp2", "arm64", Amazon, "amazon", "Amazon Linux 2 AMI arm64 HVM gp2", null, "/dev/xvda"),
        ("Windows_Server-2022-English-Full-Base-2025.12.10", "x86_64", AmazonWindows, "amazon", "Microsoft Windows Server 2022 Full Locale English AMI", "windows", "/dev/sda1"),
    ];

    private static readonly Regex UbuntuParameter = new(
        @"^/aws/service/canonical/ubuntu/(server|server-minimal|pro-server)/(?<release>22\.04|24\.04|jammy|noble)/(stable/)?(current|\d{8})/(?<arch>amd64|arm64)/hvm/(?<disk>ebs-gp2|ebs-gp3)/ami-id$",
        RegexOptions.CultureInvariant);

    private static readonly Regex AmazonParameter = new(
        @"^/aws/service/ami-amazon-linux-latest/(?<release>al2023-ami(-minimal)?-kernel-(default|6\.1|6\.12)|amzn2-ami(-minimal)?(-kernel-5\.10)?-hvm)-(?<arch>x86_64|arm64)(-(gp2|gp3|ebs))?$",
        RegexOptions.CultureInvariant);

    /// <summary>The name of the image that a public parameter stands for; null when there is no such parameter.</summary>
    public static string? NameOfParameter(string parameter)
    {
        var ubuntu = UbuntuParameter.Match(parameter);
        if (ubuntu.Success)
        {
            var release = ubuntu.Groups["release"].Value is "22.04" or "jammy" ? "jammy-22.04" : "noble-24.04";

            // Canonical publishes 22.04 on gp2 and 24.04 on gp3 volumes only.
            var disk = release == "jammy-22.04" ? "ebs-gp2" : "ebs-gp3";
            return ubuntu.Groups["disk"].Value != disk
                ? null
                : Public.Last(image => image.Name.Contains($"{release}-{ubuntu.Groups["arch"].Value}", StringComparison.Ordinal)).Name;
        }

        var amazon = AmazonParameter.Match(parameter);
        if (amazon.Success)
        {
            var prefix = amazon.Groups["release"].Value.StartsWith("al2023", StringComparison.Ordinal) ? "al2023" : "amzn2";
            return Public.Last(image => image.Name.StartsWith(prefix, StringComparison.Ordinal)
                && image.Architecture == amazon.Groups["arch"].Value).Name;
        }

        return null;
    }
}
