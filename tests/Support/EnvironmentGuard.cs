using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Xunit;

namespace SpotCluster.Tests;

/// <summary>
/// Environment variables belong to the whole process: tests that set them run alone, and each starts from an empty home
/// without keys and profiles.
/// </summary>
public sealed class EnvironmentGuard : IDisposable
{
    public const string Collection = "environment";

    private static readonly string[] Names =
    [
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION",
        "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_STS", "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ROLE_SESSION_NAME",
        "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_PRICING", "HOME", "USERPROFILE", "VAST_API_KEY", "VAST_URL", "BACALHAU_API_KEY", "SPOTCLUSTER_ORCHESTRATOR_TOKEN",
        "HTTPS_PROXY", "SPOTCLUSTER_ADMIN_TOKEN", "SPOT_OPTIMIZER_SERVER_URL", "SPOT_OPTIMIZER_CLIENT_TOKEN", "SPOTCLUSTER_CONFIG", "SPOTCLUSTER_REGIONS", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    ];

    private readonly Dictionary<string, string?> _before = Names.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    /// <summary>One for the whole process.</summary>
    private static readonly string TheHome = Directory.CreateTempSubdirectory("spotcluster-home-").FullName;

    public EnvironmentGuard()
    {
        foreach (var name in Names)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Set("HOME", Home);
        Set("USERPROFILE", Home);
        Set("AWS_EC2_METADATA_DISABLED", "true");
        SetFiles();
    }

    public static string Home => TheHome;

    /// <summary>
    /// The AWS SDK looks once per process where the profiles are, and takes only files that exist: so before any test,
    /// and so that no test sees the profiles of whoever runs it.
    /// </summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Nothing else comes before the static members of the SDK.")]
    internal static void SetFiles()
    {
        WriteConfig("");
        WriteCredentials("");
        Set("AWS_CONFIG_FILE", Path.Combine(Home, "config"));
        Set("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(Home, "credentials"));
    }

    public static void Set(string name, string value) => Environment.SetEnvironmentVariable(name, value);

    public static void SetKeys()
    {
        Set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
        Set("AWS_SECRET_ACCESS_KEY", "notasecret");
    }

    public static void WriteConfig(string text) => File.WriteAllText(Path.Combine(Home, "config"), text);

    public static void WriteCredentials(string text) => File.WriteAllText(Path.Combine(Home, "credentials"), text);

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        WriteConfig("");
        WriteCredentials("");
        var cache = Path.Combine(Home, ".aws");
        if (Directory.Exists(cache))
        {
            Directory.Delete(cache, recursive: true);
        }
    }
}

/// <summary>Runs when no other test does.</summary>
[CollectionDefinition(EnvironmentGuard.Collection, DisableParallelization = true)]
public sealed class EnvironmentGroup;
