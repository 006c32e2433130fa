using SpotCluster.Model;

namespace SpotCluster.Engine.Agent;

/// <summary>A bearer token. It has no text form, so that it gets into no message, log or exception by accident.</summary>
public sealed class AgentToken
{
    private readonly string _value;

    /// <summary>Keeps the token, without blanks at its ends.</summary>
    /// <exception cref="ArgumentException">It is empty, or holds a character that no header takes.</exception>
    public AgentToken(string value)
    {
        _value = (value ?? throw new ArgumentNullException(nameof(value))).Trim();
        if (_value.Length == 0 || _value.Any(character => character is <= ' ' or > '~'))
        {
            throw new ArgumentException("A token must be one word of printable ASCII characters.", nameof(value));
        }

        SecretText.Hide(_value);
    }

    /// <inheritdoc/>
    public override string ToString() => "(token)";

    internal string Reveal() => _value;
}
