namespace SpotCluster.PowerShell.Tests;

/// <summary>Offers of AWS leave as the regions answer, unless an order is wanted, and what no region has is an error.</summary>
public sealed class OfferTests : IDisposable
{
    private readonly ModuleSession _session = new();

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    [Fact]
    public void The_offers_of_a_region_do_not_wait_for_another_one()
    {
        // The answer of us-west-2 never comes: time stands still.
        _session.Must("""
            $session = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
            $cloud = $session.GetProperty('Simulator').GetValue($session.GetProperty('Current').GetValue($null))
            $cloud.Faults.AddJson('{ "rules": [{ "operation": "DescribeInstanceTypes", "region": "us-west-2", "action": "Delay", "seconds": 86400 }] }')
            $cloud.Clock.AutoAdvance = $false
            """);
        var first = Assert.Single(_session.Must("Find-SpotOffer t3.* -Region us-west-2, us-east-1 -NoScore | Select-Object -First 1"));
        Assert.Equal("us-east-1", first.Properties["Region"].Value);
    }

    [Theory]
    [InlineData("Find-SpotOffer -Region us-east-1, eu-west-1 -MinVCpu 4 -Limit 7", 7)]
    [InlineData("Find-SpotOffer -Region us-east-1, eu-west-1 -MinVCpu 4 -Sort Price", 0)]
    public void A_limit_and_an_order_are_over_all_regions(string script, int count)
    {
        var all = Prices("Find-SpotOffer -Region us-east-1, eu-west-1 -MinVCpu 4 | Where-Object HourlyPrice").Order().ToList();
        var found = Prices($"{script} | Where-Object HourlyPrice");
        Assert.Equal(count == 0 ? all : all.Take(count), found);
    }

    [Fact]
    public void Within_a_region_the_cheapest_comes_first()
    {
        var prices = Prices("Find-SpotOffer -Region us-east-1 -MinVCpu 4 | Where-Object HourlyPrice");
        Assert.True(prices.Count > 7);
        Assert.Equal(prices.Order(), prices);
    }

    [Theory]
    [InlineData("Find-SpotOffer -Region us-east-1 -GpuName NOPE", "InstanceTypeNotOffered", "'NOPE'")]
    [InlineData("Find-SpotOffer -GpuName T4, NOPE", "InstanceTypeNotOffered", "'NOPE'")]
    [InlineData("Find-SpotOffer -InstanceRequirement gpu-name=nope", "ParameterInvalid", "nope")]
    [InlineData("Find-SpotOffer -InstanceRequirement gpu-manufacturer=nope", "ParameterInvalid", "nope")]
    [InlineData("Find-SpotOffer -Sort Performance", "ParameterInvalid", "-Sort")]
    [InlineData("Find-SpotOffer t3.nope", "InstanceTypeNotOffered", "t3.nope")]
    [InlineData("Find-SpotOffer t3.micro -Region us-esat-1", "RegionUnknown", "us-esat-1")]
    [InlineData("Get-SpotInstance -Region us-esat-1", "RegionUnknown", "us-esat-1")]
    [InlineData("Get-SpotPrice t3.micro -Region us-esat-1", "RegionUnknown", "us-esat-1")]
    [InlineData("Get-SpotPrice t3.micro -Region us-east-1 -ProductDescription Nope", "ParameterInvalid", "'Nope'")]
    [InlineData("Get-SpotPrice t3.nope -Region us-east-1", "InstanceTypeUnknown", "t3.nope")]
    [InlineData("Get-SpotPrice t3.micro -Zone us-east-1q", "ParameterInvalid", "us-east-1q")]
    [InlineData("Remove-SpotInstance i-0123456789abcdef0 -Region us-esat-1 -WhatIf", "RegionUnknown InstanceNotFound", "us-esat-1")]
    [InlineData("New-SpotCluster x -Region us-east-1 -Zone us-east-1a, us-east-1q -WhatIf", "InstanceTypeNotOffered", "us-east-1q")]
    [InlineData("New-SpotCluster x -Region us-east-1 -Zone us-east-1a, us-west-2a -WhatIf", "InstanceTypeNotOffered", "us-west-2a")]
    [InlineData("New-SpotCluster x -Region us-east-1 -InstanceType t3.micro, t3.nope -WhatIf", "InstanceTypeUnknown", "t3.nope")]
    [InlineData("New-SpotCluster x -Region us-esat-1 -WhatIf", "RegionUnknown", "us-esat-1")]
    [InlineData("New-SpotCluster x -Region us-east-1 -Image ami-0123456789abcdef0 -WhatIf", "ImageInvalid", "ami-0123456789abcdef0")]
    [InlineData("New-SpotCluster x -Region us-east-1 -InstanceRequirement gpu-name=nope -WhatIf", "ParameterInvalid", "nope")]
    public void What_AWS_does_not_have_is_an_error_that_names_it_once(string script, string ids, string word)
    {
        var outcome = _session.Run(script);
        Assert.Equal(ids.Split(' '), outcome.ErrorIds);
        Assert.Contains(word, $"{outcome.Errors[0]}", StringComparison.Ordinal);
        Assert.Empty(outcome.WhatIf);
        Assert.Empty(outcome.Changes);
    }

    private List<decimal> Prices(string script) => [.. _session.Must(script).Select(offer => (decimal)offer.Properties["HourlyPrice"].Value)];
}
