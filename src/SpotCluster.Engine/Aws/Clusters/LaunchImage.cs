using Amazon.EC2.Model;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>The image of a launch: an AMI id, or a public parameter that EC2 looks up itself at the launch.</summary>
/// <param name="Id">What goes into <c>ImageId</c>; null for Ubuntu of the architecture.</param>
/// <param name="Architecture">Architecture; null when it is not known or fits any.</param>
/// <param name="RootDevice">Name of the root device; null when it is not known.</param>
/// <param name="Disks">The volumes that a launch creates; empty when they are not known.</param>
internal sealed record LaunchImage(string? Id, SpotArchitecture? Architecture, string? RootDevice, IReadOnlyList<ImageDisk> Disks)
{
    /// <summary>The type of every root volume.</summary>
    public const string RootType = "gp3";

    // What the public images of Ubuntu, Debian and Amazon Linux have.
    private static readonly IReadOnlyList<ImageDisk> UsualDisks = [new(RootType, 8)];

    private const string Resolve = "resolve:ssm:";
    private const string Ubuntu = Resolve + "/aws/service/canonical/ubuntu/server/24.04/stable/current/{0}/hvm/ebs-gp3/ami-id";

    /// <summary>What can be said of it without asking.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ImageInvalid"/>.</exception>
    public static LaunchImage Parse(string? image)
    {
        if (image is null)
        {
            return new LaunchImage(null, null, "/dev/sda1", UsualDisks);
        }

        if (image.StartsWith("ami-", StringComparison.Ordinal) && image.Length > 4 && image.Skip(4).All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'z')))
        {
            return new LaunchImage(image, null, null, []);
        }

        if (!image.StartsWith(Resolve, StringComparison.Ordinal) || image.Length == Resolve.Length)
        {
            throw new SpotException(SpotErrorIds.ImageInvalid, SpotErrorCategory.InvalidArgument, $"'{image}' is not a valid image.")
            {
                Target = image,
                RecommendedAction = "Specify an AMI id (ami-...) or a public parameter (resolve:ssm:/aws/service/...).",
            };
        }

        var root = Has("/canonical/ubuntu") || Has("/debian/") ? "/dev/sda1" : Has("amazon-linux") ? "/dev/xvda" : null;
        return new LaunchImage(
            image,
            Has("arm64") || Has("aarch64") ? SpotArchitecture.Arm64 : Has("amd64") || Has("x86_64") ? SpotArchitecture.X64 : null,
            root,
            root is null || Has("minimal") ? [] : UsualDisks);

        bool Has(string part) => image.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>True when EC2 must be asked what it is.</summary>
    public bool IsAmi => Id?.StartsWith("ami-", StringComparison.Ordinal) == true;

    /// <summary>The same with what EC2 says of it.</summary>
    public LaunchImage With(Image image) => this with
    {
        Architecture = Architectures.Parse(image.Architecture) is var known && known != SpotArchitecture.Unknown ? known : null,
        RootDevice = image.RootDeviceName,
        Disks =
        [
            .. image.BlockDeviceMappings.Where(device => device.Ebs is not null)
                .Select(device => new ImageDisk(device.DeviceName == image.RootDeviceName ? RootType : device.Ebs.VolumeType?.Value, device.Ebs.VolumeSize)),
        ],
    };

    /// <summary>What goes into <c>ImageId</c> for machines of an architecture.</summary>
    public string For(SpotArchitecture architecture) => Id ?? Ubuntu.Replace("{0}", architecture == SpotArchitecture.Arm64 ? "arm64" : "amd64", StringComparison.Ordinal);
}

/// <summary>A volume that a launch creates from an image.</summary>
/// <param name="Type">Type of the volume; null when unknown.</param>
/// <param name="SizeGiB">Size; null when unknown.</param>
internal sealed record ImageDisk(string? Type, int? SizeGiB);

/// <summary>Between AWS's words for architectures and ours.</summary>
internal static class Architectures
{
    public static SpotArchitecture Parse(string? architecture) => architecture switch
    {
        "x86_64" => SpotArchitecture.X64,
        "arm64" => SpotArchitecture.Arm64,
        _ => SpotArchitecture.Unknown,
    };
}
