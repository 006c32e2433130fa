using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Removal;

/// <summary>Sentences about resources that SpotCluster does not manage.</summary>
public static class UnmanagedText
{
    /// <summary>The kind, id and name of a resource, why it is not managed, and its price: for a plan, a prompt and a proof.</summary>
    /// <param name="resource">The resource.</param>
    public static string Line(SpotResource resource)
    {
        var name = resource.Name is { Length: > 0 } given && given != resource.Id ? $" '{given}'" : "";
        return $"{resource.Type} {resource.Id}{name} in {resource.Region}: {resource.UnmanagedReason ?? "not managed by SpotCluster"}{Price(resource)}";
    }

    /// <summary>Why a resource remains.</summary>
    internal static string Remains(SpotResource resource, Unmanaged unmanaged)
    {
        var name = resource.Name is { Length: > 0 } given && given != resource.Id ? $" '{given}'" : "";
        var option = unmanaged.Code == Unmanaged.Attached && Command(resource) is { } command ? $" Later commands on this computer show it, and -IncludeAttached removes it. On another computer: {command}"
            : unmanaged.Option is { } text ? $" Use {text} to remove it."
            : unmanaged.Code == Unmanaged.LaunchedAgain ? " It is replaced when terminated: remove what launches it." : "";
        return $"{resource.Id}{name} in {resource.Region} remains: {unmanaged.Reason}{Price(resource)}.{option}";
    }

    // Elsewhere, -IncludeAttached finds it only while what it is attached to exists.
    private static string? Command(SpotResource resource) => resource.Type switch
    {
        ResourceTypes.Volume => $"aws ec2 delete-volume --region {resource.Region} --volume-id {resource.Id}",
        ResourceTypes.Snapshot => $"aws ec2 delete-snapshot --region {resource.Region} --snapshot-id {resource.Id}",
        ResourceTypes.Address => $"aws ec2 release-address --region {resource.Region} --allocation-id {resource.Id}",
        ResourceTypes.DedicatedHost => $"aws ec2 release-hosts --region {resource.Region} --host-ids {resource.Id}",
        ResourceTypes.CapacityReservation => $"aws ec2 cancel-capacity-reservation --region {resource.Region} --capacity-reservation-id {resource.Id}",
        _ => null,
    };

    private static string Price(SpotResource resource) =>
        resource.HourlyPrice is { } price ? string.Format(CultureInfo.InvariantCulture, ", {0:0.####} USD per hour", price)
        : resource.Type == ResourceTypes.Snapshot ? ", price unknown (AWS does not report the stored size)"
        : resource.Type is ResourceTypes.Volume or ResourceTypes.CapacityReservation or ResourceTypes.DedicatedHost ? ", price unknown"
        : "";
}
