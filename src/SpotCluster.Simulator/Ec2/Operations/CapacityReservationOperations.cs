using SpotCluster.Simulator.Aws;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Capacity reservations: what is kept free for on-demand machines of a type in a zone, and paid for all the same.</summary>
internal static class CapacityReservationOperations
{
    public static void Register(Dictionary<string, Action<Ec2Call>> table)
    {
        table["CreateCapacityReservation"] = Create;
        table["DescribeCapacityReservations"] = call =>
            call.Describe(call.Region.CapacityReservations, "CapacityReservationId", "capacityReservationSet", reservation => Write(call, reservation));
        table["CancelCapacityReservation"] = Cancel;
    }

    /// <summary>Number of machines that run in a reservation.</summary>
    public static int Used(Ec2Region region, CapacityReservation reservation) => region.Instances.All.Count(instance =>
        instance.CapacityReservationId == reservation.Id && instance.Status is "pending" or "running" or "shutting-down");

    /// <summary>
    /// The reservation that on-demand machines are launched in: the one that they name, else the first open one with room
    /// for all of them; null for none.
    /// </summary>
    public static CapacityReservation? Find(Ec2Region region, QueryNode specification, InstanceTypeInfo type, Image image, string zone, int count)
    {
        var wish = specification["CapacityReservationSpecification"];
        bool HasRoom(CapacityReservation reservation) => reservation.Count - Used(region, reservation) >= count;
        bool Fits(CapacityReservation reservation) => reservation.IsUsable && reservation.Type == type && reservation.ZoneName == zone
            && (reservation.Platform == "Windows") == (image.Platform is not null);
        if (wish["CapacityReservationTarget"].Text("CapacityReservationId") is { } id)
        {
            var named = region.Require(region.CapacityReservations, id);
            if (!Fits(named))
            {
                throw AwsFaults.Invalid($"The capacity reservation '{id}' is not active, or does not match the attributes of the instance.");
            }

            return HasRoom(named) ? named : throw new ServiceFaultException(
                400, "ReservationCapacityExceeded", $"The requested reservation '{id}' does not have sufficient available capacity for this request.");
        }

        return wish.Text("CapacityReservationPreference") == "none" ? null
            : region.CapacityReservations.All.FirstOrDefault(reservation => reservation.IsOpen && Fits(reservation) && HasRoom(reservation));
    }

    private static void Create(Ec2Call call)
    {
        var region = call.Region;
        var name = call.Query.Required("InstanceType");
        var type = InstanceTypeCatalog.Find(name) ?? throw AwsFaults.Invalid($"Invalid value '{name}' for InstanceType.");
        var zone = call.Query.Text("AvailabilityZone")
            ?? region.Info.Zones.FirstOrDefault(item => region.ZoneId(item) == call.Query.Text("AvailabilityZoneId"))
            ?? throw AwsFaults.Missing("AvailabilityZone");
        if (!region.Info.Zones.Contains(zone))
        {
            throw AwsFaults.Invalid($"Invalid availability zone: [{zone}]");
        }

        if (!InstanceTypeCatalog.IsOffered(region.Info, zone, type))
        {
            throw new ServiceFaultException(400, "Unsupported", $"The requested configuration is currently not supported: {type.Name} in {zone}.");
        }

        var platform = call.Query.Required("InstancePlatform");
        var count = call.Query.Number("InstanceCount") ?? throw AwsFaults.Missing("InstanceCount");
        if (count < 1)
        {
            throw AwsFaults.Invalid(FormattableString.Invariant($"Invalid value '{count}' for InstanceCount."));
        }

        var end = call.Query.Time("EndDate");
        if ((call.Query.Text("EndDateType") == "limited") != end is not null || end <= call.Now)
        {
            throw AwsFaults.InvalidCombination("EndDateType is limited exactly when an EndDate in the future is given.");
        }

        // Reserved or run, it counts against the same quota.
        if ((Launcher.VCpusUsed(region, type, spot: false) + (count * type.VCpus)) > call.Account.QuotaOf(region.Name, Quotas.CodeOf(type, spot: false)))
        {
            throw new ServiceFaultException(400, "InstanceLimitExceeded", "Your quota allows for fewer running On-Demand Instances than you requested to reserve.");
        }

        // One of the few operations whose tags have a plural name on the wire.
        var tags = Ec2Call.TagsFor(call.Query, "capacity-reservation", "TagSpecifications");
        TagRules.Check(tags);
        var reservation = region.Add(region.CapacityReservations, new CapacityReservation
        {
            Id = region.NewId("cr-"),
            CreatedAt = call.Now,
            Type = type,
            Platform = platform,
            ZoneName = zone,
            Count = count,
            IsOpen = call.Query.Text("InstanceMatchCriteria") != "targeted",
            EndsAt = end,
        });
        call.Tag(reservation, tags);
        region.After(region.Options.PendingTime, () => Change(reservation, "pending", "active"));
        if (end is { } due)
        {
            region.After(due - call.Now, () => Change(reservation, "active", "expired"));
        }

        call.Body.Element("capacityReservation", () => Write(call, reservation));
    }

    private static void Change(CapacityReservation reservation, string from, string to) =>
        reservation.Status = reservation.Status == from ? to : reservation.Status;

    // Machines in it run on, outside of any reservation.
    private static void Cancel(Ec2Call call)
    {
        var reservation = call.Region.Require(call.Region.CapacityReservations, call.Query.Required("CapacityReservationId"));
        if (reservation.Status != "active")
        {
            throw new ServiceFaultException(
                400, "InvalidCapacityReservationState", $"The capacity reservation '{reservation.Id}' is {reservation.Status} and cannot be cancelled.");
        }

        reservation.Status = "cancelled";
        call.Ok();
    }

    private static void Write(Ec2Call call, CapacityReservation reservation)
    {
        call.Body.Text("capacityReservationId", reservation.Id)
            .Text("ownerId", call.Account.Id)
            .Text("capacityReservationArn", $"arn:aws:ec2:{call.Region.Name}:{call.Account.Id}:capacity-reservation/{reservation.Id}")
            .Text("availabilityZoneId", call.Region.ZoneId(reservation.ZoneName))
            .Text("instanceType", reservation.Type.Name)
            .Text("instancePlatform", reservation.Platform)
            .Text("availabilityZone", reservation.ZoneName)
            .Text("tenancy", "default")
            .Text("totalInstanceCount", reservation.Count)
            .Text("availableInstanceCount", reservation.IsUsable ? reservation.Count - Used(call.Region, reservation) : 0)
            .Text("ebsOptimized", false)
            .Text("ephemeralStorage", false)
            .Text("state", reservation.Status)
            .Text("startDate", reservation.CreatedAt)
            .Text("endDate", reservation.EndsAt)
            .Text("endDateType", reservation.EndsAt is null ? "unlimited" : "limited")
            .Text("instanceMatchCriteria", reservation.IsOpen ? "open" : "targeted")
            .Text("createDate", reservation.CreatedAt)
            .Text("reservationType", "default");
        call.WriteTags(reservation);
    }
}
