Describe 'Offers, prices and costs' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach { $null = Start-SpotSimulator }
    AfterEach { Stop-SpotSimulator }

    It 'finds offers, the cheapest first' {
        $offers = Find-SpotOffer t3.*, m5.large -Region us-east-1, us-west-2 -Sort Price
        $offers[0] | Should -BeOfType SpotCluster.Model.SpotOffer
        $offers.HourlyPrice | Should -Be ($offers.HourlyPrice | Sort-Object)
        $offers.Region | Sort-Object -Unique | Should -Be us-east-1, us-west-2
        $offers[0].PlacementScore | Should -BeGreaterThan 0
        Find-SpotOffer -Region us-east-1 -NoScore | Select-Object -First 3 | Should -HaveCount 3
        Get-ChangingCall | Should -BeNullOrEmpty
    }

    It 'finds GPUs below a price' {
        $offers = Find-SpotOffer -Region us-east-1 -GpuName a10g, T4 -GpuCount 1 -MinGpuMemoryGiB 16 -MaxHourlyPrice '1.5' -MinVCpu 4 -MinMemoryGiB 16 -Architecture X64
        $offers | Should -Not -BeNullOrEmpty
        $offers.GpuName | Sort-Object -Unique | Should -BeIn A10G, T4
        ($offers.HourlyPrice | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 1.5
    }

    It 'takes types from the pipeline and names the one that nobody has' {
        $offers = 't3.micro', 't9.huge' | Find-SpotOffer -Region us-east-1 -NoScore -ErrorVariable failed -ErrorAction SilentlyContinue
        $offers.InstanceType | Sort-Object -Unique | Should -Be t3.micro
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Be 'InstanceTypeNotOffered,SpotCluster.Commands.FindSpotOfferCommand'
        $failed[0].CategoryInfo.Category | Should -Be ObjectNotFound
    }

    It 'warns once where scores are not granted' {
        Stop-SpotSimulator
        $file = Join-Path $TestDrive 'faults.json'
        Set-Content $file '{"rules":[{"operation":"GetSpotPlacementScores","code":"UnauthorizedOperation"}]}'
        $null = Start-SpotSimulator -FaultPath $file
        $offers = Find-SpotOffer t3.micro -Region us-east-1, us-west-2 -WarningVariable warnings -WarningAction SilentlyContinue
        $offers | Where-Object PlacementScore | Should -BeNullOrEmpty
        $warnings | Should -HaveCount 1
    }

    It 'shows the price history of an offer' {
        $offer = Find-SpotOffer t3.micro -Region us-east-1 -NoScore | Select-Object -First 1
        $now = $offer | Get-SpotPrice
        $now | Should -HaveCount 1
        $now.HourlyPrice | Should -Be $offer.HourlyPrice
        $now.Zone | Should -Be $offer.Zone
        $week = $offer | Get-SpotPrice -Last 7d
        $week.Count | Should -BeGreaterThan 10
        $week[0] | Should -BeOfType SpotCluster.Model.SpotPrice
    }

    It 'measures clusters from the pipeline, together and at once' {
        $null = New-SpotCluster one -Region us-east-1 -Count 2
        $null = New-SpotCluster two -Region us-west-2
        (Get-SimulatedCloud).Clock.Advance([timespan]::FromHours(3))
        $cost = Get-SpotCluster | Measure-SpotCost
        $cost.Scope | Should -Be Cluster, Cluster, Total
        $cost.Name[0..1] | Should -Be one, two
        $cost[2].InstanceCount | Should -Be 3
        $cost[2].CostToDate | Should -BeGreaterThan 0
        [Math]::Abs($cost[2].CostToDate - $cost[0].CostToDate - $cost[1].CostToDate) | Should -BeLessThan 0.00001
        $cost[2].UnknownCount | Should -Be 0
        (Measure-SpotCost o* -Scope Total).InstanceCount | Should -Be 2
        @(Measure-SpotCost -Scope Instance) | Should -HaveCount 3
        (Get-SpotInstance -ClusterName one | Select-Object -First 1 | Measure-SpotCost -Scope Total).InstanceCount | Should -Be 1
        @(Get-SpotCluster none* | Measure-SpotCost) | Should -HaveCount 0
    }

    It 'measures machines from the pipeline, also one of no cluster' {
        $null = New-SpotCluster one -Region us-east-1 -Count 2
        $tag = [ValueTuple[string, string][]] @([ValueTuple]::Create('bacalhau-cluster', 'bacalhau-aws-spot'))
        $null = (Get-SimulatedCloud).Region('us-west-2').AddInstances(1, 't3.micro', $true, [NullString]::Value, $tag)
        $machines = Get-SpotInstance
        $machines.ClusterName | Should -Contain $null
        $cost = $machines | Measure-SpotCost -Scope Instance, Total
        $cost | Should -HaveCount 4
        $cost[-1].InstanceCount | Should -Be 3
        (Measure-SpotCost -Id $machines[0].Id -Scope Total).InstanceCount | Should -Be 1
        (Get-Failure { Measure-SpotCost -Id i-00000000000000bad -Region us-east-1 }).FullyQualifiedErrorId |
            Should -Be 'InstanceNotFound,SpotCluster.Commands.MeasureSpotCostCommand'
    }

    It 'makes a spent budget and a missing cluster errors, after the figures' {
        $null = New-SpotCluster one -Region us-east-1 -Count 2
        (Get-SimulatedCloud).Clock.Advance([timespan]::FromHours(10))
        $cost = Measure-SpotCost -Scope Total -Budget 0.01 -ErrorVariable failed -ErrorAction SilentlyContinue
        $cost.InstanceCount | Should -Be 2
        $failed[0].FullyQualifiedErrorId | Should -Be 'BudgetExceeded,SpotCluster.Commands.MeasureSpotCostCommand'
        $failed[0].CategoryInfo.Category | Should -Be LimitsExceeded
        Measure-SpotCost -Scope Total -Budget 1000 -ErrorAction Stop | Should -Not -BeNullOrEmpty
        { Measure-SpotCost nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ClusterNotFound,SpotCluster.Commands.MeasureSpotCostCommand'
    }

    It 'shows unknown as nothing and a table that fits' {
        $null = New-SpotCluster one -Region us-east-1
        (Measure-SpotCost | Out-String -Width 120) | Should -Match 'Instances\s+USD/h\s+USD\s+24 hours\s+Unknown\s+Compute\s+Disks\s+PublicIp'
        (Find-SpotOffer t3.micro -Region us-east-1 | Out-String -Width 120) | Should -Match 't3.micro'
    }
}
