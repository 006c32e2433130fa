using SpotCluster.Simulator.Ec2.Operations;
using SpotCluster.Simulator.Ec2.Resources;

namespace SpotCluster.Simulator.Ec2;

/// <summary>What happens to a machine after its launch, and what goes with it.</summary>
internal static class InstanceLife
{
    private static readonly TimeSpan ClosedRequestVisible = TimeSpan.FromHours(4);

    /// <summary>A machine is up.</summary>
    public static void Start(Ec2Region region, Instance instance)
    {
        if (instance.Status == "pending")
        {
            instance.Status = "running";
            instance.RunningSince = region.Now;
        }
    }

    /// <summary>A machine begins to shut down for good; its user asked for it.</summary>
    public static void TerminateByUser(Ec2Region region, Instance instance)
    {
        if (instance.Status is "shutting-down" or "terminated")
        {
            return;
        }

        if (instance.SpotRequest is { Status: "active" } request)
        {
            CloseRequest(region, request, "closed", "instance-terminated-by-user", "Your Spot Instance was terminated by the user.");
        }
        else if (instance.SpotRequest is { Status: "disabled" } stopped)
        {
            CloseRequest(region, stopped, "closed", "instance-terminated-by-user", "Your Spot Instance was terminated by the user.");
        }

        Terminate(region, instance, "Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown", "User initiated");
    }

    /// <summary>A notice: the machine will be taken back.</summary>
    public static void Interrupt(Ec2Region region, Instance instance)
    {
        if (instance.InterruptionAt is not null || instance.Status is not ("pending" or "running"))
        {
            return;
        }

        instance.InterruptionAt = region.Now + region.Options.InterruptionNotice;

        // A well-kept node looks for the notice every few seconds, and stops its work.
        instance.QuietSince ??= region.Now + TimeSpan.FromSeconds(5);
        if (instance.SpotRequest is { IsLive: true } live)
        {
            live.Change(region.Now, "active", "marked-for-termination", "Your Spot Instance is marked for termination because there is no Spot capacity.");
        }

        region.After(region.Options.InterruptionNotice, () =>
        {
            if (instance.Status is "pending" or "running")
            {
                if (instance.SpotRequest is { IsLive: true } request)
                {
                    CloseRequest(region, request, "closed", "instance-terminated-no-capacity", "Your Spot Instance was terminated because there is no Spot capacity available that matches your request.");
                }

                Terminate(region, instance, "Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination", "Server.SpotInstanceTermination");
            }
        });
    }

    /// <summary>A recommendation: the machine is more likely than others to be taken back. A fleet that rebalances launches its replacement.</summary>
    public static void RecommendRebalance(Ec2Region region, Instance instance)
    {
        if (instance.RebalanceAt is not null || !instance.IsSpot || instance.Status is not ("pending" or "running"))
        {
            return;
        }

        instance.RebalanceAt = region.Now;
        if (region.Fleets.Find(instance.FleetId) is { Type: "maintain", Status: "active" } fleet)
        {
            FleetFulfilment.Rebalance(region, fleet, instance);
        }
    }

    public static void Stop(Ec2Region region, Instance instance)
    {
        if (instance.Status is "pending" or "running")
        {
            instance.Status = "stopping";
            instance.QuietSince ??= region.Now;
            Explain(region, instance, "Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown", "User initiated");
            instance.SpotRequest?.Change(region.Now, "disabled", "instance-stopped-by-user", "Your Spot Instance was stopped by the user.");
            region.After(region.Options.ShutdownTime, () =>
            {
                if (instance.Status == "stopping")
                {
                    instance.Status = "stopped";
                    instance.RunningSince = null;
                    ReleasePublicIp(instance);
                }
            });
        }
    }

    public static void Restart(Ec2Region region, Instance instance)
    {
        if (instance.Status == "stopped")
        {
            instance.Status = "pending";
            instance.QuietSince = null;
            instance.ReasonCode = null;
            instance.ReasonMessage = null;
            instance.Reason = "";
            instance.LaunchedAt = region.Now;
            instance.SpotRequest?.Change(region.Now, "active", "fulfilled", "Your spot request is fulfilled.");
            if (instance.Primary is { PublicIp: null } eni && instance.Subnet.MapPublicIpOnLaunch)
            {
                eni.PublicIp = region.NewPublicIp();
            }

            region.After(region.Options.PendingTime, () => Start(region, instance));
        }
    }

    /// <summary>Ends a spot request. It and its tags stay visible for some hours, as AWS shows them.</summary>
    public static void CloseRequest(Ec2Region region, SpotRequest request, string status, string code, string message)
    {
        request.Change(region.Now, status, code, message);
        region.After(ClosedRequestVisible, () =>
        {
            if (!request.IsLive && request.StatusAt + ClosedRequestVisible <= region.Now && region.SpotRequests.Find(request.Id) is not null)
            {
                region.Remove(region.SpotRequests, request);
            }
        });
    }

    private static void Explain(Ec2Region region, Instance instance, string code, string message, string reason)
    {
        instance.ReasonCode = code;
        instance.ReasonMessage = message;
        instance.Reason = FormattableString.Invariant($"{reason} ({region.Now.UtcDateTime:yyyy-MM-dd HH:mm:ss} GMT)");
    }

    private static void Terminate(Ec2Region region, Instance instance, string code, string message, string reason)
    {
        instance.Status = "shutting-down";
        instance.QuietSince = instance.QuietSince < region.Now ? instance.QuietSince : region.Now;
        Explain(region, instance, code, message, reason);
        region.After(region.Options.ShutdownTime, () => End(region, instance));
        if (instance.FleetId is not null)
        {
            FleetOperations.LostInstance(region, instance);
        }

        Relaunch(region, instance);
    }

    // A persistent request starts a new machine, unless it was cancelled.
    private static void Relaunch(Ec2Region region, Instance instance)
    {
        if (instance.SpotRequest is not { Type: "persistent", Status: "closed" } request)
        {
            return;
        }

        request.InstanceId = null;
        request.Change(region.Now, "open", "pending-evaluation", "Your Spot request has been submitted for review, and is pending evaluation.");
        region.After(region.Options.ShutdownTime, () => Fulfil(region, request));
    }

    /// <summary>Launches the machine of an open request, or tries again later.</summary>
    public static void Fulfil(Ec2Region region, SpotRequest request)
    {
        if (request.Status != "open")
        {
            return;
        }

        try
        {
            var order = new LaunchOrder
            {
                Specification = request.Specification,
                InstanceType = request.InstanceType,
                SubnetId = request.SubnetId,
                Spot = true,
                MaxPrice = request.MaxPrice,
                SpotType = request.Type,
                Request = request,
                Tags = Launcher.TagsOf(request.Specification),
            };
            Launcher.Launch(region, order, 1, 1, region.NewId("r-"));
        }
        catch (ServiceFaultException fault)
        {
            request.Change(region.Now, "open", "capacity-not-available", fault.Message);
            region.After(region.Options.ShutdownTime, () => Fulfil(region, request));
        }
    }

    // Terminated. Disks go at once; network interfaces are let go a little later, and until then their subnet and groups are in use.
    private static void End(Ec2Region region, Instance instance)
    {
        instance.Status = "terminated";
        instance.TerminatedAt = region.Now;
        foreach (var address in region.Addresses.All.Where(address => address.Interface?.InstanceId == instance.Id))
        {
            AddressOperations.Disassociate(address);
        }

        ReleasePublicIp(instance);
        foreach (var volume in instance.Volumes)
        {
            if (volume.DeleteOnTermination)
            {
                region.Remove(region.Volumes, volume);
            }
            else
            {
                volume.InstanceId = null;
                volume.Status = "available";
            }
        }

        instance.Volumes.Clear();
        var interfaces = instance.Interfaces.ToList();
        instance.Interfaces.Clear();
        region.After(region.Options.InterfaceLinger, () =>
        {
            foreach (var eni in interfaces)
            {
                eni.AttachmentId = null;
                eni.InstanceId = null;
                eni.Status = "available";
                if (eni.DeleteOnTermination && region.Interfaces.Find(eni.Id) is not null)
                {
                    InterfaceOperations.Remove(region, eni);
                }
            }
        });
        region.After(region.Options.TerminatedVisible, () => region.Remove(region.Instances, instance));
    }

    // Elastic addresses stay; those that AWS lends are gone.
    private static void ReleasePublicIp(Instance instance)
    {
        foreach (var eni in instance.Interfaces.Where(eni => eni.AllocationId is null))
        {
            eni.PublicIp = null;
        }
    }
}
