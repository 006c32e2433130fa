Describe 'Bacalhau nodes' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        $env:SPOTCLUSTER_ORCHESTRATORS = 'nats://orchestrator.simulated:4222'
        $env:SPOTCLUSTER_ORCHESTRATOR_URL = 'http://orchestrator.simulated:1234'
    }
    AfterAll { Remove-Item Env:SPOTCLUSTER_ORCHESTRATOR* -ErrorAction Ignore }
    BeforeEach { $null = Start-SpotSimulator }
    AfterEach { Stop-SpotSimulator }

    It 'goes from new to healthy' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 3
        Get-SpotInstance | Wait-SpotInstance -For Healthy -Timeout 900 | Should -HaveCount 3
        $cluster = Get-SpotCluster demo
        $cluster.Healthy | Should -Be 3
        $cluster.Health | Should -Be Healthy
        (Get-SpotInstance)[0].Node.Engines | Should -Contain docker
    }

    It 'survives interruptions, is resized, and is removed without a ghost' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 3
        $first = Get-SpotInstance | Wait-SpotInstance -For Healthy -Timeout 900 | Select-Object -First 1
        (Get-SimulatedCloud).Interrupt($first.Id)
        $null = $first | Wait-SpotInstance -For Terminated -Timeout 900
        (Get-SpotCluster demo).Running | Should -Be 2
        (Resize-SpotCluster demo -Repair).Running | Should -Be 3
        (Get-SimulatedCloud).Orchestrator.Nodes.Id | Should -Not -Contain $first.Id
        (Get-SpotCluster demo | Resize-SpotCluster -Count 2 -Force).Running | Should -Be 2
        $null = Remove-SpotCluster demo -Force
        (Get-SimulatedCloud).Orchestrator.Nodes | Should -BeNullOrEmpty
    }

    It 'plans a resize without a changing call' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $before = @(Get-ChangingCall).Count
        $plan = Resize-SpotCluster demo -Count 5 -WhatIf
        $plan | Should -BeOfType SpotCluster.Model.SpotResizePlan
        $plan.Launch | Should -Be 3
        @(Get-ChangingCall) | Should -HaveCount $before
        $done = Resize-SpotCluster demo -Count 2 -WhatIf
        $done | Should -BeOfType SpotCluster.Model.SpotResizePlan
        $done.IsDone | Should -BeTrue
        @(Get-ChangingCall) | Should -HaveCount $before
    }

    It 'streams changes until it is stopped' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $changes = Watch-SpotCluster demo | Select-Object -First 4
        $changes | Should -HaveCount 4
        $changes[0].Kind | Should -Be Seen
        $changes[0] | Should -BeOfType SpotCluster.Model.SpotChange
    }

    It 'shows user data with its secrets masked' {
        $token = ConvertTo-SecureString 'tok-5d0c1' -AsPlainText -Force
        $data = Get-SpotUserData demo -OrchestratorToken $token -NodeLabel @{ team = 'blue' }
        $data.Text | Should -Match '^#cloud-config'
        $data.Text | Should -Not -Match 'tok-5d0c1'
        $data.Text | Should -Match 'nats://orchestrator.simulated:4222'
        $data.Bytes | Should -BeLessThan $data.Limit
        $failure = Get-Failure { Get-SpotUserData demo -NodeLabel @{ 'Not.Good' = 'x' } }
        $failure.FullyQualifiedErrorId | Should -Match 'ParameterInvalid'
    }

    It 'says so when no orchestrator is configured' {
        $text = Invoke-Fresh @'
Import-Module $module
Remove-Item Env:SPOTCLUSTER_ORCHESTRATOR*
$null = Start-SpotSimulator
$null = New-SpotCluster demo -Region us-east-1
(Get-SpotInstance).Health
try { Get-SpotInstance | Wait-SpotInstance -For Healthy -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
'@
        $text | Should -Match 'NotConfigured'
        $text | Should -Match 'OrchestratorNotConfigured'
    }

    It 'runs a command on each simulated instance, and never over ssh to an address outside' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'the stand-in for ssh is a shell script'; return }
        $null = New-SpotCluster demo -Region us-east-1 -Count 2 -Wait
        $path = $env:PATH
        $trace = Join-Path $TestDrive 'ssh.trace'
        try {
            $env:PATH = Add-StandIn @{ ssh = "echo called >> '$trace'; exit 4" }
            $results = Get-SpotInstance | Invoke-SpotCommand hostname
            $failed = Get-SpotInstance | Select-Object -First 1 | Invoke-SpotCommand false
            $refusal = Get-Failure { Get-SpotInstance | Select-Object -First 1 | Enter-SpotInstance }
        }
        finally { $env:PATH = $path }
        $trace | Should -Not -Exist
        $refusal.FullyQualifiedErrorId | Should -Match '^SshFailed,'
        $results | Should -HaveCount 2
        $results.Id | Sort-Object | Should -Be ((Get-SpotInstance).Id | Sort-Object)
        $results | ForEach-Object { $_.Output.Trim() | Should -Be $_.Id }
        $results.Provider | Select-Object -Unique | Should -Be Aws
        $failed | Where-Object ExitCode -ne 0 | Remove-SpotInstance -Force | ForEach-Object Outcome | Should -Be Removed
        (Get-SpotInstance).Id | Should -Be @($results.Id | Where-Object { $_ -ne $failed.Id })
    }
}
