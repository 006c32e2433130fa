Describe 'A cluster from launch to proof' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach { $null = Start-SpotSimulator }
    AfterEach { Stop-SpotSimulator }

    It 'plans without a changing call' {
        $plan = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4 -WhatIf
        $plan | Should -BeOfType SpotCluster.Model.SpotPlan
        $plan.Count | Should -Be 4
        $plan.Regions.Region | Should -Be us-east-1, us-west-2
        $plan.HourlyCost | Should -BeGreaterThan 0
        @(Get-SpotCluster) | Should -HaveCount 0
        Get-ChangingCall | Should -BeNullOrEmpty
    }

    It 'launches nothing where nobody can confirm' {
        $shell = New-Session
        $null = $shell.AddScript('Start-SpotSimulator').Invoke(); $shell.Commands.Clear()
        { $shell.AddScript('$ConfirmPreference = "Medium"; New-SpotCluster demo -Region us-east-1').Invoke() } | Should -Throw '*Confirmation is required*'
        $shell.Commands.Clear()
        $shell.AddScript('Get-SpotCluster').Invoke() | Should -BeNullOrEmpty
        $shell.Dispose()
    }

    It 'launches what was planned, in the regions that were named' {
        $cluster = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4 -Tag @{ team = 'blue' }
        $cluster | Should -BeOfType SpotCluster.Model.SpotCluster
        $cluster.Running | Should -Be 4
        $instances = Get-SpotInstance -ClusterName demo
        $instances | Should -HaveCount 4
        $instances.Region | Sort-Object -Unique | Should -Be us-east-1, us-west-2
        $instances[0].Tags['team'] | Should -Be blue
        $instances[0].HourlyPrice | Should -BeGreaterThan 0
    }

    It 'waits until all run' {
        $cluster = New-SpotCluster demo -Region us-east-1 -Count 3 -Wait -Timeout 300
        $cluster.State | Should -Be Running
        (Get-SpotInstance -State Running) | Should -HaveCount 3
    }

    It 'lists by id, name, cluster, state, tag and object' {
        $cluster = New-SpotCluster one -Region us-east-1 -Count 2 -Wait
        $null = New-SpotCluster two -Region us-west-2 -Tag @{ team = 'blue' }
        $first = Get-SpotInstance -ClusterName one | Select-Object -First 1
        (Get-SpotInstance -Id $first.Id).Id | Should -Be $first.Id
        ($first.Id | Get-SpotInstance).Id | Should -Be $first.Id
        ($first | Get-SpotInstance).Id | Should -Be $first.Id
        ([pscustomobject]@{ InstanceId = $first.Id; Region = 'us-east-1' } | Get-SpotInstance).Id | Should -Be $first.Id
        (Get-SpotInstance $first.Name).Name | Should -Contain $first.Name
        @(Get-SpotInstance -ClusterName o*) | Should -HaveCount 2
        @($cluster | Get-SpotInstance) | Should -HaveCount 2
        @(Get-SpotInstance -Tag @{ team = 'blue' }).ClusterName | Should -Be two
        @(Get-SpotInstance -Region us-[w]*).ClusterName | Should -Be two
        @(Get-SpotInstance -State Stopped) | Should -HaveCount 0
        (Get-SpotCluster t*).Name | Should -Be two
    }

    It 'removes the machines of one region from a pipeline' {
        $null = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4
        $removed = Get-SpotInstance | Where-Object Region -EQ us-west-2 | Remove-SpotInstance -Force
        $removed | Should -HaveCount 2
        $removed.Outcome | Sort-Object -Unique | Should -Be Removed
        (Get-SpotInstance).Region | Sort-Object -Unique | Should -Be us-east-1
    }

    It 'lets one bad id block nothing' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $ids = (Get-SpotInstance).Id
        $removed = Remove-SpotInstance $ids[0], i-00000000000000bad, $ids[1] -Region us-east-1 -Force -ErrorVariable failed -ErrorAction SilentlyContinue
        @($removed | Where-Object Outcome -EQ Removed).Id | Sort-Object | Should -Be ($ids | Sort-Object)
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -Match '^Instance(NotFound|IdInvalid),SpotCluster\.Commands\.RemoveSpotInstanceCommand$'
        "$($failed[0].TargetObject)" | Should -Be i-00000000000000bad
    }

    It 'removes every cluster with proof' {
        $null = New-SpotCluster one -Region us-east-1 -Count 2
        $null = New-SpotCluster two -Region us-west-2, eu-west-1 -Count 3
        $result = Get-SpotCluster | Remove-SpotCluster -Confirm:$false -ProofVariable proofs
        $result | ForEach-Object { $_ | Should -BeOfType SpotCluster.Model.SpotRemoval }
        $proofs.ClusterName | Sort-Object | Should -Be one, two
        $proofs.Proven | Should -Be $true, $true
        @($result | Where-Object Type -EQ instance) | Should -HaveCount 5
        @(Get-SpotCluster) | Should -HaveCount 0
        @(Get-SpotInstance) | Should -HaveCount 0
    }

    It 'removes by name and by pattern, and leaves the others' {
        'web-a', 'web-b', 'db' | New-SpotCluster -Region us-east-1 | Should -HaveCount 3
        (Get-SpotCluster 'web-[bx]').Name | Should -Be web-b
        $null = Remove-SpotCluster web-* -Force
        (Get-SpotCluster).Name | Should -Be db
        $null = 'db' | Remove-SpotCluster -Force
        @(Get-SpotCluster) | Should -HaveCount 0
    }

    It 'waits for machines from the pipeline' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 2
        $running = Get-SpotInstance | Wait-SpotInstance
        $running.State | Should -Be Running, Running
        (Wait-SpotInstance $running[0].Id -For Reachable -Timeout 900).Id | Should -Be $running[0].Id
    }

    It 'tells who we are' {
        (Get-SpotIdentity).AccountId | Should -Be (Get-SimulatedCloud).Options.AccountId
    }

    It 'reports progress, and leaves no bar behind' {
        $shell = New-Session
        $null = $shell.AddScript('$null = Start-SpotSimulator; $null = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4; $null = Remove-SpotCluster demo -Force').Invoke()
        $shell.HadErrors | Should -BeFalse
        $progress = $shell.Streams.Progress
        $progress | Should -Not -BeNullOrEmpty
        foreach ($activity in $progress | Group-Object Activity) {
            $activity.Group[-1].RecordType | Should -Be Completed -Because $activity.Name
        }
        $shell.Dispose()
    }
}
