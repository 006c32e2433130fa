using System.Globalization;
using System.Text;
using SpotCluster.Engine.Costs;
using static System.FormattableString;

namespace SpotCluster.Engine.Reports;

/// <summary>
/// What a cluster cost per hour over time: steps, one band per region, stacked, so that the upper edge is the whole. The
/// drawing is stretched to the width of the page; its labels are text of the page and keep their size.
/// </summary>
internal sealed class PriceChart
{
    private const int MostBands = 6;
    private const double Width = 1000;
    private const double Height = 100;

    private readonly IReadOnlyList<Band> _bands;
    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset _until;

    private PriceChart(IReadOnlyList<Band> bands, DateTimeOffset from, DateTimeOffset until)
    {
        _bands = bands;
        _from = from;
        _until = until;
    }

    /// <summary>The chart of one cluster; null when no time has passed that it could show.</summary>
    public static PriceChart? Of(IReadOnlyList<CostSeries> series, DateTimeOffset? since, DateTimeOffset until)
    {
        var filled = series.Where(item => item.Steps.Count > 1).ToList();
        if (filled.Count == 0)
        {
            return null;
        }

        var first = filled.Min(item => item.Steps[0].At);
        var from = since > first ? since.Value : first;
        if (until - from < TimeSpan.FromMinutes(1))
        {
            return null;
        }

        // The dearest regions get a band of their own, the others share one.
        var ranked = filled.OrderByDescending(item => Spent(item.Steps, from, until)).ThenBy(item => item.Region, StringComparer.Ordinal).ToList();
        var own = ranked.Count <= MostBands ? ranked : ranked.Take(MostBands - 1).ToList();
        var bands = own.Select(item => new Band(item.Region, [item.Steps])).ToList();
        if (own.Count < ranked.Count)
        {
            bands.Add(new Band(ReportText.Count(ranked.Count - own.Count, "other region"), [.. ranked.Skip(own.Count).Select(item => item.Steps)]));
        }

        return new PriceChart(bands, from, until);
    }

    public void Write(HtmlWriter html)
    {
        var times = Times();
        var levels = _bands.Select(band => times.Select(band.At).ToList()).ToList();
        var peak = Enumerable.Range(0, times.Count).Max(place => levels.Sum(level => level[place].Known));
        var (top, step) = Scale(peak);
        var isUnknown = levels.Any(level => level.Any(value => value.Unknown > 0));
        using (html.Open("figure", ("class", "chart")))
        {
            html.Add("figcaption", $"USD per hour{(_bands.Count > 1 ? ", by region" : "")}, {ReportText.ShortTime(_from)} to {ReportText.ShortTime(_until)} UTC");
            using (html.Open("div", ("class", "plot")))
            {
                WriteValues(html, top, step);
                using (html.Open(
                    "svg",
                    ("viewBox", Invariant($"0 0 {Width} {Height}")),
                    ("preserveAspectRatio", "none"),
                    ("role", "img"),
                    ("aria-label", $"Price per hour over time, at most {ReportText.Hourly(peak)}")))
                {
                    for (var value = step; value < top + (step / 2); value += step)
                    {
                        html.AddVoid("path", ("class", "grid"), ("d", Invariant($"M0 {Y(value, top):0.##}H{Width}")));
                    }

                    foreach (var (begin, end) in UnknownTimes(times, levels))
                    {
                        html.AddVoid("rect", ("class", "gap"), ("x", Number(X(begin))), ("y", "0"), ("width", Number(Math.Max(1, X(end) - X(begin)))), ("height", Number(Height)));
                    }

                    WriteBands(html, times, levels, top);
                }

                WriteTimes(html);
            }

            WriteLegend(html, isUnknown);
        }

        html.Line();
    }

    private void WriteBands(HtmlWriter html, List<DateTimeOffset> times, List<List<(decimal Known, int Unknown)>> levels, decimal top)
    {
        var floor = new decimal[times.Count];
        for (var band = 0; band < levels.Count; band++)
        {
            var ceiling = floor.Select((value, place) => value + levels[band][place].Known).ToArray();
            var style = Invariant($"s{band + 1}");
            var edge = Edge(times, ceiling, top);
            html.AddVoid("path", ("class", "area " + style), ("d", $"M{edge}L{Back(times, floor, top)}Z"));
            html.AddVoid("path", ("class", "edge " + style), ("d", "M" + edge));
            floor = ceiling;
        }
    }

    // Each value holds until the next time.
    private string Edge(List<DateTimeOffset> times, decimal[] values, decimal top)
    {
        var path = new StringBuilder(Invariant($"{X(times[0]):0.##} {Y(values[0], top):0.##}"));
        for (var place = 1; place < times.Count; place++)
        {
            path.Append(Invariant($"H{X(times[place]):0.##}"));
            if (values[place] != values[place - 1])
            {
                path.Append(Invariant($"V{Y(values[place], top):0.##}"));
            }
        }

        return path.ToString();
    }

    private string Back(List<DateTimeOffset> times, decimal[] values, decimal top)
    {
        var last = times.Count - 1;
        var path = new StringBuilder(Invariant($"{X(times[last]):0.##} {Y(values[last], top):0.##}"));
        for (var place = last - 1; place >= 0; place--)
        {
            if (values[place] != values[place + 1])
            {
                path.Append(Invariant($"V{Y(values[place], top):0.##}"));
            }

            path.Append(Invariant($"H{X(times[place]):0.##}"));
        }

        return path.ToString();
    }

    private static void WriteValues(HtmlWriter html, decimal top, decimal step)
    {
        var digits = step >= 1 ? "0" : step >= 0.1m ? "0.0" : step >= 0.01m ? "0.00" : step >= 0.001m ? "0.000" : "0.0000";
        digits = step is 0.25m or 0.025m or 0.0025m or 2.5m ? digits + (step == 2.5m ? ".0" : "0") : digits;
        using (html.Open("div", ("class", "values"), ("aria-hidden", "true")))
        {
            for (var value = 0m; value < top + (step / 2); value += step)
            {
                html.Add("span", "$" + value.ToString(digits, CultureInfo.InvariantCulture), ("style", Invariant($"bottom:{value / top * 100:0.##}%")));
            }
        }
    }

    private void WriteTimes(HtmlWriter html)
    {
        using (html.Open("div", ("class", "times"), ("aria-hidden", "true")))
        {
            var step = TimeStep(_until - _from);
            var format = step < TimeSpan.FromDays(1) ? (_from.UtcDateTime.Date == _until.UtcDateTime.Date ? "HH:mm" : "dd MMM HH:mm") : "dd MMM";
            for (var ticks = ((_from.UtcTicks / step.Ticks) + 1) * step.Ticks; ticks < _until.UtcTicks; ticks += step.Ticks)
            {
                var time = new DateTimeOffset(ticks, TimeSpan.Zero);
                var share = X(time) / Width * 100;
                if (share is > 5 and < 95)
                {
                    html.Add("span", time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture), ("style", Invariant($"left:{share:0.##}%")));
                }
            }
        }
    }

    private void WriteLegend(HtmlWriter html, bool isUnknown)
    {
        using (html.Open("ul", ("class", "legend")))
        {
            for (var place = 0; place < _bands.Count; place++)
            {
                var (band, now) = (_bands[place], _bands[place].At(_until));
                var spent = band.Parts.Sum(steps => Spent(steps, _from, _until));
                var hasGap = Times().Any(time => band.At(time).Unknown > 0);
                using (html.Open("li"))
                {
                    html.Add("i", null, ("class", Invariant($"s{place + 1}"))).Add("b", band.Name).Text(
                        $" {ReportText.AtLeast(now.Unknown > 0 ? null : now.Known, now.Known, ReportText.Hourly)} per hour now, "
                        + $"{ReportText.AtLeast(hasGap ? null : spent, spent, ReportText.Cost)} in this period");
                }
            }

            if (isUnknown)
            {
                using (html.Open("li"))
                {
                    html.Add("i", null, ("class", "gap")).Text("a price is unknown; the chart shows the known prices");
                }
            }
        }
    }

    private static IEnumerable<(DateTimeOffset Begin, DateTimeOffset End)> UnknownTimes(List<DateTimeOffset> times, List<List<(decimal Known, int Unknown)>> levels)
    {
        DateTimeOffset? begin = null;
        for (var place = 0; place < times.Count; place++)
        {
            var isUnknown = place < times.Count - 1 && levels.Any(level => level[place].Unknown > 0);
            if (isUnknown)
            {
                begin ??= times[place];
            }
            else if (begin is { } start)
            {
                yield return (start, times[place]);
                begin = null;
            }
        }
    }

    // Moments that fall on the same spot of the drawing are one: the last of them stays.
    private List<DateTimeOffset> Times()
    {
        var all = _bands.SelectMany(band => band.Parts).SelectMany(steps => steps.Select(step => step.At))
            .Where(at => at > _from && at < _until).Distinct().OrderBy(at => at);
        var times = new List<DateTimeOffset> { _from };
        foreach (var at in all)
        {
            if (times.Count > 1 && X(at) - X(times[times.Count - 1]) < 0.2)
            {
                times[times.Count - 1] = at;
            }
            else
            {
                times.Add(at);
            }
        }

        times.Add(_until);
        return times;
    }

    private double X(DateTimeOffset time) => (time - _from).TotalSeconds / (_until - _from).TotalSeconds * Width;

    private static double Y(decimal value, decimal top) => Height - ((double)(value / top) * Height);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>About four steps of a round size, and the value at the top.</summary>
    private static (decimal Top, decimal Step) Scale(decimal peak)
    {
        if (peak <= 0)
        {
            return (0.01m, 0.0025m);
        }

        var rough = (double)peak / 4;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (decimal)(new[] { 1, 2, 2.5, 5, 10 }.First(factor => factor * power >= rough * 0.999) * power);
        return (Math.Ceiling(peak / step) * step, step);
    }

    private static TimeSpan TimeStep(TimeSpan span)
    {
        int[] minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7 * 1440, 14 * 1440, 28 * 1440];
        var fit = minutes.FirstOrDefault(step => span.TotalMinutes / step <= 5);
        return TimeSpan.FromMinutes(fit == 0 ? 28 * 1440 : fit);
    }

    private static decimal Spent(IReadOnlyList<CostStep> steps, DateTimeOffset from, DateTimeOffset until)
    {
        var sum = 0m;
        for (var place = 0; place + 1 < steps.Count; place++)
        {
            var begin = steps[place].At > from ? steps[place].At : from;
            var end = steps[place + 1].At < until ? steps[place + 1].At : until;
            sum += end > begin ? steps[place].HourlyPrice * PriceHistory.Hours(end - begin) : 0;
        }

        return sum;
    }

    private sealed record Band(string Name, IReadOnlyList<IReadOnlyList<CostStep>> Parts)
    {
        public (decimal Known, int Unknown) At(DateTimeOffset time)
        {
            (decimal Known, int Unknown) sum = (0, 0);
            foreach (var steps in Parts)
            {
                if (steps.LastOrDefault(step => step.At <= time) is { } step)
                {
                    sum = (sum.Known + step.HourlyPrice, sum.Unknown + step.Unknown);
                }
            }

            return sum;
        }
    }
}
