using System.Text.RegularExpressions;

namespace SpotCluster.Engine.Aws.Services;

/// <summary>Codes of the quotas of spot vCPUs. Each covers a group of instance families.</summary>
internal static class SpotQuotaCodes
{
    /// <summary>All of them, with the families that they cover as AWS names those.</summary>
    public static readonly IReadOnlyList<(string Code, string Family)> All =
    [
        (Standard, "Standard (A, C, D, H, I, M, R, T, Z)"),
        ("L-3819A6DF", "G and VT"),
        ("L-7212CCBC", "P4, P3 and P2"),
        ("L-C4BD4855", "P5"),
        ("L-B5D1601B", "Inf"),
        ("L-6B0D517C", "Trn"),
        ("L-85EED4F7", "DL"),
        ("L-88CF9481", "F"),
        ("L-E3A00192", "X"),
    ];

    private const string Standard = "L-34B43A08";
    private const string StandardFamilies = "acdhimrtz";

    private static readonly Dictionary<string, string> Families = new(StringComparer.Ordinal)
    {
        ["dl"] = "L-85EED4F7",
        ["f"] = "L-88CF9481",
        ["g"] = "L-3819A6DF",
        ["gr"] = "L-3819A6DF",
        ["vt"] = "L-3819A6DF",
        ["inf"] = "L-B5D1601B",
        ["p"] = "L-7212CCBC",
        ["trn"] = "L-6B0D517C",
        ["x"] = "L-E3A00192",
        ["im"] = Standard,
        ["is"] = Standard,
    };

    /// <summary>The code for an instance type; null for families that have no spot quota, or that are not known.</summary>
    public static string? Find(string instanceType)
    {
        var match = Regex.Match(instanceType, "^([a-z]+)([0-9]+)");
        if (!match.Success)
        {
            return null;
        }

        var family = match.Groups[1].Value;
        var generation = match.Groups[2].Value;
        if (family == "p" && generation.Length == 1 && generation[0] >= '5')
        {
            return "L-C4BD4855";
        }

        return Families.TryGetValue(family, out var code) ? code
            : family.Length == 1 && StandardFamilies.Contains(family[0]) ? Standard
            : null;
    }
}
