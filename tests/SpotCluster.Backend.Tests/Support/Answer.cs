using System.Text.Json;
using Xunit;

namespace SpotCluster.Backend.Tests.Support;

/// <summary>What the backend answered.</summary>
public sealed record Answer(int Status, string Body, string? ETag)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public Answer Is(int status)
    {
        Assert.True(status == Status, $"Expected {status}, got {Status}: {Body}");
        return this;
    }

    /// <summary>A refusal in the one form, with this code and without a word about the inside.</summary>
    public Answer Refuses(int status, string code)
    {
        Is(status);
        Assert.Equal(code, Text("code"));
        Assert.False(string.IsNullOrEmpty(Text("id")));
        foreach (var word in (string[])["SELECT", "INSERT", "UPDATE ", "sqlite", "Npgsql", "constraint", "   at "])
        {
            Assert.DoesNotContain(word, Body, StringComparison.OrdinalIgnoreCase);
        }

        return this;
    }

    public string Text(string name) => Json.GetProperty(name).GetString()!;

    public bool Flag(string name) => Json.GetProperty(name).GetBoolean();

    public int Number(string name) => Json.GetProperty(name).GetInt32();

    public IReadOnlyList<JsonElement> Items(string? name = null) =>
        (name is null ? Json : Json.GetProperty(name)).EnumerateArray().ToList();
}
