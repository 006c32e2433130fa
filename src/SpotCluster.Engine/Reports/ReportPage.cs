using System.Text;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Engine.Reports;

/// <summary>The page: one file, without a script and without anything from elsewhere, well-formed as XML too.</summary>
internal static class ReportPage
{
    public static string Render(ReportContent content)
    {
        var html = new HtmlWriter().Raw("<!DOCTYPE html>").Line();
        using (html.Open("html", ("lang", "en")))
        {
            WriteHead(html, content);
            using (html.Open("body"))
            {
                WriteHeader(html, content);
                using (html.Open("main"))
                {
                    WriteTiles(html, content);
                    WriteUnknown(html, content);
                    ClusterSections.Write(html, content);
                    RemovalSection.Write(html, content.Request.Removals, content.Request.Proofs);
                    if (content is { Clusters.Count: 0, Instances.Count: 0, Request: { Removals.Count: 0, Proofs.Count: 0 } })
                    {
                        using (html.Open("section", ("class", "card")))
                        {
                            html.Add("p", content.Unknown.Count == 0
                                ? "Nothing is running; every region and provider was listed."
                                : "Nothing was found where listing succeeded.");
                        }
                    }
                }

                WriteFooter(html);
            }
        }

        return html.Line().ToString();
    }

    private static void WriteHead(HtmlWriter html, ReportContent content)
    {
        using (html.Open("head"))
        {
            html.Line().AddVoid("meta", ("charset", "utf-8")).Line()
                .AddVoid("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1")).Line()
                .AddVoid("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'")).Line()
                .AddVoid("meta", ("name", "generator"), ("content", "SpotCluster")).Line()
                .Add("title", $"SpotCluster report, {ReportText.Time(content.MadeAt)}").Line();
            using (html.Open("style"))
            {
                html.Line().Raw(Style());
            }
        }

        html.Line();
    }

    private static void WriteHeader(HtmlWriter html, ReportContent content)
    {
        var request = content.Request;
        using (html.Open("header"))
        {
            using (html.Open("div"))
            {
                html.Add("h1", "SpotCluster report");
                html.Add("p", !request.IncludeClouds ? "Removed resources"
                    : request.Ids.Count > 0 ? ReportText.Count(request.Ids.Count, "chosen instance")
                    : request.ClusterNames.Count > 0 ? $"Clusters: {string.Join(", ", request.ClusterNames)}"
                    : "All managed resources");
            }

            using (html.Open("dl"))
            {
                html.Add("dt", content.Accounts.Count > 1 ? "Accounts" : "Account")
                    .Add("dd", content.Accounts.Count > 0 ? string.Join(", ", content.Accounts) : ReportText.Unknown)
                    .Add("dt", "Made")
                    .Add("dd", ReportText.Time(content.MadeAt));
                if (content.Unmanaged is { } others)
                {
                    html.Add("dt", "Not in this report").Add("dd", others.ToString());
                }

                if (request.Since is { } since)
                {
                    html.Add("dt", "Charts since").Add("dd", ReportText.Time(since));
                }
            }
        }

        html.Line();
    }

    private static void WriteTiles(HtmlWriter html, ReportContent content)
    {
        using (html.Open("dl", ("class", "tiles")))
        {
            if (content.Request.IncludeClouds)
            {
                var sums = ReportSums.Of(content.Instances, content.Costs?.Report.Total, content.Costs?.Report.Instances ?? [], isWhole: content.Unknown.Count == 0);
                Tile("Clusters", content.Clusters.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
                Tile("Instances", content.Instances.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
                Tile("Per hour now", sums.Hourly);
                Tile("Cost to date", sums.Spent);
            }

            var removals = content.Request.Removals;
            if (removals.Count > 0)
            {
                var bad = removals.Count(removal => ReportText.Mood(removal.Outcome) == "bad");
                Tile("Removed", removals.Count(removal => removal.Outcome == SpotRemovalOutcome.Removed).ToString(System.Globalization.CultureInfo.InvariantCulture));
                if (bad > 0)
                {
                    Tile("Not removed", bad.ToString(System.Globalization.CultureInfo.InvariantCulture), "bad");
                }
            }

            if (content.Request.Proofs.Count > 0)
            {
                var proven = content.Request.Proofs.All(proof => proof.Proven);
                Tile("Removal", proven ? "verified empty" : "not verified", proven ? "good" : "bad");
            }
        }

        html.Line();

        void Tile(string name, string value, string? mood = null)
        {
            using (html.Open("div", ("class", mood)))
            {
                html.Add("dt", name).Add("dd", value, ("class", value == ReportText.Unknown ? "unknown" : null));
            }
        }
    }

    private static void WriteUnknown(HtmlWriter html, ReportContent content)
    {
        if (content.Unknown.Count == 0)
        {
            return;
        }

        using (html.Open("section", ("class", "card alarm")))
        {
            html.Add("h2", "Unknown");
            html.Add("p", "These listings failed. Instances may be running there that this page does not show.", ("class", "hint"));
            using (html.Open("ul"))
            {
                foreach (var sentence in content.Unknown)
                {
                    html.Add("li", sentence);
                }
            }
        }

        html.Line();
    }

    private static void WriteFooter(HtmlWriter html)
    {
        using (html.Open("footer"))
        {
            html.Add("p", "Costs at AWS include current instances at the price history of their zones, disks, and public IPv4 addresses, before taxes and "
                + "discounts; traffic, snapshots and terminated instances are not included. Costs at Vast.ai are as reported by Vast.ai. Unknown costs are shown as unknown, never as 0. "
                + "All times are UTC.");
        }

        html.Line();
    }

    private static string Style()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream("SpotCluster.Engine.Reports.report.css")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}

/// <summary>What machines cost together, at both clouds.</summary>
/// <param name="Hourly">USD per hour, as text.</param>
/// <param name="Spent">USD, as text.</param>
internal sealed record ReportSums(string Hourly, string Spent)
{
    /// <summary>Adds machines that the costs of AWS do not have, which are those of Vast.ai, to a sum of AWS.</summary>
    /// <param name="instances">The machines.</param>
    /// <param name="atAws">The sum; null when AWS has nothing of it.</param>
    /// <param name="measured">The machines that are in it.</param>
    /// <param name="isWhole">Everything that was asked has answered, so that nothing at AWS costs nothing.</param>
    public static ReportSums Of(IReadOnlyList<SpotInstance> instances, SpotCost? atAws, IReadOnlyList<SpotCost> measured, bool isWhole)
    {
        var nothing = isWhole ? Amount.Zero : Amount.Unknown;
        var known = measured.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        var others = instances.Where(instance => !known.Contains(instance.Id)).ToList();
        var hourly = others.Aggregate(
            atAws is null ? nothing : new Amount(atAws.KnownHourlyCost, atAws.HourlyCost is not null), (sum, instance) => sum + Amount.Of(instance.HourlyPrice));
        var spent = others.Aggregate(
            atAws is null ? nothing : new Amount(atAws.KnownCostToDate, atAws.CostToDate is not null), (sum, instance) => sum + Amount.Of(instance.CostToDate));
        return new ReportSums(
            ReportText.AtLeast(hourly.Value, hourly.LowerBound, ReportText.Hourly),
            ReportText.AtLeast(spent.Value, spent.LowerBound, ReportText.Cost));
    }
}
