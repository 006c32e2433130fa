using System.Collections;
using System.Globalization;

namespace SpotCluster.Common;

/// <summary>Tags as PowerShell users write them: <c>@{ team = 'blue' }</c>.</summary>
internal static class TagTable
{
    /// <summary>Keys and values as text, in no culture.</summary>
    public static IReadOnlyDictionary<string, string> Read(IDictionary table) =>
        table.Cast<DictionaryEntry>().ToDictionary(
            tag => Convert.ToString(tag.Key, CultureInfo.InvariantCulture) ?? "",
            tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "",
            StringComparer.Ordinal);
}
