using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Volumes.</summary>
internal static class VolumeOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateVolume"] = CreateVolume;
        table["DescribeVolumes"] = call => call.Describe(call.Region.Volumes, "VolumeId", "volumeSet", volume => Write(call, volume));
        table["AttachVolume"] = AttachVolume;
        table["DetachVolume"] = DetachVolume;
        table["DeleteVolume"] = DeleteVolume;
    }

    private static void CreateVolume(Ec2Call call)
    {
        var zone = call.Query.Text("AvailabilityZone")
            ?? call.Region.Info.Zones.FirstOrDefault(name => call.Region.ZoneId(name) == call.Query.Text("AvailabilityZoneId"))
            ?? throw AwsFaults.Missing("AvailabilityZone");
        if (!call.Region.Info.Zones.Contains(zone))
        {
            throw new ServiceFaultException(400, "InvalidZone.NotFound", $"The zone '{zone}' does not exist.");
        }

        var snapshot = call.Query.Text("SnapshotId") is { } id ? call.Region.Require(call.Region.Snapshots, id) : null;
        var kind = call.Query.Text("VolumeType") ?? "gp2";
        TagRules.Check(call.TagsFor("volume"));
        var volume = call.Tagged(call.Region.Add(call.Region.Volumes, new Volume
        {
            Id = call.Region.NewId("vol-"),
            CreatedAt = call.Now,
            ZoneName = zone,
            SizeGiB = call.Query.Number("Size") ?? snapshot?.SizeGiB ?? throw AwsFaults.Missing("Size"),
            VolumeType = kind,
            Encrypted = call.Query.Flag("Encrypted") == true,
            Iops = call.Query.Number("Iops") ?? (kind == "gp3" ? 3000 : null),
            Throughput = call.Query.Number("Throughput") ?? (kind == "gp3" ? 125 : null),
            SnapshotId = snapshot?.Id,
        }));
        Write(call, volume);
    }

    private static void AttachVolume(Ec2Call call)
    {
        var volume = call.Region.Require(call.Region.Volumes, call.Query.Required("VolumeId"));
        var instance = call.Region.Require(call.Region.Instances, call.Query.Required("InstanceId"));
        if (volume.InstanceId is not null)
        {
            throw new ServiceFaultException(400, "VolumeInUse", $"{volume.Id} is already attached to an instance");
        }

        if (volume.ZoneName != instance.Zone)
        {
            throw new ServiceFaultException(400, "InvalidVolume.ZoneMismatch", $"The volume '{volume.Id}' is not in the same availability zone as instance '{instance.Id}'");
        }

        volume.InstanceId = instance.Id;
        volume.Device = call.Query.Text("Device") ?? "/dev/sdf";
        volume.Status = "in-use";
        volume.AttachedAt = call.Now;
        instance.Volumes.Add(volume);
        WriteAttachment(call, volume);
    }

    private static void DetachVolume(Ec2Call call)
    {
        var volume = call.Region.Require(call.Region.Volumes, call.Query.Required("VolumeId"));
        if (call.Region.Instances.Find(volume.InstanceId) is not { } instance)
        {
            throw new ServiceFaultException(400, "IncorrectState", $"Volume '{volume.Id}' is in the 'available' state.");
        }

        if (volume.Device == instance.Image.RootDevice && instance.Status is not ("stopped" or "terminated"))
        {
            throw new ServiceFaultException(400, "OperationNotPermitted", $"Unable to detach root volume '{volume.Id}' from instance '{instance.Id}'");
        }

        WriteAttachment(call, volume);
        instance.Volumes.Remove(volume);
        volume.InstanceId = null;
        volume.Status = "available";
    }

    private static void DeleteVolume(Ec2Call call)
    {
        var volume = call.Region.Require(call.Region.Volumes, call.Query.Required("VolumeId"));
        if (volume.InstanceId is { } instance)
        {
            throw new ServiceFaultException(400, "VolumeInUse", $"Volume {volume.Id} is currently attached to {instance}");
        }

        call.Region.Remove(call.Region.Volumes, volume);
        call.Ok();
    }

    private static void WriteAttachment(Ec2Call call, Volume volume) => call.Body
        .Text("volumeId", volume.Id)
        .Text("instanceId", volume.InstanceId)
        .Text("device", volume.Device)
        .Text("status", "attached")
        .Text("attachTime", volume.AttachedAt)
        .Text("deleteOnTermination", volume.DeleteOnTermination);

    private static void Write(Ec2Call call, Volume volume)
    {
        call.Body.Text("volumeId", volume.Id)
            .Text("size", volume.SizeGiB)
            .Text("snapshotId", volume.SnapshotId ?? "")
            .Text("availabilityZone", volume.ZoneName)
            .Text("availabilityZoneId", call.Region.ZoneId(volume.ZoneName))
            .Text("status", volume.Status)
            .Text("createTime", volume.CreatedAt)
            .List("attachmentSet", volume.InstanceId is null ? [] : new[] { volume }, item => WriteAttachment(call, item))
            .Text("volumeType", volume.VolumeType)
            .Text("iops", volume.Iops)
            .Text("throughput", volume.Throughput)
            .Text("encrypted", volume.Encrypted)
            .Text("multiAttachEnabled", false);
        call.WriteTags(volume);
    }
}
