using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Checks names of places and GPUs, so that a misspelt one is an error with what was probably meant, and not a search that finds
/// nothing.
/// </summary>
internal static class VastNames
{
    private const int MostNear = 5;

    /// <summary>ISO 3166-1, two letters each.</summary>
    private const string Countries =
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU "
        + "CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE "
        + "IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT "
        + "MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM "
        + "SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

    private static readonly HashSet<string> CountrySet = new(Countries.Split(' '), StringComparer.OrdinalIgnoreCase);

    /// <summary>Throws for the first code that is not one of a country.</summary>
    public static void RequireCountries(IReadOnlyList<string> codes)
    {
        if (codes.FirstOrDefault(code => !CountrySet.Contains(code)) is not { } unknown)
        {
            return;
        }

        var near = unknown.ToUpperInvariant() switch
        {
            "UK" => ["GB"],
            "EL" => ["GR"],
            { Length: 2 } text => CountrySet.Where(code => code[0] == text[0] || code[1] == text[1]).OrderBy(code => code[0] == text[0] ? 0 : 1).Take(MostNear),
            _ => Enumerable.Empty<string>(),
        };
        throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"The geolocation '{unknown}' is not valid: a two-letter country code is expected.")
        {
            Target = unknown,
            RecommendedAction = near.Any() ? $"Similar codes: {string.Join(", ", near)}." : "For example: -Geolocation DE, SE",
        };
    }

    /// <summary>
    /// The names of a search as the service spells them, with what each pattern matches. Throws for the first one that is, or matches,
    /// no GPU.
    /// </summary>
    /// <param name="names">Names and patterns; an underscore stands for a space.</param>
    /// <param name="known">Every name that the service has.</param>
    public static IReadOnlyList<string> Gpus(IReadOnlyList<string> names, IReadOnlyList<string> known)
    {
        var found = new List<string>();
        foreach (var name in names)
        {
            string[] matching = [.. known.Where(one => Wildcard.IsMatch(name, one))];
            found.AddRange(matching.Length > 0 ? matching : throw UnknownGpu(name, known));
        }

        return [.. found.Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The error of a place that no instance and no offer has.</summary>
    public static SpotException UnknownPlace(string place, IReadOnlyList<string> known)
    {
        var near = Near(place, known);
        return new SpotException(SpotErrorIds.RegionUnknown, SpotErrorCategory.NotFound, $"No place '{place}' exists at Vast.ai.")
        {
            Target = place,
            RecommendedAction = near.Length > 0 ? $"Similar places: {string.Join("; ", near.Select(name => $"'{name}'"))}." : "Specify a place from Find-SpotOffer -Provider Vast, or a pattern such as '*, SE'.",
        };
    }

    private static SpotException UnknownGpu(string name, IReadOnlyList<string> known)
    {
        var near = Near(name, known);
        return new SpotException(
            SpotErrorIds.InstanceTypeNotOffered,
            SpotErrorCategory.NotFound,
            Wildcard.IsPattern(name) ? $"No GPU at Vast.ai matches '{name}'." : $"No GPU at Vast.ai has the name '{name}'.")
        {
            Target = name,
            RecommendedAction = (near.Length > 0 ? "Similar names: " : "Available names: ") + string.Join(", ", near.Length > 0 ? near : known.Order(StringComparer.Ordinal).Take(20)) + ".",
        };
    }

    // What is spelt alike, and what has the same word in it: H100 is no name, and H100 SXM is one.
    private static string[] Near(string name, IReadOnlyList<string> known)
    {
        var words = name.Split([' ', ',', '*', '?'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Length > 2).ToArray();
        var alike = NearestName.Find(name, known);
        return
        [
            .. (alike is null ? [] : new[] { alike })
                .Concat(known.Where(one => words.Any(word => one.Contains(word, StringComparison.OrdinalIgnoreCase))))
                .Distinct(StringComparer.Ordinal)
                .Take(MostNear),
        ];
    }
}
