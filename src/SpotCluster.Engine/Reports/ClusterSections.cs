using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Reports;

/// <summary>One card per cluster: its state, what it costs, the chart, its machines. A last one for machines of no cluster.</summary>
internal static class ClusterSections
{
    public static void Write(HtmlWriter html, ReportContent content)
    {
        var names = content.Clusters.Select(cluster => cluster.Name)
            .Concat(content.Instances.Select(instance => instance.ClusterName).OfType<string>())
            .Concat(content.Costs?.Series.Select(series => series.ClusterName).OfType<string>() ?? [])
            .Distinct(StringComparer.Ordinal)
            .OrderBy(name => name, StringComparer.Ordinal);
        foreach (var name in names)
        {
            WriteCluster(html, content, name);
        }

        if (content.Instances.Any(instance => instance.ClusterName is null) || content.Costs?.Series.Any(series => series.ClusterName is null) == true)
        {
            WriteCluster(html, content, null);
        }
    }

    private static void WriteCluster(HtmlWriter html, ReportContent content, string? name)
    {
        var clusters = content.Clusters.Where(cluster => cluster.Name == name).ToList();
        var instances = content.Instances.Where(instance => instance.ClusterName == name).ToList();
        var report = content.Costs?.Report;
        var cost = report?.Clusters.FirstOrDefault(row => row.ClusterName == name);
        using (html.Open("section", ("class", "card")))
        {
            using (html.Open("div", ("class", "title")))
            {
                html.Add("h2", name ?? "Instances without a cluster");
                foreach (var cluster in clusters)
                {
                    var state = ReportText.Word(cluster.State);
                    html.Add("span", clusters.Count > 1 ? $"{ProviderNames.Of(cluster.Provider)}: {state}" : state, ("class", "pill " + ReportText.Mood(cluster.State)));
                }
            }

            var isWhole = content.Unknown.Count == 0 || (cost is null && clusters.Count > 0 && clusters.All(cluster => cluster.Provider == SpotProvider.Vast));
            WriteFacts(html, clusters, cost, ReportSums.Of(instances, cost, report?.Instances ?? [], isWhole));
            foreach (var region in clusters.SelectMany(cluster => cluster.Regions).Where(region => region.Code is not null))
            {
                using (html.Open("p", ("class", "note")))
                {
                    html.Add("b", region.Region).Text($": {region.Running} of {region.Wanted?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? ReportText.Unknown}, ")
                        .Add("code", region.Code).Text($" {region.Reason}");
                }
            }

            if (content.Costs is { } costs)
            {
                var series = costs.Series.Where(item => item.ClusterName == name).ToList();
                if (PriceChart.Of(series, content.Request.Since, costs.Report.Total.MeasuredAt) is { } chart)
                {
                    chart.Write(html);
                }
            }

            WriteMachines(html, instances, report?.Instances ?? [], content.MadeAt);
            if (instances.Any(instance => instance.Provider == SpotProvider.Vast))
            {
                html.Add("p", "Vast.ai provides no price history, so its instances are not in the chart.", ("class", "hint"));
            }
        }

        html.Line();
    }

    private static void WriteFacts(HtmlWriter html, List<Cluster> clusters, SpotCost? cost, ReportSums sums)
    {
        using (html.Open("dl", ("class", "facts")))
        {
            if (clusters.Count > 0)
            {
                var running = clusters.Sum(cluster => cluster.Running);
                var wanted = clusters.All(cluster => cluster.Wanted is not null) ? clusters.Sum(cluster => cluster.Wanted) : null;
                Fact("Running", FormattableString.Invariant($"{running} of {wanted?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? ReportText.Unknown}"));
                if (clusters.All(cluster => cluster.Healthy is not null))
                {
                    Fact("Healthy", clusters.Sum(cluster => cluster.Healthy)!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
                }
            }

            Fact("Per hour", sums.Hourly);
            Fact("Cost to date", sums.Spent);
            if (cost is { ComputeCost: not null } or { StorageCost: not null } or { PublicIpCost: not null })
            {
                Fact("instances", ReportText.Cost(cost.ComputeCost));
                Fact("disks", ReportText.Cost(cost.StorageCost));
                Fact("addresses", ReportText.Cost(cost.PublicIpCost));
            }

            if (clusters.Min(cluster => cluster.CreatedAt) is { } created)
            {
                Fact("Created", ReportText.ShortTime(created));
            }

            if (clusters.Min(cluster => cluster.ExpiresAt) is { } expires)
            {
                Fact("Expires", ReportText.ShortTime(expires));
            }
        }

        void Fact(string name, string value)
        {
            using (html.Open("div"))
            {
                html.Add("dt", name).Add("dd", value, ("class", value == ReportText.Unknown ? "unknown" : null));
            }
        }
    }

    private static void WriteMachines(HtmlWriter html, List<SpotInstance> instances, IReadOnlyList<SpotCost> measured, DateTimeOffset now)
    {
        if (instances.Count == 0)
        {
            html.Add("p", "No instance is running.", ("class", "hint"));
            return;
        }

        var costs = measured.ToDictionary(row => row.Name, StringComparer.Ordinal);
        using (html.Open("div", ("class", "scroll")))
        using (html.Open("table"))
        {
            using (html.Open("thead"))
            using (html.Open("tr"))
            {
                html.Add("th", "Instance").Add("th", "Zone").Add("th", "Type").Add("th", "State")
                    .Add("th", "Launched, UTC", ("class", "n")).Add("th", "Age", ("class", "n")).Add("th", "Per hour", ("class", "n")).Add("th", "To date", ("class", "n"));
            }

            using (html.Open("tbody"))
            {
                foreach (var instance in instances)
                {
                    WriteMachine(html, instance, costs.GetValueOrDefault(instance.Id), now);
                }
            }
        }
    }

    private static void WriteMachine(HtmlWriter html, SpotInstance instance, SpotCost? cost, DateTimeOffset now)
    {
        using (html.Open("tr"))
        {
            using (html.Open("td"))
            {
                html.Add("span", instance.Id, ("class", "id"));
                if (instance.Name is { Length: > 0 } name)
                {
                    html.Add("span", name, ("class", "sub"));
                }
            }

            html.Add("td", instance.Zone ?? instance.Region, ("class", "line"));
            using (html.Open("td", ("class", "line")))
            {
                html.Text(instance.InstanceType ?? ReportText.Unknown);
                html.Add("span", instance.Lifecycle switch
                {
                    SpotLifecycle.Spot => "spot",
                    SpotLifecycle.OnDemand => "on demand",
                    _ => "lifecycle unknown",
                }, ("class", "sub"));
            }

            using (html.Open("td"))
            {
                html.Add("span", ReportText.Word(instance.State), ("class", "pill " + ReportText.Mood(instance.State)));
            }

            Number(ReportText.ShortTime(instance.LaunchedAt));
            Number(instance.LaunchedAt is { } launched ? ReportText.Duration(now > launched ? now - launched : TimeSpan.Zero) : ReportText.Unknown);
            Number(cost is null ? ReportText.Hourly(instance.HourlyPrice) : ReportText.AtLeast(cost.HourlyCost, cost.KnownHourlyCost, ReportText.Hourly));
            Number(cost is null ? ReportText.Cost(instance.CostToDate) : ReportText.AtLeast(cost.CostToDate, cost.KnownCostToDate, ReportText.Cost));
        }

        void Number(string value) => html.Add("td", value, ("class", value == ReportText.Unknown ? "n unknown" : "n"));
    }
}
