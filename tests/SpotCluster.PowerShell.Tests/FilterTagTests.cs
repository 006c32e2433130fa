namespace SpotCluster.PowerShell.Tests;

/// <summary>Every list, status, cost and removal says which filter tag it is of, and what is left out.</summary>
public sealed class FilterTagTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public FilterTagTests() => _session.Must("""
        $env:SPOTCLUSTER_FILTER_TAG_VALUE = 'team-a'
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        Remove-Item Env:SPOTCLUSTER_FILTER_TAG_VALUE
        """);

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Get-SpotInstance")]
    [InlineData("Get-SpotCluster")]
    [InlineData("Measure-SpotCost")]
    [InlineData("Get-SpotResource")]
    [InlineData("Invoke-SpotNuke -Plan")]
    [InlineData("Invoke-SpotNuke -WhatIf")]
    [InlineData("Invoke-SpotNuke -Force")]
    [InlineData("Remove-SpotCluster other -Force")]
    public void The_filter_tag_is_named_and_clusters_under_another_one_are_a_warning(string command)
    {
        var said = _session.Run($"{command} -Verbose *>&1 | ForEach-Object {{ \"$_\" }}").Texts;
        Assert.Contains(said, line => line.Contains("Filter tag: bacalhau-cluster=bacalhau-aws-spot (default", StringComparison.Ordinal));
        Assert.Contains(said, line => line.Contains("team-a", StringComparison.Ordinal) && line.Contains("not included", StringComparison.Ordinal));
    }
}
