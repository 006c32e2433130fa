using SpotCluster.Engine.Removal;
using SpotCluster.Model;
using static System.FormattableString;

namespace SpotCluster.Engine.Reports;

/// <summary>Removed resources, what was not and why, and the proof.</summary>
internal static class RemovalSection
{
    public static void Write(HtmlWriter html, IReadOnlyList<SpotRemoval> removals, IReadOnlyList<SpotProof> proofs)
    {
        foreach (var proof in proofs)
        {
            WriteProof(html, proof);
        }

        if (removals.Count > 0)
        {
            WriteRemovals(html, removals);
        }
    }

    private static void WriteProof(HtmlWriter html, SpotProof proof)
    {
        using (html.Open("section", ("class", proof.Proven ? "card proven" : "card alarm")))
        {
            using (html.Open("div", ("class", "title")))
            {
                html.Add("h2", (proof.Proven ? "Verified empty: " : "Not verified empty: ") + proof.Scope);
                html.Add("span", proof.Proven ? "verified empty" : "not verified", ("class", proof.Proven ? "pill good" : "pill bad"));
            }

            html.Add("p", proof.Proven
                ? "After the removal, these regions were listed at the same time, to the last page, twice, and contained nothing that SpotCluster removes."
                : "Something remains, or could not be listed. Run the removal again to continue.", ("class", "hint"));
            using (html.Open("dl", ("class", "facts")))
            {
                Fact("Account", proof.AccountId ?? ReportText.Unknown);
                Fact("Cloud", ProviderNames.Of(proof.Provider));
                if (proof.FilterTag.Length > 0)
                {
                    Fact("Filter tag", $"{proof.FilterTag} ({proof.FilterTagSource})");
                }

                Fact("Listings", Invariant($"{proof.Listings}"));
                Fact("First empty", ReportText.Time(proof.FirstEmptyAt));
                Fact("Last empty", ReportText.Time(proof.LastEmptyAt));
                Fact("Remaining", Invariant($"{proof.Residue.Length}"));
                Fact("Not listed", Invariant($"{proof.Unknown.Length}"));
            }

            if (proof.Regions.Length > 0)
            {
                html.Add("p", $"{ReportText.Count(proof.Regions.Length, "region")}: {string.Join(", ", proof.Regions.OrderBy(region => region, StringComparer.Ordinal))}", ("class", "hint"));
            }

            WriteList("Remaining", proof.Residue.Select(item => $"{item.Type} {item.Id} in {item.Region}"));
            WriteList("Not listed", proof.Unknown);
            WriteList("Remains, not managed by SpotCluster", proof.Unmanaged.Select(UnmanagedText.Line));
            WriteList("Not covered", proof.NotCovered);
            WriteList("Not included", proof.Hidden);
        }

        html.Line();

        void Fact(string name, string value)
        {
            using (html.Open("div"))
            {
                html.Add("dt", name).Add("dd", value, ("class", value == ReportText.Unknown ? "unknown" : null));
            }
        }

        void WriteList(string title, IEnumerable<string> items)
        {
            var list = items.ToList();
            if (list.Count == 0)
            {
                return;
            }

            html.Add("h3", title);
            using (html.Open("ul"))
            {
                foreach (var item in list)
                {
                    html.Add("li", item);
                }
            }
        }
    }

    private static void WriteRemovals(HtmlWriter html, IReadOnlyList<SpotRemoval> removals)
    {
        using (html.Open("section", ("class", "card")))
        {
            html.Add("h2", "Removed resources");
            html.Add("p", string.Join(", ", removals.GroupBy(removal => removal.Outcome).OrderBy(Rank)
                .Select(group => Invariant($"{group.Count()} {ReportText.Word(group.Key)}"))), ("class", "hint"));
            using (html.Open("div", ("class", "scroll")))
            using (html.Open("table"))
            {
                using (html.Open("thead"))
                using (html.Open("tr"))
                {
                    html.Add("th", "Resource").Add("th", "Kind").Add("th", "Region").Add("th", "Outcome").Add("th", "Why").Add("th", "After", ("class", "n"));
                }

                using (html.Open("tbody"))
                {
                    // What went wrong comes first.
                    foreach (var removal in removals
                        .OrderBy(removal => ReportText.Mood(removal.Outcome) switch { "bad" => 0, "warn" => 1, _ => 2 })
                        .ThenBy(removal => removal.Region, StringComparer.Ordinal)
                        .ThenBy(removal => removal.Type, StringComparer.Ordinal)
                        .ThenBy(removal => removal.Id, StringComparer.Ordinal))
                    {
                        WriteRemoval(html, removal);
                    }
                }
            }
        }

        html.Line();

        static int Rank(IGrouping<SpotRemovalOutcome, SpotRemoval> group) => (int)group.Key;
    }

    private static void WriteRemoval(HtmlWriter html, SpotRemoval removal)
    {
        using (html.Open("tr"))
        {
            using (html.Open("td"))
            {
                html.Add("span", removal.Id, ("class", "id"));
                if (removal.Name is { Length: > 0 } name)
                {
                    html.Add("span", name, ("class", "sub"));
                }
            }

            html.Add("td", removal.Type, ("class", "line")).Add("td", removal.Region, ("class", "line"));
            using (html.Open("td"))
            {
                html.Add("span", ReportText.Word(removal.Outcome), ("class", "pill " + ReportText.Mood(removal.Outcome)));
            }

            using (html.Open("td", ("class", "wide")))
            {
                if (removal.Code is { } code)
                {
                    html.Add("code", code).Text(" ");
                }

                html.Text(removal.Reason);
                if (removal.BlockedBy is { } blocker)
                {
                    html.Text(" Blocked by ").Add("span", blocker, ("class", "id")).Text(".");
                }
            }

            html.Add("td", ReportText.Duration(removal.Elapsed), ("class", "n"));
        }
    }
}
