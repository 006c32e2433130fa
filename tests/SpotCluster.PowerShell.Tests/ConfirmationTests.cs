namespace SpotCluster.PowerShell.Tests;

/// <summary>The prompt of a command that destroys something: Enter is no, whatever PowerShell's own prompt would take it for.</summary>
public sealed class ConfirmationTests
{
    private const string Setup = """
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $id = (Get-SpotInstance)[0].Id
        """;

    [Theory]
    [InlineData("Remove-SpotInstance $id")]
    [InlineData("Get-SpotInstance | Remove-SpotInstance")]
    [InlineData("Remove-SpotCluster demo")]
    [InlineData("Remove-SpotCluster demo -Confirm")]
    [InlineData("Remove-SpotCluster demo -Force -Confirm")]
    [InlineData("$ConfirmPreference = 'Low'; Remove-SpotCluster demo")]
    [InlineData("Resize-SpotCluster demo -Count 1")]
    [InlineData("Resize-SpotCluster demo -Count 1 -Confirm")]
    public void Enter_changes_nothing_and_yes_acts(string script)
    {
        using (var hasty = new ModuleSession(answers: []))
        {
            hasty.Must(Setup);
            Assert.Empty(hasty.Run(script).Changes);
            Assert.Contains("Are you sure you want to perform this action?", hasty.Shown, StringComparison.Ordinal);
            Assert.Contains("Performing the operation", hasty.Shown, StringComparison.Ordinal);
        }

        using var sure = new ModuleSession(answers: ["y", "y"]);
        sure.Must(Setup);
        Assert.NotEmpty(sure.Run(script).Changes);
    }

    [Theory]
    [InlineData("Yes to All", 0)]
    [InlineData("No to All", 3)]
    public void One_answer_is_for_all_of_a_pipeline(string answer, int rest)
    {
        using var session = new ModuleSession(answers: [answer]);
        session.Must("$null = New-SpotCluster demo -Region us-east-1 -Count 3; $null = Get-SpotInstance | Remove-SpotInstance");
        Assert.Equal(rest, session.Must("Get-SpotInstance").Count);
    }

    [Theory]
    [InlineData("Remove-SpotCluster demo -Confirm:$false")]
    [InlineData("$ConfirmPreference = 'None'; Remove-SpotCluster demo")]
    [InlineData("Remove-SpotCluster demo -Force")]
    public void A_confirmation_that_was_given_is_not_asked_for(string script)
    {
        using var session = new ModuleSession();
        session.Must(Setup);
        Assert.NotEmpty(session.Must(script));
        Assert.Empty(session.Must("Get-SpotInstance"));
    }

    /// <summary>A new command asks by the base class, which knows its impact. Invoke-SpotNuke asks for the account, and writes its preview itself.</summary>
    [Fact]
    public void No_command_asks_by_itself()
    {
        var asking = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "SpotCluster"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => File.ReadAllText(file) is var text && (text.Contains("ShouldProcess(", StringComparison.Ordinal) || text.Contains("ShouldContinue(", StringComparison.Ordinal)))
            .Select(Path.GetFileName);
        Assert.Equal(["InvokeSpotNukeCommand.cs", "SpotCmdlet.cs"], asking.Order(StringComparer.Ordinal));
    }
}
