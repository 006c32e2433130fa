using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>The login of a private registry, as Vast.ai takes it.</summary>
public static class VastRegistry
{
    /// <summary>The login; the password appears in no message from then on.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ParameterInvalid"/> where a part is missing or holds blanks.</exception>
    public static string ToLogin(string user, string password, string? server)
    {
        string[] parts = [user, SecretText.Hide(password)!, server ?? ""];
        return parts[0].Length == 0 || parts[1].Length == 0 || parts.Any(part => part.Any(char.IsWhiteSpace))
            ? throw new SpotException(SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument, "The user and the password of a registry are required; spaces are not supported in them or in the server.")
            : $"-u {user} -p {password} {parts[2]}".TrimEnd();
    }
}
