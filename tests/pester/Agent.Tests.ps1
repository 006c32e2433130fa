Describe 'The termination agent and its backend' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'agent')).FullName
        $backend = Start-Backend $folder
        $admin = @{ BackendUrl = $backend.Url; TokenPath = $backend.AdminToken }
    }
    AfterAll { if (-not $backend.Process.HasExited) { $backend.Process.Kill(); $backend.Process.WaitForExit() } }
    BeforeEach {
        # Each test has machines of its own: the backend is one for all.
        $null = Start-SpotSimulator -Seed (++$script:seed)
        $cloud = Get-SimulatedCloud
        $tag = [System.ValueTuple[string, string]]::new('ManagedBy', 'SpotOptimizer')
        $machines = $cloud.Region('us-east-1').AddInstances(2, 't3.micro', $true, [NullString]::Value, [System.ValueTuple[string, string][]] @(, $tag))
        $name = "web-$([guid]::NewGuid().ToString('N'))"
        $tokenFile = Join-Path $folder "$name.token"
        $agent = Register-SpotAgent $name -AccountId $cloud.Options.AccountId -Region us-east-1 -AgentTokenPath $tokenFile @admin
        $agent = $agent | Set-SpotAgent -TerminateWait 0s @admin
        foreach ($machine in $machines) {
            $null = Send-ToBackend $backend.Url "/api/agents/$($agent.AgentId)/register-instance" @{
                instance_id = $machine; instance_type = 't3.micro'; region = 'us-east-1'; az = 'us-east-1a'; mode = 'spot'
            } $tokenFile
        }
        $worker = @{ BackendUrl = $backend.Url; TokenPath = $tokenFile; StatePath = (Join-Path $folder "state-$name") }
    }
    AfterEach { Stop-SpotSimulator }

    It 'registers an agent without showing its token' {
        $agent | Should -BeOfType SpotCluster.Model.SpotAgent
        $agent.TerminateWait | Should -Be ([timespan]::Zero)
        $secret = (Get-Content $tokenFile).Trim()
        ($agent | ConvertTo-Json -Depth 5) | Should -Not -Match ([regex]::Escape($secret))
        if (-not $IsWindows) { (Get-Item $tokenFile).UnixMode | Should -Be '-rw-------' }
        (Get-Failure { Register-SpotAgent again -AccountId 123456789012 -Region us-east-1 -AgentTokenPath $tokenFile @admin }).FullyQualifiedErrorId |
            Should -Match '^LocalFileFailed'
    }

    It 'completes ids and names of agents' {
        $options = "-BackendUrl $($backend.Url) -TokenPath '$($backend.AdminToken)'"
        (TabExpansion2 ($line = "Set-SpotAgent $options -AgentId $("$($agent.AgentId)".Substring(0, 12))") $line.Length).CompletionMatches.CompletionText | Should -Contain $agent.AgentId
        (TabExpansion2 ($line = "Get-SpotAgent $options -Name $($name.Substring(0, 3))") $line.Length).CompletionMatches.CompletionText | Should -Contain $name
        (TabExpansion2 ($line = 'Set-SpotAgent -BackendUrl http://127.0.0.1:1 -AgentId a') $line.Length).CompletionMatches.CompletionText | Should -Not -Contain $agent.AgentId
    }

    It 'gives a new token, and removes an agent whose tokens then end' {
        $new = Join-Path $folder "$name.new.token"
        ($agent | Reset-SpotAgentToken -AgentTokenPath $new -GracePeriod 0s @admin).AgentId | Should -Be $agent.AgentId
        (Get-Content $new) | Should -Not -Be (Get-Content $tokenFile)
        $call = @{ Url = $backend.Url; Path = "/api/agents/$($agent.AgentId)/register-instance"; Body = @{
                instance_id = $machines[1]; instance_type = 't3.micro'; region = 'us-east-1'; az = 'us-east-1a'; mode = 'spot'
            } }
        { Send-ToBackend @call -TokenFile $tokenFile } | Should -Throw '*401*'
        { Send-ToBackend @call -TokenFile $new } | Should -Not -Throw
        # A typo is an error, also where nothing would be changed.
        foreach ($command in { Unregister-SpotAgent nosuch -WhatIf @admin }, { Reset-SpotAgentToken nosuch -AgentTokenPath "$new.2" -WhatIf @admin }, { Set-SpotAgent nosuch -Enabled $false -WhatIf @admin }) {
            (Get-Failure $command).FullyQualifiedErrorId | Should -BeLike 'BackendItemNotFound,*'
        }

        $agent | Unregister-SpotAgent -Force @admin
        (Get-SpotAgent @admin).AgentId | Should -Not -Contain $agent.AgentId
    }

    It 'shows what would be terminated and changes nothing' {
        Invoke-SpotCleanup -AgentId $agent.AgentId -Region $agent.Region -WhatIf @worker | Should -BeNullOrEmpty
        Get-ChangingCall | Should -BeNullOrEmpty
        (Get-SpotTermination $agent.AgentId @admin).State | Should -Be ready
    }

    It 'terminates what is marked, once, and the backend knows' {
        $removed = Invoke-SpotCleanup -AgentId $agent.AgentId -Region $agent.Region -Force @worker
        $removed | Should -BeOfType SpotCluster.Model.SpotRemoval
        $removed.Id | Should -Be $machines[0]
        $removed.Outcome | Should -Be Removed
        @(Invoke-SpotCleanup -AgentId $agent.AgentId -Region $agent.Region -Force @worker) | Should -HaveCount 0
        @(Get-ChangingCall) | Should -HaveCount 1
        Get-SpotTermination $agent.AgentId @admin | Should -BeNullOrEmpty
        (Get-SpotTermination $agent.AgentId -Stage Terminated @admin).InstanceId | Should -Be $machines[0]
        (Get-SpotEvent $agent.AgentId -Type instance_terminated @admin).InstanceId | Should -Be $machines[0]
    }

    It 'terminates nothing while the remote switch is off' {
        ($agent | Set-SpotAgent -AutoTerminate $false @admin).AutoTerminate | Should -BeExactly $false
        Invoke-SpotCleanup -AgentId $agent.AgentId -Region $agent.Region -Force @worker | Should -BeNullOrEmpty
        Get-ChangingCall | Should -BeNullOrEmpty
        (Get-SpotTermination $agent.AgentId @admin).State | Should -Be blocked
    }

    It 'tells what it refused as an error with its code' {
        $failure = Get-Failure { Invoke-SpotCleanup -AgentId $agent.AgentId -Region $agent.Region -Force -RequiredTag Team=web @worker }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'TerminationRefused,SpotCluster.Commands.InvokeSpotCleanupCommand'
        $failure.Exception.ServiceCode | Should -Be TagMissing
        $failure.TargetObject | Should -Be $machines[0]
    }

    It 'finds agents by name, and says when there is none' {
        (Get-SpotAgent "$($name.Substring(0, 12))*" @admin).AgentId | Should -Contain $agent.AgentId
        (Get-Failure { Get-SpotAgent nobody @admin }).FullyQualifiedErrorId | Should -Match '^AgentNotFound'
    }

    It 'takes the token as a secure string and never repeats a wrong one' {
        $secret = ConvertTo-SecureString (Get-Content $backend.AdminToken).Trim() -AsPlainText -Force
        Get-SpotAgent $name -BackendUrl $backend.Url -Token $secret | Should -HaveCount 1
        $failure = Get-Failure { Get-SpotAgent -BackendUrl $backend.Url -Token (ConvertTo-SecureString 'hunter2hunter2' -AsPlainText -Force) }
        $failure.FullyQualifiedErrorId | Should -Match '^BackendTokenInvalid'
        ($failure | Format-List * -Force | Out-String) | Should -Not -Match hunter2
    }

    It 'works in the foreground until it is stopped' {
        $session = New-Session
        $null = $session.AddScript('Start-SpotSimulator -Seed 5').Invoke()
        $session.Commands.Clear()
        $null = $session.AddCommand('Start-SpotCleanupAgent').AddParameters(@{ AgentId = $agent.AgentId; Region = 'us-east-1'; Confirm = $false; SkipImage = $true } + $worker)
        $running = $session.BeginInvoke()
        $deadline = [datetime]::UtcNow.AddMinutes(1)
        while (-not (Get-SpotAgent $name @admin).LastSeenAt -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 100 }
        $session.Stop()
        $session.InvocationStateInfo.State | Should -Be Stopped
        (Get-SpotAgent $name @admin).LastSeenAt | Should -Not -BeNullOrEmpty
        $session.Dispose()
    }

    It 'requeues what was given up, one or all, and nothing with -WhatIf' {
        $claim = (Invoke-RestMethod "$($backend.Url)/api/agents/$($agent.AgentId)/instances-to-terminate" -Headers @{ Authorization = "Bearer $((Get-Content $tokenFile).Trim())" }).instances[0]
        $null = Send-ToBackend $backend.Url "/api/agents/$($agent.AgentId)/termination-report" @{
            instance_id = $claim.instance_id; success = $false; error = 'InvalidInstanceID.Malformed: x'
        } $tokenFile
        (Get-SpotTermination $agent.AgentId -Stage DeadLetter @admin).InstanceId | Should -Be $machines[0]
        $line = "Resume-SpotTermination -BackendUrl $($backend.Url) -TokenPath '$($backend.AdminToken)' -InstanceId i-"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $machines[0]
        Resume-SpotTermination -All -AgentId $agent.AgentId -WhatIf @admin | Should -BeNullOrEmpty
        $resumed = Resume-SpotTermination -All -AgentId $agent.AgentId @admin
        $resumed | Should -BeOfType SpotCluster.Model.SpotTermination
        $resumed.State | Should -Be ready
        Get-SpotTermination $agent.AgentId -Stage DeadLetter @admin | Should -BeNullOrEmpty
        (Get-Failure { $resumed | Resume-SpotTermination @admin }).Exception.ServiceCode | Should -Be not_dead_letter
    }

    It 'writes the least policy' {
        $policy = $agent | Get-SpotAgentPolicy | ConvertFrom-Json
        ($policy.Statement | Where-Object Sid -eq TerminateMarked).Resource | Should -Be "arn:aws:ec2:us-east-1:$($cloud.Options.AccountId):instance/*"
    }
}
