using YamlDotNet.RepresentationModel;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>Bacalhau's own configuration file of a compute node.</summary>
internal static class NodeConfiguration
{
    /// <summary>Where the file lies on the machine.</summary>
    public const string Path = "/etc/bacalhau/config.yaml";

    /// <summary>Where the certificate lies on the machine.</summary>
    public const string CaPath = "/etc/bacalhau/ca.pem";

    /// <summary>The text of the file.</summary>
    public static string Write(NodeSetup setup) => NodeText.Write(Compose(setup));

    private static YamlMappingNode Compose(NodeSetup setup)
    {
        var compute = Map(
            ("Enabled", NodeText.Plain("true")),
            ("Orchestrators", NodeText.List(setup.Orchestrators)),
            ("AllowListedLocalPaths", NodeText.List(["/bacalhau_data:rw"])),
            ("AllocatedCapacity", Map(("CPU", NodeText.Text("80%")), ("Memory", NodeText.Text("80%")), ("Disk", NodeText.Text("80%")), ("GPU", NodeText.Text("100%")))));
        if (setup.Token is { } token)
        {
            compute.Add(NodeText.Key("Auth"), Map(("Token", NodeText.Text(token))));
        }

        if (setup.RequireTls || setup.CaCertificate is not null)
        {
            var tls = Map(("RequireTLS", NodeText.Plain(setup.RequireTls ? "true" : "false")));
            if (setup.CaCertificate is not null)
            {
                tls.Add(NodeText.Key("CACert"), NodeText.Text(CaPath));
            }

            compute.Add(NodeText.Key("TLS"), tls);
        }

        // The host is inside the container, whose port is published to the machine itself only.
        return Map(
            ("DataDir", NodeText.Text("/var/lib/bacalhau")),
            ("API", Map(("Host", NodeText.Text("0.0.0.0")), ("Port", NodeText.Plain("1234")))),
            ("Orchestrator", Map(("Enabled", NodeText.Plain("false")))),
            ("Compute", compute),
            ("Labels", NodeText.Table(Labels(setup))),
            ("JobAdmissionControl", Map(("Locality", NodeText.Text("anywhere")), ("RejectNetworkedJobs", NodeText.Plain(setup.AcceptsNetworkedJobs ? "false" : "true")))),
            ("DisableAnalytics", NodeText.Plain("true")),
            ("Logging", Map(("Level", NodeText.Text("info")), ("Mode", NodeText.Text("default")))));
    }

    // Region, zone, type, lifecycle, account and instance are the machine's own to find out; ours cannot be taken away.
    private static IEnumerable<KeyValuePair<string, string>> Labels(NodeSetup setup) => setup.Labels
        .Where(label => label.Key is not (NodeLabels.Cluster or NodeLabels.Tag))
        .Append(new KeyValuePair<string, string>(NodeLabels.Cluster, setup.ClusterName))
        .Append(new KeyValuePair<string, string>(NodeLabels.Tag, setup.FilterTagValue));

    private static YamlMappingNode Map(params (string Key, YamlNode Value)[] entries) =>
        new(entries.Select(entry => new KeyValuePair<YamlNode, YamlNode>(NodeText.Key(entry.Key), entry.Value)));
}
