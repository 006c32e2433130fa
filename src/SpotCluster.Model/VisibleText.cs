using System.Globalization;

namespace SpotCluster.Model;

/// <summary>Text from outside, fit to be shown: a tag cannot steer a terminal, turn the direction of a line or hide a part of itself.</summary>
public static class VisibleText
{
    /// <summary>True for a control character, a mark of direction, and whatever else takes no room.</summary>
    /// <param name="character">The character.</param>
    public static bool IsHidden(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>The text on one line: control characters as blanks, other hidden ones as their code.</summary>
    /// <param name="text">Any text; null is empty.</param>
    public static string Clean(string? text) => text is null ? "" : string.Concat(text.Select(character =>
        char.IsControl(character) ? " "
        : IsHidden(character) ? "\\u" + ((int)character).ToString("X4", CultureInfo.InvariantCulture)
        : character.ToString()));
}
