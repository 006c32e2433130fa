using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// Where an API key is looked for: <c>VAST_API_KEY</c>, then the files of the official program: the two-factor key, the
/// key, and the key's old place in the home folder. An empty variable counts as not set.
/// </summary>
internal sealed class VastKeyStore(Func<string, string?> environment)
{
    public const string KeyVariable = "VAST_API_KEY";

    public const string AddressVariable = "VAST_URL";

    private string Home => Value("HOME") ?? Value("USERPROFILE") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private string Folder => Path.Combine(Value("XDG_CONFIG_HOME") ?? Path.Combine(Home, ".config"), "vastai");

    /// <summary>The file that <see cref="Save"/> writes.</summary>
    public string KeyPath => Path.Combine(Folder, "vast_api_key");

    /// <summary>The base address of the API: <c>VAST_URL</c>, or Vast.ai's own.</summary>
    public Uri BaseAddress
    {
        get
        {
            var text = Value(AddressVariable);
            if (text is null)
            {
                return new Uri("https://console.vast.ai");
            }

            // A key must not travel in the clear; a simulator on this machine is the one exception.
            if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
                || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
                || address.UserInfo.Length > 0
                || address.Query.Length > 0
                || address.AbsolutePath.Trim('/').Length > 0)
            {
                throw new SpotException(
                    SpotErrorIds.ParameterInvalid,
                    SpotErrorCategory.InvalidArgument,
                    $"The environment variable {AddressVariable} is not valid: an https address without a path is required (http only for localhost).");
            }

            return address;
        }
    }

    /// <summary>The first key that is found; null when there is none.</summary>
    public VastKey? Find()
    {
        if (Value(KeyVariable) is { } value)
        {
            return Checked(value, KeyVariable);
        }

        var places = new[] { Path.Combine(Folder, "vast_tfa_key"), KeyPath, Path.Combine(Home, ".vast_api_key") };
        foreach (var path in places)
        {
            if (Read(path) is { } text)
            {
                return Checked(text, path);
            }
        }

        return null;
    }

    /// <summary>Writes the key to <see cref="KeyPath"/>, readable by this user only.</summary>
    public void Save(string key)
    {
        var value = Checked(key.Trim(), "the input").Value;
        try
        {
            PrivateFile.CreateFolder(Folder);
            PrivateFile.Write(KeyPath, value);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot write the key file {KeyPath}: {error.Message}", error)
            {
                Target = KeyPath,
                RecommendedAction = "Free disk space or grant write permission.",
            };
        }
    }

    // A line break in a key would end the header that carries it.
    private static VastKey Checked(string key, string source) =>
        key.Length > 0 && key.All(c => c is > ' ' and < (char)127)
            ? new VastKey(key, source)
            : throw new SpotException(
                SpotErrorIds.VastKeyInvalid,
                SpotErrorCategory.Authentication,
                $"The Vast.ai API key in {source} contains characters that are not valid.")
            {
                RecommendedAction = "Copy the key again from the Keys page of the Vast.ai console.",
            };

    private static string? Read(string path)
    {
        try
        {
            var text = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
            return text.Length > 0 ? text : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot read the key file {path}: {error.Message}", error)
            {
                Target = path,
            };
        }
    }

    private string? Value(string name) => environment(name) is { } text && text.Trim().Length > 0 ? text.Trim() : null;
}
