using SpotCluster.Simulator.Ec2.Operations;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2;

/// <summary>What is in a region before its owner does anything: public images, DHCP options and the default VPC.</summary>
internal static class RegionSetup
{
    public static void Fill(Ec2Region region)
    {
        foreach (var image in ImageCatalog.Public)
        {
            region.Add(region.Images, new Image
            {
                Id = region.NewId("ami-"),
                CreatedAt = region.Now.AddDays(-20),
                BelongsToAws = true,
                Name = image.Name,
                Architecture = image.Architecture,
                OwnerId = image.Owner,
                OwnerAlias = image.Alias,
                Description = image.Description,
                Platform = image.Platform,
                RootDevice = image.RootDevice,
                RootSnapshotId = region.NewId("snap-"),
                RootSizeGiB = image.Platform is null ? 8 : 30,
                IsPublic = true,
            });
        }

        region.Add(region.DhcpOptionSets, new DhcpOptions
        {
            Id = region.NewId("dopt-"),
            CreatedAt = region.Now,
            BelongsToAws = true,
            Configuration = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                ["domain-name"] = [region.Name == "us-east-1" ? "ec2.internal" : region.Name + ".compute.internal"],
                ["domain-name-servers"] = ["AmazonProvidedDNS"],
            },
        });

        AddDefaultVpc(region);
    }

    public static Vpc AddDefaultVpc(Ec2Region region)
    {
        var vpc = VpcOperations.Create(region, CidrBlock.TryParse("172.31.0.0/16")!.Value, isDefault: true);
        var gateway = region.Add(region.InternetGateways, new InternetGateway
        {
            Id = region.NewId("igw-"),
            CreatedAt = region.Now,
            BelongsToAws = true,
            AttachedTo = vpc.Id,
        });
        region.RouteTables.All.First(table => table.InVpc == vpc.Id).Routes
            .Add(new Route { Destination = "0.0.0.0/0", Target = gateway.Id, Origin = "CreateRoute" });
        for (var i = 0; i < region.Info.Zones.Count; i++)
        {
            SubnetOperations.Create(
                region, vpc, new CidrBlock(CidrBlock.ParseAddress("172.31.0.0") + (uint)(i * 4096), 20), region.Info.Zones[i], isDefault: true);
        }

        return vpc;
    }
}
