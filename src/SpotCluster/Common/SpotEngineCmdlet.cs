using System.Management.Automation;
using System.Security;
using SpotCluster.Completion;
using SpotCluster.Engine;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works on the clouds. Its parameters bear the names that AWS Tools for PowerShell uses.</summary>
public abstract class SpotEngineCmdlet : SpotCmdlet
{
    private readonly Dictionary<SpotEngine, string> _accounts = [];

    /// <summary>Names of AWS profiles; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [Alias("AWSProfileName")]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    public string[] ProfileName { get; set; } = [];

    /// <summary>Access key id, in place of a profile.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("AK")]
    public string? AccessKey { get; set; }

    /// <summary>Secret access key.</summary>
    [Parameter]
    [Secret]
    [ValidateNotNull]
    [Alias("SK", "SecretAccessKey")]
    public SecureString? SecretKey { get; set; }

    /// <summary>Session token of temporary keys.</summary>
    [Parameter]
    [Secret]
    [ValidateNotNull]
    [Alias("ST")]
    public SecureString? SessionToken { get; set; }

    /// <summary>Keys as a PSCredential, or as AWS Tools for PowerShell has them.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Credential { get; set; }

    /// <summary>The code of the device that the profile names as <c>mfa_serial</c>.</summary>
    [Parameter]
    [ValidatePattern("^[0-9]{6}$")]
    public string? MfaCode { get; set; }

    /// <summary>Base address for every AWS service.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? EndpointUrl { get; set; }

    /// <summary>Path of <c>spotcluster.yaml</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <summary>The session's engine for these parameters, which name one account.</summary>
    private protected SpotEngine OpenEngine()
    {
        var profiles = Profiles();
        if (profiles.Count > 1)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(
                    SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument,
                    $"{MyInvocation.MyCommand.Name} works with one account, and -ProfileName names {profiles.Count} profiles: {string.Join(", ", profiles)}.")
                {
                    Target = nameof(ProfileName),
                    RecommendedAction = "Name one of them, or run the command once for each.",
                },
                nameof(ProfileName)));
        }

        return Open(profiles.Count == 0 ? null : profiles[0]);
    }

    /// <summary>
    /// The engines of every account that the profiles are of, each account once. A profile that cannot be used is an error, and the
    /// others are used. From then on what fails at one account does not end the work at the others.
    /// </summary>
    private protected IReadOnlyList<SpotEngine> OpenEngines()
    {
        var profiles = Profiles();
        if (profiles.Count < 2)
        {
            return [OpenEngine()];
        }

        IsOneOfMany = true;
        var engines = new List<SpotEngine>();
        foreach (var profile in profiles)
        {
            var engine = Open(profile);
            Run(profile, async (pump, token) =>
            {
                var account = (await engine.GetIdentityAsync(token).ConfigureAwait(false)).AccountId;
                if (_accounts.ContainsValue(account))
                {
                    pump.Verbose($"Profile {profile} is of account {account}, which another profile is of too.");
                    return;
                }

                _accounts[engine] = account;
                engines.Add(engine);
            });
        }

        return engines;
    }

    /// <summary>The engines, with the providers that each is asked for: Vast.ai has one account, which the first one asks.</summary>
    private protected IEnumerable<(SpotEngine Engine, SpotProvider[] Providers)> EachAccount(SpotProvider[] providers)
    {
        var engines = OpenEngines();
        for (var i = 0; i < engines.Count; i++)
        {
            if (i == 0)
            {
                yield return (engines[i], providers);
            }
            else if (providers.Length == 0 || providers.Contains(SpotProvider.Aws))
            {
                yield return (engines[i], [SpotProvider.Aws]);
            }
        }
    }

    /// <summary>An object of a type without an account: where there are several accounts, it says whose it is.</summary>
    private protected PSObject WithAccount(SpotEngine engine, object value)
    {
        var shown = PSObject.AsPSObject(value);
        if (AccountOf(engine) is { } account)
        {
            shown.Properties.Add(new PSNoteProperty("AccountId", account));
        }

        return shown;
    }

    /// <summary>
    /// A command that continues what this one began, with every parameter that was given: what narrowed it narrows it again. Without
    /// what names its targets, which is part of the command, without secrets, and without what suppresses a prompt.
    /// </summary>
    private protected string Again(string command) => string.Join(' ', MyInvocation.BoundParameters
        .Where(parameter => IsRepeated(parameter.Key))
        .Select(parameter => parameter.Value is SwitchParameter isOn ? (isOn ? $" -{parameter.Key}" : "") : $" -{parameter.Key} {Literal(parameter.Value)}")
        .Where(text => text.Length > 0).Order(StringComparer.Ordinal).Select(text => text.TrimStart()).Prepend(command));

    private static readonly string[] NotRepeated = ["Force", "Summary", "ProofVariable", "Approve", "AccessKey", "SecretKey", "SessionToken", "MfaCode"];

    private bool IsRepeated(string name) =>
        !CommonParameters.Contains(name) && !OptionalCommonParameters.Contains(name) && !NotRepeated.Contains(name, StringComparer.OrdinalIgnoreCase)
        && GetType().GetProperty(name) is { } property && !typeof(PSCredential).IsAssignableFrom(property.PropertyType)
        && !property.GetCustomAttributes(typeof(ParameterAttribute), inherit: true).Cast<ParameterAttribute>().Any(parameter => parameter.Position >= 0 || parameter.ValueFromPipeline);

    // A value as PowerShell reads it.
    private static string Literal(object? value) => value switch
    {
        PSObject item => Literal(item.BaseObject),
        string text => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '/') ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
        System.Collections.IDictionary table => $"@{{ {string.Join("; ", table.Keys.Cast<object>().Select(key => $"{Literal(key)} = {Literal(table[key])}"))} }}",
        System.Collections.IEnumerable items => string.Join(", ", items.Cast<object?>().Select(Literal)),
        IFormattable number => Literal(number.ToString(null, System.Globalization.CultureInfo.InvariantCulture)),
        _ => Literal(value?.ToString() ?? ""),
    };

    /// <summary>The account of an engine where there are several; null otherwise.</summary>
    private protected string? AccountOf(SpotEngine engine) => _accounts.TryGetValue(engine, out var account) ? account : null;

    // The profiles by their own names, each once. Makes no call.
    private IReadOnlyList<string> Profiles()
    {
        var names = new List<string>();
        try
        {
            var known = new Lazy<IReadOnlyList<string>>(SpotEngine.GetProfileNames);
            foreach (var name in ProfileName)
            {
                string[] found = Wildcard.IsPattern(name) ? [.. known.Value.Where(profile => Wildcard.IsMatch(name, profile))] : [name];
                names.AddRange(found.Length > 0 ? found : throw new SpotException(
                    SpotErrorIds.ProfileNotFound, SpotErrorCategory.NotFound, $"No AWS profile fits '{name}'.")
                {
                    Target = name,
                    RecommendedAction = known.Value.Count == 0 ? "The files of AWS name no profile." : $"There are {string.Join(", ", known.Value)}.",
                });
            }
        }
        catch (SpotException failure)
        {
            ThrowTerminatingError(ErrorRecords.From(failure, nameof(ProfileName)));
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    // What was given wins over the session's own, and that over what every AWS tool finds. The simulator has keys of its own.
    private (string? Profile, AwsKeys? Keys) Given(string? profile)
    {
        var isGiven = AccessKey is not null || SecretKey is not null || SessionToken is not null;
        var wrong = isGiven && (AccessKey is null || SecretKey is null) ? "-AccessKey, -SecretKey and -SessionToken belong together: an access key without its secret key is not valid."
            : isGiven && Credential is not null ? "-Credential is not supported with -AccessKey."
            : (isGiven || Credential is not null) && ProfileName.Length > 0 && !IsDefaulted(nameof(ProfileName)) ? "-ProfileName cannot be given with keys."
            : null;
        if (wrong is not null)
        {
            throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, wrong)
            {
                RecommendedAction = "Give one of -ProfileName, -Credential, or -AccessKey with -SecretKey.",
            };
        }

        if (isGiven)
        {
            return (null, new AwsKeys(AccessKey!, SecretAttribute.Text(SecretKey)!, SecretAttribute.Text(SessionToken), "-AccessKey"));
        }

        if (Credential is not null)
        {
            return (null, GivenKeys.Read(Credential, "-Credential"));
        }

        if (profile is not null || SpotSession.Current.Simulator is not null)
        {
            return (profile, null);
        }

        var stored = GetVariableValue(GivenKeys.Variable);
        return (stored is PSObject wrapped ? wrapped.BaseObject : stored) is string { Length: > 0 } name
            ? (name, null)
            : (null, GivenKeys.Read(stored, $"${GivenKeys.Variable}"));
    }

    private SpotEngine Open(string? profile)
    {
        var session = SpotSession.Current;
        if (session.Simulator is not null && EndpointUrl is not null)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(
                    SpotErrorIds.ParameterInvalid,
                    SpotErrorCategory.InvalidArgument,
                    $"-EndpointUrl {EndpointUrl} is not supported while this session uses the simulator.")
                {
                    RecommendedAction = "Omit -EndpointUrl, or end the simulator with Stop-SpotSimulator.",
                },
                EndpointUrl));
        }

        AwsKeys? keys = null;
        try
        {
            (profile, keys) = Given(profile);
        }
        catch (SpotException wrong)
        {
            ThrowTerminatingError(ErrorRecords.From(wrong, null));
        }

        var key = EngineKey.Of(profile, EndpointUrl, FilePath(ConfigurationPath), CurrentFolder);
        var engine = session.Open(key with { Keys = keys, DecodesDenials = MyInvocation.BoundParameters.ContainsKey("Verbose") });
        if (MfaCode is not null)
        {
            engine.UseMfaCode(MfaCode);
        }
        else if (MfaDeviceOf(engine) is { } device && SettingQuestions.AskOne(Host, $"MFA code of {device}: ") is { Length: > 0 } code)
        {
            engine.UseMfaCode(code);
        }

        return engine;
    }

    // What is wrong with the files of AWS is said by the first call, and stops nothing that makes none.
    private static string? MfaDeviceOf(SpotEngine engine)
    {
        try
        {
            return engine.MfaDevice;
        }
        catch (SpotException)
        {
            return null;
        }
    }

    /// <summary>Reports of what is billed on the account at Vast.ai and not managed here.</summary>
    private protected void ReportUnmanaged(UnmanagedInstances? others)
    {
        if (others is not null)
        {
            WriteWarning($"{others}: -IncludeForeign");
        }
    }

    /// <summary>Parameters that say how AWS is reached; Vast.ai has its address and key in the environment.</summary>
    private protected static readonly string[] OnlyAwsConnection =
        [nameof(ProfileName), nameof(AccessKey), nameof(SecretKey), nameof(SessionToken), nameof(Credential), nameof(EndpointUrl)];

    /// <summary>Ends the cmdlet when one of these parameters was given, which would do nothing at this provider.</summary>
    private protected void RefuseMisplaced(SpotProvider provider, IEnumerable<string> foreign)
    {
        if (Misplaced(provider, foreign) is { } misplaced)
        {
            ThrowTerminatingError(ErrorRecords.From(misplaced, null));
        }
    }

    /// <summary>Ends the cmdlet when one of these parameters was given without the one that it belongs to.</summary>
    private protected void Needs(string other, IEnumerable<string> names)
    {
        if (names.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey) is { } name)
        {
            ThrowTerminatingError(ErrorRecords.From(
                new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, $"-{name} is not supported without {other}.")
                {
                    Target = name,
                    RecommendedAction = $"Add {other}, or omit -{name}.",
                },
                null));
        }
    }

    /// <summary>Ends the cmdlet before any change when more would be removed than its limit.</summary>
    private protected void RequireWithin(int count, int most)
    {
        try
        {
            RemovalScope.RequireWithin(count, most);
        }
        catch (SpotException beyond)
        {
            ThrowTerminatingError(ErrorRecords.From(beyond, null));
        }
    }

    /// <summary>The first of these parameters that was given, as an error that it has no meaning at this cloud; null when none was.</summary>
    private protected SpotException? Misplaced(SpotProvider provider, IEnumerable<string> foreign) =>
        foreign.FirstOrDefault(name => MyInvocation.BoundParameters.ContainsKey(name) && !IsDefaulted(name)) is not { } name ? null : new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument,
            $"-{name} is not supported at {ProviderNames.Of(provider)}.")
        {
            Target = name,
            RecommendedAction = $"Omit -{name}, or specify the other provider.",
        };
}
