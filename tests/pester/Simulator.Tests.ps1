Describe 'The simulator of a session' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    AfterEach { Stop-SpotSimulator -ErrorAction Ignore }

    It 'tells its account, regions and seed' {
        $simulator = Start-SpotSimulator -Seed 7 -Latency 100ms
        $simulator | Should -BeOfType SpotCluster.Model.SpotSimulator
        $simulator.Seed | Should -Be 7
        $simulator.Latency | Should -Be ([timespan]::FromMilliseconds(100))
        $simulator.AccountId | Should -Match '^\d{12}$'
        $simulator.Regions | Should -Contain us-east-1
    }

    It 'starts only once, and says so' {
        $null = Start-SpotSimulator
        $failure = Get-Failure { Start-SpotSimulator }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'SimulatorRunning,SpotCluster.Commands.StartSpotSimulatorCommand'
        $failure.CategoryInfo.Category | Should -Be ResourceExists
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Stop-SpotSimulator'
    }

    It 'stops only when it runs, and says so' {
        (Get-Failure { Stop-SpotSimulator }).FullyQualifiedErrorId |
            Should -BeExactly 'SimulatorNotRunning,SpotCluster.Commands.StopSpotSimulatorCommand'
    }

    It 'belongs to one runspace' {
        $null = Start-SpotSimulator -Seed 3
        $other = New-Session
        $other.AddScript('(Start-SpotSimulator -Seed 4).Seed').Invoke() | Should -Be 4
        (Get-SimulatedCloud).Options.Seed | Should -Be 3
        $other.Dispose()
    }

    It 'gives the same machines for the same seed' {
        $ids = foreach ($round in 1, 2) {
            $null = Start-SpotSimulator -Seed 11
            $null = New-SpotCluster same -Region us-east-1 -Count 2
            (Get-SpotInstance).Id -join ' '
            Stop-SpotSimulator
        }
        $ids[0] | Should -Not -BeNullOrEmpty
        $ids[1] | Should -Be $ids[0]
    }

    It 'refuses an endpoint, because it would not be used' {
        $null = Start-SpotSimulator
        (Get-Failure { Get-SpotCluster -EndpointUrl http://127.0.0.1:1 }).FullyQualifiedErrorId |
            Should -BeExactly 'ParameterInvalid,SpotCluster.Commands.GetSpotClusterCommand'
    }

    It 'takes <text> as <seconds> s' -ForEach @(
        @{ text = '100ms'; seconds = 0.1 }, @{ text = '1.5s'; seconds = 1.5 }, @{ text = '1m30s'; seconds = 90 },
        @{ text = '00:00:02'; seconds = 2 }
    ) {
        (Start-SpotSimulator -Latency $text).Latency.TotalSeconds | Should -Be $seconds
    }

    It 'does not guess the unit of a bare number' {
        (Get-Failure { Start-SpotSimulator -Latency 100 }).FullyQualifiedErrorId |
            Should -BeExactly 'ParameterArgumentTransformationError,SpotCluster.Commands.StartSpotSimulatorCommand'
    }

    It 'lets go wrong what a file says' {
        $file = Join-Path $TestDrive 'faults.json'
        Set-Content $file '{"rules":[{"operation":"DescribeInstances","region":"us-west-2","code":"UnauthorizedOperation"}]}'
        $null = Start-SpotSimulator -FaultPath $file
        (Get-Failure { Get-SpotInstance -Region us-west-2 }).FullyQualifiedErrorId | Should -Match '^RegionNotListed,'
    }

    It 'does not start with <what>' -ForEach @(
        @{ what = 'a file that is not there'; text = $null; id = 'LocalFileFailed' }
        @{ what = 'rules that it does not know'; text = '{"rules":[{"nonsense":1}]}'; id = 'ParameterInvalid' }
    ) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).json"
        if ($text) { Set-Content $file $text }
        (Get-Failure { Start-SpotSimulator -FaultPath $file }).FullyQualifiedErrorId |
            Should -BeExactly "$id,SpotCluster.Commands.StartSpotSimulatorCommand"
        (Get-Failure { Stop-SpotSimulator }).FullyQualifiedErrorId | Should -Match '^SimulatorNotRunning,'
    }
}
