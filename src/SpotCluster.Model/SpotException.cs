namespace SpotCluster.Model;

/// <summary>An error that a user can act on: what, about which item, and what to do.</summary>
/// <remarks>Every failure becomes one of these before it is shown, so this is where secrets are removed from its texts and its cause.</remarks>
public sealed class SpotException : Exception
{
    private object? _target;
    private string? _recommendedAction;

    /// <summary>Creates the error.</summary>
    /// <param name="errorId">A constant of <see cref="SpotErrorIds"/>.</param>
    /// <param name="category">What kind of problem it is.</param>
    /// <param name="message">One sentence, with the item's name in it.</param>
    /// <param name="innerException">What caused it.</param>
    public SpotException(string errorId, SpotErrorCategory category, string message, Exception? innerException = null)
        : base(SecretText.Redact(message), SecretText.Redact(innerException))
    {
        ErrorId = errorId;
        Category = category;
    }

    /// <summary>A constant of <see cref="SpotErrorIds"/>.</summary>
    public string ErrorId { get; }

    /// <summary>What kind of problem it is.</summary>
    public SpotErrorCategory Category { get; }

    /// <summary>The item that it is about: an id, a name, a region or a model object.</summary>
    public object? Target
    {
        get => _target;
        set => _target = value is string or Uri ? SecretText.Redact(value.ToString()) : value;
    }

    /// <summary>What to do, with the exact command where there is one: what is known of the case, else what helps with every error of its id.</summary>
    public string? RecommendedAction
    {
        get => _recommendedAction ?? UsualAdvice.Of(ErrorId);
        set => _recommendedAction = SecretText.Redact(value);
    }

    /// <summary>The cloud's code, for example <c>UnauthorizedOperation</c>.</summary>
    public string? ServiceCode { get; set; }

    /// <summary>The cloud's id of the request.</summary>
    public string? RequestId { get; set; }

    /// <summary>The region that answered.</summary>
    public string? Region { get; set; }
}
