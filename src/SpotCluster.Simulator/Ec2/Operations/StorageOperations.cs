using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Snapshots, and images made of machines.</summary>
internal static class StorageOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateSnapshot"] = CreateSnapshot;
        table["DescribeSnapshots"] = DescribeSnapshots;
        table["DeleteSnapshot"] = DeleteSnapshot;
        table["CreateImage"] = CreateImage;
        table["DeregisterImage"] = DeregisterImage;
    }

    private static Snapshot MakeSnapshot(Ec2Call call, Volume volume, string description)
    {
        var region = call.Region;
        var snapshot = region.Add(region.Snapshots, new Snapshot
        {
            Id = region.NewId("snap-"),
            CreatedAt = call.Now,
            VolumeId = volume.Id,
            SizeGiB = volume.SizeGiB,
            Description = description,
            Encrypted = volume.Encrypted,
        });
        region.After(region.Options.AsyncResourceTime, () => snapshot.Status = "completed");
        return snapshot;
    }

    private static void CreateSnapshot(Ec2Call call)
    {
        var volume = call.Region.Require(call.Region.Volumes, call.Query.Required("VolumeId"));
        TagRules.Check(call.TagsFor("snapshot"));
        Write(call, call.Tagged(MakeSnapshot(call, volume, call.Query.Text("Description") ?? "")));
    }

    private static void DescribeSnapshots(Ec2Call call)
    {
        var owners = call.Query.Texts("Owner");
        call.Describe(
            call.Region.Snapshots,
            "SnapshotId",
            "snapshotSet",
            snapshot => Write(call, snapshot),
            _ => owners.Count == 0 || owners.Contains("self") || owners.Contains(call.Account.Id));
    }

    private static void DeleteSnapshot(Ec2Call call)
    {
        var snapshot = call.Region.Require(call.Region.Snapshots, call.Query.Required("SnapshotId"));
        if (call.Region.Images.All.FirstOrDefault(image => image.RootSnapshotId == snapshot.Id) is { } image)
        {
            throw new ServiceFaultException(400, "InvalidSnapshot.InUse", $"The snapshot {snapshot.Id} is currently in use by {image.Id}");
        }

        call.Region.Remove(call.Region.Snapshots, snapshot);
        call.Ok();
    }

    private static void CreateImage(Ec2Call call)
    {
        var region = call.Region;
        var instance = region.Require(region.Instances, call.Query.Required("InstanceId"));
        var name = call.Query.Required("Name");
        if (instance.Status is not ("running" or "stopped"))
        {
            throw new ServiceFaultException(400, "IncorrectState", $"Instance is not in state 'running' or 'stopped': {instance.Id}");
        }

        if (region.Images.All.FirstOrDefault(other => other.OwnerId == call.Account.Id && other.Name == name) is { } duplicate)
        {
            throw new ServiceFaultException(400, "InvalidAMIName.Duplicate", $"AMI name {name} is already in use by AMI {duplicate.Id}");
        }

        var tags = call.TagsFor("image");
        TagRules.Check(tags);
        TagRules.Check(call.TagsFor("snapshot"));
        var root = instance.Volumes.First(volume => volume.Device == instance.Image.RootDevice);
        var snapshot = call.Tagged(MakeSnapshot(call, root, $"Created by CreateImage({instance.Id})"));
        var image = call.Tagged(region.Add(region.Images, new Image
        {
            Id = region.NewId("ami-"),
            CreatedAt = call.Now,
            Name = name,
            Architecture = instance.Image.Architecture,
            OwnerId = call.Account.Id,
            Description = call.Query.Text("Description") ?? "",
            Platform = instance.Image.Platform,
            RootDevice = instance.Image.RootDevice,
            RootSnapshotId = snapshot.Id,
            RootSizeGiB = root.SizeGiB,
            Status = "pending",
        }));
        region.After(region.Options.AsyncResourceTime, () => image.Status = "available");
        call.Body.Text("imageId", image.Id);
    }

    private static void DeregisterImage(Ec2Call call)
    {
        var image = call.Region.Require(call.Region.Images, call.Query.Required("ImageId"));
        if (image.OwnerId != call.Account.Id)
        {
            throw new ServiceFaultException(403, "AuthFailure", $"Not authorized for image:{image.Id}");
        }

        call.Region.Remove(call.Region.Images, image);
        call.Ok();
    }

    private static void Write(Ec2Call call, Snapshot snapshot)
    {
        call.Body.Text("snapshotId", snapshot.Id)
            .Text("volumeId", snapshot.VolumeId)
            .Text("status", snapshot.Status)
            .Text("startTime", snapshot.CreatedAt)
            .Text("progress", snapshot.Status == "completed" ? "100%" : "0%")
            .Text("ownerId", call.Account.Id)
            .Text("volumeSize", snapshot.SizeGiB)
            .Text("description", snapshot.Description)
            .Text("encrypted", snapshot.Encrypted);
        call.WriteTags(snapshot);
    }
}
