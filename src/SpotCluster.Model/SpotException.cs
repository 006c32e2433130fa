namespace SpotCluster.Model;

/// <summary>An error that a user can act on: what, about which item, and what to do.</summary>
public sealed class SpotException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="errorId">A constant of <see cref="SpotErrorIds"/>.</param>
    /// <param name="category">What kind of problem it is.</param>
    /// <param name="message">One sentence, with the item's name in it.</param>
    /// <param name="innerException">What caused it.</param>
    public SpotException(string errorId, SpotErrorCategory category, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorId = errorId;
        Category = category;
    }

    /// <summary>A constant of <see cref="SpotErrorIds"/>.</summary>
    public string ErrorId { get; }

    /// <summary>What kind of problem it is.</summary>
    public SpotErrorCategory Category { get; }

    /// <summary>The item that it is about: an id, a name, a region or a model object.</summary>
    public object? Target { get; set; }

    /// <summary>What to do, with the exact command where there is one.</summary>
    public string? RecommendedAction { get; set; }

    /// <summary>The cloud's code, for example <c>UnauthorizedOperation</c>.</summary>
    public string? ServiceCode { get; set; }

    /// <summary>The cloud's id of the request.</summary>
    public string? RequestId { get; set; }

    /// <summary>The region that answered.</summary>
    public string? Region { get; set; }
}
