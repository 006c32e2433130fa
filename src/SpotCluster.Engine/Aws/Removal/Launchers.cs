using SpotCluster.Engine.Aws.Removal.Kinds;
using SpotCluster.Engine.Removal;

namespace SpotCluster.Engine.Aws.Removal;

/// <summary>
/// Who launched an instance, by the tags that the launchers set. Those that begin with <c>aws:</c> are set by AWS alone; the
/// others anybody may set, so they count only where no tag of ours is.
/// </summary>
internal static class Launchers
{
    /// <summary>The tag that AWS sets on the instances of an Auto Scaling group.</summary>
    public const string AutoScaling = "aws:autoscaling:groupName";

    /// <summary>Keys of tags, the name of what sets them, and whether that launches another instance in place of one that has ended.</summary>
    private static readonly (string Key, string Name, bool Replaces, bool IsSetByAws)[] Marks =
    [
        ("eks:nodegroup-name", "EKS node group", true, false),
        ("aws:eks:cluster-name", "EKS cluster", true, true),
        ("eks:eks-cluster-name", "EKS cluster", true, false),
        ("karpenter.sh/nodepool", "Karpenter node pool", true, false),
        ("karpenter.sh/provisioner-name", "Karpenter provisioner", true, false),
        ("aws:elasticmapreduce:job-flow-id", "EMR cluster", true, true),
        ("AWSBatchServiceTag", "AWS Batch", true, false),
        ("elasticbeanstalk:environment-name", "Elastic Beanstalk environment", true, false),
        (AutoScaling, "Auto Scaling group", true, true),
        (SpotFleetKind.MachineTag, "spot fleet", true, false),
        ("aws:cloudformation:stack-name", "CloudFormation stack", false, true),
    ];

    /// <summary>The launcher; null when no such tag is there.</summary>
    public static Launcher? Of(IDictionary<string, string> tags)
    {
        var isManaged = tags.ContainsKey(TagKeys.Cluster) || tags.ContainsKey(TagKeys.Run);
        foreach (var (key, name, replaces, isSetByAws) in Marks)
        {
            if (tags.TryGetValue(key, out var value) && (isSetByAws || !isManaged))
            {
                return new Launcher(
                    value.Length > 0 && key != "AWSBatchServiceTag" ? $"{name} {value}" : name,
                    replaces,
                    key == AutoScaling ? new ResourceKey(ResourceTypes.AutoScalingGroup, value)
                        : key == SpotFleetKind.MachineTag ? new ResourceKey(ResourceTypes.SpotFleet, value)
                        : null);
            }
        }

        return tags.Keys.FirstOrDefault(key => key.StartsWith("kubernetes.io/cluster/", StringComparison.Ordinal)) is { } kubernetes && !isManaged
            ? new Launcher($"Kubernetes cluster {kubernetes.Substring("kubernetes.io/cluster/".Length)}", Replaces: true)
            : null;
    }
}
