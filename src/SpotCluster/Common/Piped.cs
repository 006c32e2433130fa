using System.Management.Automation;
using SpotCluster.Model;

namespace SpotCluster.Common;

/// <summary>What is refused from the pipeline.</summary>
internal static class Piped
{
    /// <summary>The error for an object of a type that a command does not take.</summary>
    /// <param name="piped">The object.</param>
    /// <param name="wanted">What the command takes.</param>
    /// <param name="source">The command that writes it.</param>
    /// <param name="detail">What is wrong with this one, after its type; empty for the type itself.</param>
    public static SpotException Wrong(PipedObject piped, string wanted, string source, string detail = "") => new(
        SpotErrorIds.ParameterInvalid,
        SpotErrorCategory.InvalidArgument,
        $"This command accepts {wanted}, not {piped.Description}{detail}. Nothing was changed.")
    {
        RecommendedAction = $"Pipe the objects of {source}, their ids or names as text, or rows of CSV or JSON that have their properties.",
    };

    /// <summary>
    /// Ends a command that takes its parameters from the columns of a row when something else came: an object of another command
    /// has properties of the same name that mean something else.
    /// </summary>
    /// <param name="cmdlet">The command.</param>
    /// <param name="item">What came; null when nothing is piped.</param>
    /// <param name="types">Types of this module that are taken all the same.</param>
    public static void RequireRow(SpotCmdlet cmdlet, PSObject? item, params string[] types)
    {
        if (item is not null && new PipedObject(item) is { Text: null } piped && !types.Contains(piped.TypeName ?? piped.RowTypeName) && !IsFree(piped))
        {
            cmdlet.ThrowTerminatingError(ErrorRecords.From(
                new SpotException(
                    SpotErrorIds.ParameterInvalid,
                    SpotErrorCategory.InvalidArgument,
                    $"This command accepts names, and rows whose columns are its parameters, not {piped.Description}. Nothing was changed.")
                {
                    RecommendedAction = "Create an object with the property: ... | ForEach-Object { [pscustomobject]@{ Name = $_.Name } } | ...",
                },
                item.BaseObject));
        }
    }

    // A row with an id, or with every column of a type of this module, is of something that exists already.
    private static bool IsFree(PipedObject piped) => piped.IsRow && piped.RowTypeName is null && (piped["Id"] ?? piped["InstanceId"]) is null;
}
