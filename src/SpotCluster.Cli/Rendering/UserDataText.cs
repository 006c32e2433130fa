using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Cli.Rendering;

/// <summary>Sizes of user data in one sentence.</summary>
internal static class UserDataText
{
    public static string Summary(SpotUserData data) => data.Bytes == 0
        ? "The instance gets no user data."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Bytes} of {data.Limit} bytes{(data.IsCompressed ? ", gzipped" : "")}; {Parts(data)}");

    private static string Parts(SpotUserData data) => data.Parts.Length == 0
        ? "your own user data"
        : "largest: " + string.Join(", ", data.Parts.Take(3).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name} ({part.Bytes})")));
}
