namespace SpotCluster.Engine.Configuration;

/// <summary>The form of a setting's value.</summary>
public enum SettingKind
{
    /// <summary>One text.</summary>
    Text,

    /// <summary>A list of texts; in an environment variable separated by commas.</summary>
    TextList,

    /// <summary>A table of texts; in an environment variable <c>key=value</c>, separated by commas.</summary>
    TextMap,

    /// <summary><c>x64</c> or <c>arm64</c>.</summary>
    Architecture,

    /// <summary><c>destroy-mine</c>, <c>stop-mine</c> or <c>none</c>.</summary>
    CreditPolicy,

    /// <summary>USD per hour, above zero.</summary>
    Money,

    /// <summary>A duration: <c>90m</c>, <c>8h</c>, <c>2d</c>, <c>01:30:00</c>.</summary>
    Duration,

    /// <summary>A path; <c>~</c> is the home folder, and a relative one is relative to the file that names it.</summary>
    Path,

    /// <summary>A list of paths; one alone needs no list.</summary>
    PathList,

    /// <summary>A table of paths, by any key.</summary>
    PathMap,
}
