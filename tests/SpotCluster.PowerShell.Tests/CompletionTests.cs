namespace SpotCluster.PowerShell.Tests;

/// <summary>The Tab key at the parameters whose values the account, the files or the service know.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("Get-SpotInstance ", "bacalhau-demo")]
    [InlineData("Get-SpotInstance bacalhau-d", "bacalhau-demo")]
    [InlineData("Get-SpotInstance -Name i-", "$id")]
    [InlineData("Get-SpotInstance -Id i-", "$id")]
    [InlineData("Get-SpotInstance -ClusterName d", "demo")]
    [InlineData("Remove-SpotInstance i-", "$id")]
    [InlineData("Remove-SpotInstance -Id ", "$vast")]
    [InlineData("Remove-SpotCluster ", "auto")]
    [InlineData("Invoke-SpotCommand i-", "$id")]
    [InlineData("Enter-SpotInstance i-", "$id")]
    [InlineData("Wait-SpotInstance i-", "$id")]
    [InlineData("Get-SpotConsoleOutput i-", "$id")]
    [InlineData("Remove-SpotCluster d", "demo")]
    [InlineData("Set-SpotCluster d", "demo")]
    [InlineData("Wait-SpotCluster d", "demo")]
    [InlineData("Invoke-SpotNuke -KeepCluster d", "demo")]
    [InlineData("Measure-SpotCost d", "demo")]
    [InlineData("Get-SpotResource d", "demo")]
    [InlineData("Get-SpotInstance -Region us-w", "us-west-2")]
    [InlineData("New-SpotCluster x -Region us-west-2 -Zone ", "us-west-2a")]
    [InlineData("Get-SpotPrice -Zone us-west-2", "us-west-2a")]
    [InlineData("Get-SpotPrice -ProductDescription W", "Windows")]
    [InlineData("Find-SpotOffer -GpuName A1", "A10G")]
    [InlineData("Find-SpotOffer -Provider Vast -GpuName 'RTX 40", "'RTX 4090'")]
    [InlineData("Find-SpotOffer -Provider Vast -Geolocation ", "$country")]
    [InlineData("New-SpotInstance ", "$offer")]
    [InlineData("Get-SpotConfiguration filterTagN", "filterTagName")]
    [InlineData("Get-SpotInstance -ProfileName w", "work")]
    [InlineData("Get-SpotResource -Type vp", "vpc")]
    [InlineData("Invoke-SpotNuke -Name bacalhau-", "bacalhau-demo")]
    [InlineData("Set-SpotInstance x -ToCluster a", "auto")]
    [InlineData("Find-SpotOffer -Sort ", "Price")]
    [InlineData("Get-SpotEvent -Type agent_", "agent_registered")]
    public void The_value_is_offered(string line, string value)
    {
        using var session = new ModuleSession();
        var config = Path.GetTempFileName();
        try
        {
            File.WriteAllText(config, "[profile work]\nregion = us-east-1\n");
            session.Must($$"""
                $env:AWS_CONFIG_FILE = '{{config}}'
                $null = New-SpotCluster demo -Region us-east-1
                $null = New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.5 -Force -WarningAction SilentlyContinue
                $id = (Get-SpotInstance -ClusterName demo).Id
                $vast = (Get-SpotInstance -ClusterName auto).Id
                $found = Find-SpotOffer -Provider Vast -Limit 1
                $offer = $found.OfferId
                $country = ($found.Region -split ', ')[-1]
                """);
            var expected = session.Must($"\"{value}\"")[0].ToString();

            // A key press does not wait for a slow answer; the next one has it.
            var offered = new List<string>();
            for (var press = 0; press < 100 && !offered.Contains(expected!); press++)
            {
                offered = [.. session.Must($"(TabExpansion2 -inputScript $sample -cursorColumn $sample.Length).CompletionMatches.CompletionText", line).Select(text => text?.ToString() ?? "")];
            }

            Assert.Contains(expected, offered);
        }
        finally
        {
            File.Delete(config);
        }
    }
}
