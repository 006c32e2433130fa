Describe 'The Tab key' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        # A key press does not wait for a slow answer, and the next one has it.
        function Complete([string] $Line, [int] $Presses = 20) {
            do { $found = (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText } until ($found -or --$Presses -lt 1)
            $found
        }
        $null = Start-SpotSimulator
        $null = New-SpotCluster demo-one -Region us-east-1
        $null = New-SpotCluster demo-two -Region us-west-2
    }
    AfterAll { Stop-SpotSimulator -ErrorAction Ignore; Remove-Item Env:AWS_* -ErrorAction Ignore }

    It 'knows the live clusters' {
        Complete 'Remove-SpotCluster demo-' | Should -Be demo-one, demo-two
        Complete 'Get-SpotCluster -Name *two' | Should -BeNullOrEmpty
        Complete 'Get-SpotInstance -ClusterName demo-t' | Should -Be demo-two
    }

    It 'knows the live machines' {
        $id = (Get-SpotInstance -ClusterName demo-one).Id
        Complete "Remove-SpotInstance $($id.Substring(0, 8))" | Should -Contain $id
        Complete 'Get-SpotInstance bacalhau-demo-o' | Should -Be bacalhau-demo-one
        Complete "Get-SpotInstance $($id.Substring(0, 8))" | Should -Contain $id
    }

    It 'knows the regions of the account' {
        Complete 'New-SpotCluster x -Region us-w' | Should -Contain us-west-2
        Complete 'New-SpotCluster x -Region us-east-1, eu-w' | Should -Contain eu-west-1
    }

    It 'knows instance types and architectures' {
        Complete 'New-SpotCluster x -InstanceType t4g.' | Should -Contain t4g.small
        Complete 'New-SpotCluster x -Architecture ' | Should -Contain Arm64
        Complete 'Get-SpotInstance -State run' | Should -Be Running
    }

    It 'asks once for several key presses' {
        $before = (Get-SimulatedCloud).Calls.Count
        1..5 | ForEach-Object { $null = Complete 'Remove-SpotCluster demo-' }
        $regions = (Get-SimulatedCloud).Regions.Count
        (Get-SimulatedCloud).Calls.Count - $before | Should -BeLessOrEqual (3 * $regions + 2)
    }

    It 'knows profiles, zones, GPUs, offers and settings' {
        $env:AWS_CONFIG_FILE = Join-Path $TestDrive 'config'
        Set-Content $env:AWS_CONFIG_FILE "[profile work]`nregion = us-east-1`n[profile home]`nregion = us-east-1"
        Complete 'Get-SpotInstance -ProfileName w' | Should -Be work
        Complete 'New-SpotCluster x -Region us-west-2 -Zone us-' | Should -Contain us-west-2a
        Complete 'New-SpotCluster x -Region us-west-2 -Zone us-' | Should -Not -Contain us-east-1a
        Complete "Find-SpotOffer -Provider Vast -GpuName 'RTX 4" | Should -Contain "'RTX 4090'"
        Complete 'Find-SpotOffer -GpuName A10' | Should -Contain A10G
        $offer = Find-SpotOffer -Provider Vast -Limit 1
        Complete "New-SpotInstance $("$($offer.OfferId)".Substring(0, 3))" | Should -Contain $offer.OfferId
        Complete 'Get-SpotConfiguration filterTag' | Should -Be filterTagName, filterTagValue
    }

    It 'says nothing, and does not wait, when the cloud does not answer' {
        Stop-SpotSimulator
        $stub = New-StubCloud
        $Error.Clear()
        Complete "Get-SpotInstance -EndpointUrl $($stub.Url) -Region us-" -Presses 1 | Should -BeNullOrEmpty
        # The stub answers nothing: who had waited for a time-out would have asked again.
        $stub.Requests | Group-Object | Where-Object Count -GT 1 | Should -BeNullOrEmpty
        $Error | Should -BeNullOrEmpty
        $stub.Dispose()
    }
}
