using System.Text;
using SpotCluster.Engine.Configuration;
using SpotCluster.Model;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>Secrets of the orchestrator: from the environment, then from files of the settings. They are never settings themselves.</summary>
internal static class OrchestratorSecrets
{
    /// <summary>The variable with the secret that nodes join with.</summary>
    public const string TokenVariable = "SPOTCLUSTER_ORCHESTRATOR_TOKEN";

    /// <summary>The secret that nodes join with; null for none.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.SecretFileInvalid"/>.</exception>
    public static string? ReadToken(string? path, SpotSettings settings, Func<string, string?>? environment = null) =>
        path is not null ? SecretFile.Read(path, "token of the orchestrator") : SecretText.Hide(Variable(TokenVariable, environment))
        ?? (settings.OrchestratorTokenPath is { } own ? SecretFile.Read(own, "token of the orchestrator") : null);

    /// <summary>The value of the header Authorization for the API; null for none. The variables are those of Bacalhau's own program.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.SecretFileInvalid"/>, <see cref="SpotErrorIds.ParameterInvalid"/>.</exception>
    public static string? Read(SpotSettings settings, Func<string, string?>? environment = null)
    {
        var key = Variable("BACALHAU_API_KEY", environment);
        var user = Variable("BACALHAU_API_USERNAME", environment);
        var password = Variable("BACALHAU_API_PASSWORD", environment);
        SecretText.Hide(key);
        SecretText.Hide(password);
        if (user is null != password is null || (key is not null && user is not null))
        {
            throw new SpotException(
                SpotErrorIds.ParameterInvalid,
                SpotErrorCategory.InvalidArgument,
                "The environment variables for the orchestrator's API contradict each other.")
            {
                RecommendedAction = "Set BACALHAU_API_KEY, or BACALHAU_API_USERNAME and BACALHAU_API_PASSWORD, and not both.",
            };
        }

        return key is not null ? "Bearer " + key
            : user is not null ? "Basic " + SecretText.Hide(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")))
            : settings.OrchestratorKeyPath is { } path ? "Bearer " + SecretFile.Read(path, "key of the orchestrator's API")
            : null;
    }

    private static string? Variable(string name, Func<string, string?>? environment) =>
        (environment ?? Environment.GetEnvironmentVariable)(name) is { Length: > 0 } value ? value.Trim() : null;
}
