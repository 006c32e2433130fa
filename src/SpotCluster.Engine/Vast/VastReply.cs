using Newtonsoft.Json.Linq;

namespace SpotCluster.Engine.Vast;

/// <summary>A request to the API.</summary>
internal sealed record VastCall(string Operation, HttpMethod Method, string Path, VastEndpoint Endpoint)
{
    /// <summary>The JSON body; every POST, PUT and DELETE sends one.</summary>
    public JObject? Body { get; init; }

    /// <summary>True when it changes something.</summary>
    public bool Changes { get; init; }

    /// <summary>True when sending it twice does what sending it once does, so that a lost answer may be asked for again.</summary>
    public bool Repeatable { get; init; } = true;

    /// <summary>True when the caller looks before it tries again, so that a failure comes back at once.</summary>
    public bool IsRetriedByCaller { get; init; }

    /// <summary>False when a cancellation must not leave it unknown what became of it; waiting for its turn stays cancellable.</summary>
    public bool Cancellable { get; init; } = true;

    /// <summary>Called just before each time that it is sent.</summary>
    public Action? Sending { get; init; }

    /// <summary>The machine or offer that it is about, for messages.</summary>
    public string? Target { get; init; }
}

/// <summary>An answer: JSON, plain text, or nothing at all.</summary>
internal sealed class VastReply
{
    public VastReply(int status, string text, TimeSpan? retryAfter, Uri? location = null)
    {
        Location = location;
        Status = status;
        Text = text;
        RetryAfter = retryAfter;
        Json = VastJson.TryParse(text);
    }

    public int Status { get; }

    public string Text { get; }

    /// <summary>What the service asks to wait; it seldom says.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Where a redirect points.</summary>
    public Uri? Location { get; }

    /// <summary>The body; null when it is empty or no JSON.</summary>
    public JToken? Json { get; }

    /// <summary>The body as an object; an empty one where it is none.</summary>
    public JObject Object => Json as JObject ?? [];

    public bool IsSuccessStatus => Status is >= 200 and < 300;

    /// <summary>
    /// True for a success by status whose body does not say otherwise. An empty body is a success; a web page is not, since
    /// it is a proxy's or one of maintenance, and says nothing about the request.
    /// </summary>
    public bool Succeeded => IsSuccessStatus && Json switch
    {
        JObject body => body.Flag("success") ?? Code is null,
        JArray => true,
        null => string.IsNullOrWhiteSpace(Text),
        _ => false,
    };

    /// <summary>True for an object that does not say whether it was done, as every answer to a change does.</summary>
    public bool IsUnconfirmed => Json is JObject body && body.Flag("success") is null;

    /// <summary>True for a web page where the API answers in JSON.</summary>
    public bool IsPage => Json is null && Text.TrimStart().StartsWith('<');

    /// <summary>The service's code: <c>error</c>, which a few answers leave out.</summary>
    public string? Code => Object.Text("error");

    /// <summary>The service's sentence.</summary>
    public string? Message => Object.Text("msg") ?? Object.Text("message") ?? Object.Text("detail")
        ?? Json switch
        {
            null => PlainText,
            JValue { Value: string text } => text,
            _ => null,
        };

    // A page of a proxy in between is no message to a user.
    private string? PlainText => Text.Trim() is { Length: > 0 and < 300 } text && !IsPage ? text : null;
}
