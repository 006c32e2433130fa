using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>A file that holds a token and nothing else.</summary>
public static class TokenFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="warn">Told when others can read it too.</param>
    /// <exception cref="SpotException">It cannot be read, or holds no token.</exception>
    public static AgentToken Read(string path, Action<string> warn)
    {
        try
        {
            var token = new AgentToken(File.ReadAllText(path));
            if (AgentConf.IsOpenToOthers(path))
            {
                warn($"The token in {path} is readable by other users: run chmod 600 {path}");
            }

            return token;
        }
        catch (ArgumentException)
        {
            throw new SpotException(
                SpotErrorIds.BackendTokenMissing, SpotErrorCategory.Authentication, $"{path} does not contain a token: one word is expected.")
            { Target = path };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.BackendTokenMissing, SpotErrorCategory.Authentication, $"Cannot read the token file {path}: {failure.Message}", failure)
            { Target = path };
        }
    }

    /// <summary>Writes a token into a new file that only its owner can read.</summary>
    /// <exception cref="SpotException">The file is there already, or cannot be written.</exception>
    public static void Write(string path, AgentToken token)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                PrivateFile.CreateFolder(folder);
            }

            PrivateFile.WriteNew(path, token.Reveal() + "\n");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.AlreadyExists, $"Cannot write the token file {path}: {failure.Message}", failure)
            {
                Target = path,
                RecommendedAction = "Free disk space, or specify a new file in a writable folder.",
            };
        }
    }
}
