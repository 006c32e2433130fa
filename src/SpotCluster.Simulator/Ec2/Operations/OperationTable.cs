namespace SpotCluster.Simulator.Ec2.Operations;

/// <summary>Every operation that is played, by name: one line per family.</summary>
internal static class OperationTable
{
    public static Dictionary<string, Action<Ec2Call>> Make()
    {
        var table = new Dictionary<string, Action<Ec2Call>>(StringComparer.Ordinal);
        CatalogOperations.Register(table);
        TagOperations.Register(table);
        VpcOperations.Register(table);
        SubnetOperations.Register(table);
        GatewayOperations.Register(table);
        RouteTableOperations.Register(table);
        SecurityGroupOperations.Register(table);
        KeyPairOperations.Register(table);
        LaunchTemplateOperations.Register(table);
        FleetOperations.Register(table);
        InstanceOperations.Register(table);
        SpotRequestOperations.Register(table);
        InterfaceOperations.Register(table);
        AddressOperations.Register(table);
        VolumeOperations.Register(table);
        StorageOperations.Register(table);
        NatAndEndpointOperations.Register(table);
        NetworkAclOperations.Register(table);
        PeeringOperations.Register(table);
        SpotFleetOperations.Register(table);
        CapacityReservationOperations.Register(table);
        RareOperations.Register(table);
        return table;
    }
}
