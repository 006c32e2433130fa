using System.Globalization;
using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>Makes <see cref="AgentOptions"/>: a parameter counts before the environment, the environment before the file, the file before the default.</summary>
public sealed class AgentSettingsReader
{
    /// <summary>The variable that names the file.</summary>
    public const string FileVariable = "SPOTCLUSTER_AGENT_CONFIG";

    // A value below this is the original's pause between two looks for an interruption notice, which the cloud wants every five seconds.
    private const int ShortestLikelyPoll = 15;

    private readonly AgentParameters _parameters;
    private readonly Func<string, string?> _environment;
    private readonly Action<string> _warn;
    private readonly string? _file;
    private readonly IReadOnlyDictionary<string, string> _values;

    /// <summary>Finds and reads the file.</summary>
    /// <param name="parameters">What was given.</param>
    /// <param name="environment">The environment; null for that of the process.</param>
    /// <param name="warn">Told of what the user may not have meant.</param>
    /// <exception cref="SpotException">The file cannot be read or understood.</exception>
    public AgentSettingsReader(AgentParameters parameters, Func<string, string?>? environment, Action<string> warn)
    {
        _parameters = parameters;
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _warn = warn;
        _file = parameters.ConfigurationFile
            ?? Given(_environment(FileVariable))
            ?? AgentConf.DefaultPlaces.FirstOrDefault(File.Exists);
        _values = _file is null ? new Dictionary<string, string>(StringComparer.Ordinal) : AgentConf.Read(_file, warn);
    }

    /// <summary>The options.</summary>
    /// <exception cref="SpotException">A setting is missing or not understood; the message names it and where it stands.</exception>
    public AgentOptions Read()
    {
        var (poll, interruption) = ReadIntervals();
        return new AgentOptions
        {
            ServerUrl = ReadServer(),
            CertificateAuthority = _parameters.CertificateAuthority ?? Text(AgentSetting.CertificateAuthority),
            Token = ReadToken(),
            AgentId = _parameters.AgentId ?? Text(AgentSetting.AgentId),
            LogicalAgentId = _parameters.LogicalAgentId ?? Text(AgentSetting.LogicalAgentId),
            Region = _parameters.Region ?? Text(AgentSetting.Region),
            AccountId = ReadChecked(AgentSetting.AccountId, text => text.Length == 12 && text.All(char.IsDigit), "12 digits"),
            InstanceId = ReadChecked(AgentSetting.InstanceId, InstanceIds.IsValid, "an instance id"),
            AutoTerminateEnabled = ReadSwitch(),
            PollInterval = _parameters.PollInterval ?? poll,
            RequiredTag = ReadTag(_parameters.RequiredTag, AgentSetting.RequiredTag, AgentOptions.DefaultTag),
            AllowUnknownPrimary = _parameters.AllowUnknownPrimary ?? Flag(AgentSetting.AllowUnknownPrimary, false),
            LaunchReplicas = _parameters.LaunchReplicas ?? Flag(AgentSetting.LaunchReplicas, true),
            MaxTerminationsPerHour = _parameters.MaxTerminationsPerHour ?? Number(AgentSetting.HourlyLimit, 60, 1, 10_000),
            InterruptionInterval = interruption,
            InterruptionCommand = _parameters.InterruptionCommand ?? Text(AgentSetting.InterruptionCommand),
            CleanupEnabled = _parameters.CleanupEnabled ?? Flag(AgentSetting.CleanupEnabled, true),
            CleanupInterval = TimeSpan.FromSeconds(Number(AgentSetting.CleanupInterval, 3600, 60, 7 * 86_400)),
            CleanupTag = ReadTag(null, AgentSetting.CleanupTag, AgentOptions.DefaultTag)
                ?? throw Invalid(AgentSetting.CleanupTag, "key=value; CLEANUP_ENABLED=false disables the cleanup"),
            SnapshotAge = TimeSpan.FromDays(Number(AgentSetting.SnapshotDays, 7, 1, 3650)),
            ImageAge = TimeSpan.FromDays(Number(AgentSetting.ImageDays, 30, 1, 3650)),
            KeepNewest = Number(AgentSetting.KeepNewest, 3, 0, 10_000),
            MetricsPort = _parameters.MetricsPort ?? (Text(AgentSetting.MetricsPort) is null ? null : Number(AgentSetting.MetricsPort, 0, 0, 65_535)),
            LogFile = _parameters.LogFile ?? Text(AgentSetting.LogFile),
            StateDirectory = _parameters.StateDirectory ?? Text(AgentSetting.StateDirectory),
        };
    }

    private Uri ReadServer()
    {
        if (_parameters.ServerUrl is { } given)
        {
            return given;
        }

        var text = Text(AgentSetting.ServerUrl) ?? throw new SpotException(
            SpotErrorIds.BackendAddressMissing, SpotErrorCategory.InvalidArgument, "The address of the backend is required.")
        {
            RecommendedAction = $"Set {AgentSetting.ServerUrl} in agent.conf, or specify it as a parameter.",
        };
        return Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme.StartsWith("http", StringComparison.Ordinal)
            ? server
            : throw Invalid(AgentSetting.ServerUrl, "an http or https address");
    }

    private AgentToken ReadToken()
    {
        if (_parameters.Token is { } given)
        {
            return given;
        }

        if ((_parameters.TokenFile ?? Text(AgentSetting.TokenFile)) is { } path)
        {
            return TokenFile.Read(path, _warn);
        }

        try
        {
            return new AgentToken(Text(AgentSetting.Token) ?? throw new SpotException(
                SpotErrorIds.BackendTokenMissing, SpotErrorCategory.Authentication, "A token is required.")
            {
                RecommendedAction = $"Set {AgentSetting.TokenFile} to a file that contains it, or set {AgentSetting.Token}; Register-SpotAgent creates one.",
            });
        }
        catch (ArgumentException)
        {
            throw Invalid(AgentSetting.Token, "one word");
        }
    }

    // In the seed's file the key stands beside AUTO_TERMINATE_ENABLED and is the interval between polls, 60; in the original it is that
    // between two looks for an interruption notice, 5. A poll every 5 s is too much, and a look every 60 s halves the warning.
    private (TimeSpan Poll, TimeSpan Interruption) ReadIntervals()
    {
        int? asPoll = null;
        int? asInterruption = null;
        if (Text(AgentSetting.CheckInterval) is not null)
        {
            var value = Number(AgentSetting.CheckInterval, 60, 1, 86_400);
            var isPoll = value > ShortestLikelyPoll || (value >= 5 && Text(AgentSetting.AutoTerminate) is not null);
            asPoll = isPoll ? value : null;
            asInterruption = isPoll ? null : value;
            if (Text(isPoll ? AgentSetting.PollInterval : AgentSetting.InterruptionInterval) is null)
            {
                _warn($"{AgentSetting.CheckInterval}={value.ToString(CultureInfo.InvariantCulture)} is used as "
                    + (isPoll ? "the interval between polls" : "the interval between checks for an interruption notice")
                    + $"; set {AgentSetting.PollInterval} or {AgentSetting.InterruptionInterval} instead.");
            }
        }

        return (
            TimeSpan.FromSeconds(Number(AgentSetting.PollInterval, Math.Max(5, asPoll ?? 60), 5, 86_400)),
            TimeSpan.FromSeconds(Number(AgentSetting.InterruptionInterval, Math.Min(5, asInterruption ?? 2), 1, 5)));
    }

    // Read again each time: whoever writes "false" into the file stops the agent at once. What cannot be read or understood is off.
    private Func<bool> ReadSwitch()
    {
        _ = Flag(AgentSetting.AutoTerminate, true);
        if (_file is null || Given(_environment(AgentSetting.AutoTerminate)) is not null)
        {
            var fixedValue = Flag(AgentSetting.AutoTerminate, true);
            return () => fixedValue;
        }

        return () =>
        {
            try
            {
                return !AgentConf.Read(_file, static _ => { }).TryGetValue(AgentSetting.AutoTerminate, out var text) || ToFlag(text) == true;
            }
            catch (SpotException)
            {
                return false;
            }
        };
    }

    private string? ReadTag(string? parameter, string key, string byDefault)
    {
        var text = parameter ?? Raw(key) ?? byDefault;
        if (text.Length == 0 || text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return text.IndexOf('=') > 0 ? text : throw Invalid(key, "key=value, or none");
    }

    private string? ReadChecked(string key, Func<string, bool> isValid, string form) =>
        Text(key) is { } text ? isValid(text) ? text : throw Invalid(key, form) : null;

    private int Number(string key, int byDefault, int least, int most)
    {
        if (Text(key) is not { } text)
        {
            return byDefault;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Invalid(key, $"a whole number from {least} to {most}");
    }

    private bool Flag(string key, bool byDefault) =>
        Text(key) is { } text ? ToFlag(text) ?? throw Invalid(key, "true or false") : byDefault;

    private static bool? ToFlag(string text) => text.Trim().ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" or "ON" => true,
        "FALSE" or "0" or "NO" or "OFF" => false,
        _ => null,
    };

    /// <summary>The value of a key; null when it is missing or empty.</summary>
    private string? Text(string key) => Given(Raw(key));

    private string? Raw(string key)
    {
        var setting = AgentSetting.Find(key)!;
        foreach (var name in (string[])[setting.Name, .. setting.Aliases])
        {
            if (_environment(name) is { } text && text.Length > 0)
            {
                return AgentConf.Value(text);
            }
        }

        return _values.TryGetValue(setting.Name, out var value) ? value : null;
    }

    private SpotException Invalid(string key, string form)
    {
        var place = Given(_environment(key)) is not null || _file is null ? "the environment" : _file;
        return new SpotException(
            SpotErrorIds.AgentSettingInvalid, SpotErrorCategory.InvalidArgument, $"{key} in {place} must be {form}.")
        { Target = key };
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
