Describe 'Machines at Vast.ai' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        if (-not ('AnsweringHost' -as [type])) { Add-Type -Path (Join-Path $root 'tests/pester/AnsweringHost.cs') }
        function Get-Offer([int] $Count = 1) { Find-SpotOffer -Provider Vast -GpuCount 1 -MaxHourlyPrice 0.60 | Select-Object -First $Count }
        function New-Rental([int] $Count = 1) { Get-Offer $Count | New-SpotInstance -Wait -WarningAction Ignore }
        function Get-VastCall([string] $Operation) { @((Get-SimulatedCloud).Calls.Calls | Where-Object Operation -EQ $Operation) }
    }
    BeforeEach { $null = Start-SpotSimulator }
    AfterEach { Stop-SpotSimulator -ErrorAction Ignore }

    Context 'The examples of the workflow' {
        It 'checks the costs, then destroys one machine' {
            $first, $second = New-Rental 2
            $table = (Get-SpotInstance -Provider Vast | Out-String -Width 120) -split "`n" | Where-Object { $_.Trim() }
            $table[0] -replace '\e\[[0-9;]*m' | Should -Match '^Id\s+GPU\s+State\s+USD/h\s+USD\s+Name\s+Ssh'
            $table[2] -replace '\e\[[0-9;]*m' | Should -Match "^$($first.Id)\s+1x $($first.GpuName)\s+Running\s+0\.\d{4}\s+0\.\d{4}\s+\S+\s+ssh -p \d+ root@"
            (Remove-SpotInstance $first.Id -Force).Outcome | Should -Be Removed
            (Get-SpotInstance -Provider Vast).Id | Should -Be $second.Id
        }

        It 'destroys everything at once, and leaves what others rented' {
            $null = New-Rental 3
            $foreign = (Get-SimulatedCloud).Vast.AddMachine('of a colleague', $false, 0)
            $result = Invoke-SpotNuke -Provider Vast -Force -ProofVariable proof
            @($result | Where-Object Outcome -EQ Removed) | Should -HaveCount 3
            $proof.Proven | Should -BeTrue
            (Get-SimulatedCloud).Vast.Machines.Id | Should -Be $foreign
        }

        It 'destroys what runs when a launch finds the credit used up' {
            $rented = New-Rental 2
            (Get-SimulatedCloud).Vast.Credit = 0
            $failure = Get-Failure { New-SpotCluster auto -Provider Vast -MaxHourlyPrice 0.20 -Force -WarningVariable said -WarningAction SilentlyContinue; }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'InsufficientCredit,SpotCluster.Commands.NewSpotClusterCommand'
            (Get-SimulatedCloud).Vast.Machines | Should -BeNullOrEmpty
        }
    }

    Context 'Find-SpotOffer' {
        It 'finds what the filters say, cheapest first' {
            $offers = Find-SpotOffer -Provider Vast -GpuName 'RTX 4090' -GpuCount 1 -MinGpuMemory 24 -MaxHourlyPrice 0.90 -MinReliability 0.9
            $offers | Should -Not -BeNullOrEmpty
            $offers | ForEach-Object {
                $_.GpuName | Should -Be 'RTX 4090'
                $_.GpuCount | Should -Be 1
                $_.HourlyPrice | Should -BeLessOrEqual 0.90
                $_.Reliability | Should -BeGreaterOrEqual 0.9
            }
            $offers.HourlyPrice | Should -Be @($offers.HourlyPrice | Sort-Object)
        }

        It 'refuses <parameter> for <cloud>' -ForEach @(
            @{ cloud = 'Vast'; parameter = '-Region us-east-1' }, @{ cloud = 'Vast'; parameter = '-NoScore' }
            @{ cloud = 'Aws'; parameter = '-MinReliability 0.9' }, @{ cloud = 'Aws'; parameter = '-Geolocation SE' }
        ) {
            (Get-Failure { Invoke-Expression "Find-SpotOffer -Provider $cloud $parameter" }).FullyQualifiedErrorId |
                Should -BeExactly 'ParameterInvalid,SpotCluster.Commands.FindSpotOfferCommand'
        }

        It 'prices on demand higher than by bid' {
            $bid = Get-Offer
            $listed = Find-SpotOffer -Provider Vast -OnDemand -Limit 500 | Where-Object OfferId -EQ $bid.OfferId
            $listed.HourlyPrice | Should -BeGreaterThan $bid.HourlyPrice
        }
    }

    Context 'New-SpotInstance' {
        It 'rents the offer of the pipeline by bid under a label of ours' {
            $machine = Get-Offer | New-SpotInstance -Image pytorch/pytorch:latest -Disk 40 -Label train -Wait -WarningAction Ignore
            $machine.State | Should -Be Running
            $machine.Lifecycle | Should -Be Spot
            $machine.Name | Should -Match '^train-[0-9a-f]{8}$'
            (Get-SimulatedCloud).Vast.Machines.Label | Should -Match '^spotcluster/-/train-'
        }

        It 'rents at the list price with <switch>' -ForEach @(@{ switch = '-OnDemand' }, @{ switch = '-NoSpot' }) {
            $machine = Invoke-Expression "Get-Offer | New-SpotInstance $switch -WarningAction Ignore"
            $machine.Lifecycle | Should -Be OnDemand
        }

        It 'rents by id, and goes on after an offer that is gone' {
            $ids = (Get-Offer 3).OfferId
            (Get-SimulatedCloud).Vast.TakeOffer([long]$ids[1])
            $machines = New-SpotInstance $ids -ErrorVariable failures -ErrorAction SilentlyContinue -WarningAction Ignore
            $machines | Should -HaveCount 2
            $failures.FullyQualifiedErrorId | Should -BeExactly 'OfferTaken,SpotCluster.Commands.NewSpotInstanceCommand'
        }

        It 'rents nothing with -WhatIf' {
            Get-Offer 2 | New-SpotInstance -WhatIf -Force
            (Get-SimulatedCloud).Vast.Machines | Should -BeNullOrEmpty
        }

        It 'refuses a bid below the market and a price above the limit before it rents' {
            (Get-Failure { Get-Offer | New-SpotInstance -Bid 0.001 }).FullyQualifiedErrorId | Should -Match '^SpotMaxPriceTooLow,'
            (Get-Failure { Get-Offer | New-SpotInstance -MaxHourlyPrice 0.01 }).FullyQualifiedErrorId | Should -Match '^HourlyCostExceeded,'
            Get-VastCall CreateInstance | Should -BeNullOrEmpty
        }

        It 'launches one machine for an offer of AWS' {
            $machine = Find-SpotOffer t3.micro -Region us-east-1 | Select-Object -First 1 | New-SpotInstance -Label one
            $machine.Id | Should -Match '^i-'
            $machine.ClusterName | Should -Be one
            @(Get-SpotInstance).Count | Should -Be 1
        }

        It 'launches an offer of AWS in its own zone, also when another is cheaper' {
            $offer = Find-SpotOffer t3.medium -Region us-west-2 | Select-Object -Last 1
            $machine = $offer | New-SpotInstance -Label build -Force
            $machine.Zone | Should -Be $offer.Zone
            $machine.HourlyPrice | Should -Be $offer.HourlyPrice
        }

        It 'refuses at AWS what only Vast.ai has' {
            (Get-Failure { Find-SpotOffer t3.micro -Region us-east-1 | Select-Object -First 1 | New-SpotInstance -Bid 1 }).FullyQualifiedErrorId |
                Should -BeExactly 'ParameterInvalid,SpotCluster.Commands.NewSpotInstanceCommand'
        }
    }

    Context 'A credit that is used up' {
        BeforeAll {
            # Two machines of ours and one of somebody else; then there is no credit, and a script runs. A person answers, or nobody is there.
            function Invoke-WithoutCredit([string] $Script, $Answer = $null) {
                $shell = if ($null -eq $Answer) { [powershell]::Create() } else {
                    $person = [AnsweringHost]::new($Answer)
                    $space = [runspacefactory]::CreateRunspace($person)
                    $space.Open()
                    [powershell]::Create($space)
                }
                $null = $shell.AddScript("Import-Module '$module'; `$null = Start-SpotSimulator; `$WarningPreference = 'SilentlyContinue'; `$rented = Find-SpotOffer -Provider Vast -GpuCount 1 -MaxHourlyPrice 0.60 | Select-Object -First 2 | New-SpotInstance -Wait").Invoke()
                $shell.Commands.Clear()
                $null = $shell.AddScript('$s = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType("SpotCluster.Common.SpotSession"); $vast = $s.GetProperty("Simulator").GetValue($s.GetProperty("Current").GetValue($null)).Vast; $null = $vast.AddMachine("of a colleague", $false, 0); $vast.Credit = 0; $offer = (Find-SpotOffer -Provider Vast | Select-Object -Last 1).OfferId; $WarningPreference = "Continue"').Invoke()
                $shell.HadErrors | Should -BeFalse
                $shell.Commands.Clear()
                $shell.Streams.Warning.Clear()
                $thrown = $null
                $output = try { $shell.AddScript($Script).Invoke() } catch { $thrown = $_ }
                $errors = @($shell.Streams.Error) + @($thrown | ForEach-Object { $_.Exception.InnerException.ErrorRecord } | Where-Object { $_ })
                $shell.Commands.Clear()
                $after = $shell.AddScript('@($vast.Machines | Where-Object Label -Like "spotcluster/*").Count; @($vast.Machines | Where-Object { $_.Label -Like "spotcluster/*" -and $_.Stopped }).Count; @($vast.Machines | Where-Object Label -NotLike "spotcluster/*").Count').Invoke()
                [pscustomobject]@{
                    Output    = @($output)
                    Errors    = @($errors | ForEach-Object { ($_.FullyQualifiedErrorId -split ',')[0] })
                    Advice    = @($errors | ForEach-Object { $_.ErrorDetails.RecommendedAction })
                    Warnings  = @($shell.Streams.Warning | ForEach-Object Message)
                    Ours      = $after[0]
                    Stopped   = $after[1]
                    Foreign   = $after[2]
                    Questions = @(if ($person) { $person.Questions })
                }
                $shell.Dispose()
            }
        }

        It 'destroys ours with <how>, tells each, and throws the error last' -ForEach @(
            @{ how = '-Force'; script = 'New-SpotInstance $offer -Force' }
            @{ how = '-Confirm:$false'; script = 'New-SpotInstance $offer -Confirm:$false' }
            @{ how = 'the preference None'; script = '$ConfirmPreference = "None"; New-SpotInstance $offer' }
            @{ how = 'a launch'; script = 'New-SpotCluster more -Provider Vast -MaxHourlyPrice 0.60 -Force' }
        ) {
            $run = Invoke-WithoutCredit $script
            $run.Errors | Should -Be 'InsufficientCredit'
            $run.Ours | Should -Be 0
            $run.Foreign | Should -Be 1
            @($run.Warnings -match '^✓ Destroyed instance \d+ \(') | Should -HaveCount 2
            $run.Warnings | Should -Contain 'All instances destroyed to prevent further costs.'
        }

        It 'touches nothing where there is nobody to ask, and says what to run' {
            $run = Invoke-WithoutCredit 'New-SpotInstance $offer'
            $run.Errors | Should -Be ConsentMissing, InsufficientCredit
            $run.Ours | Should -Be 2
            "$($run.Advice)" | Should -Match 'Invoke-SpotNuke -Provider Vast -Force'
        }

        It 'does with the answer <answer> what it says' -ForEach @(@{ answer = 'y'; left = 0 }, @{ answer = 'n'; left = 2 }) {
            $run = Invoke-WithoutCredit 'New-SpotInstance $offer' $answer
            $run.Errors | Should -Be 'InsufficientCredit'
            $run.Ours | Should -Be $left
            $run.Questions | Should -HaveCount 1
            $run.Questions[0] | Should -Match 'Destroy 2 managed instances, \$0\.\d{4} per hour\? Their data is lost\.'
        }

        It 'asks with -Force and an explicit -Confirm' {
            $run = Invoke-WithoutCredit 'New-SpotInstance $offer -Force -Confirm' 'n'
            $run.Ours | Should -Be 2
        }

        It 'stops ours with -OnInsufficientCredit StopMine' {
            $run = Invoke-WithoutCredit 'New-SpotInstance $offer -OnInsufficientCredit StopMine -Force'
            $run.Errors | Should -Be 'InsufficientCredit'
            $run.Ours | Should -Be 2
            $run.Stopped | Should -Be 2
        }

        It 'does nothing with <how>' -ForEach @(
            @{ how = '-OnInsufficientCredit None'; script = 'New-SpotInstance $offer -OnInsufficientCredit None -Force'; errors = 'InsufficientCredit' }
            @{ how = 'none in the configuration'; script = '$env:SPOTCLUSTER_ON_INSUFFICIENT_CREDIT = "none"; try { New-SpotInstance $offer -Force } finally { Remove-Item Env:SPOTCLUSTER_ON_INSUFFICIENT_CREDIT }'; errors = 'InsufficientCredit' }
            @{ how = '-WhatIf'; script = 'New-SpotInstance $offer -Force -WhatIf'; errors = $null }
            @{ how = '$WhatIfPreference'; script = '$WhatIfPreference = $true; New-SpotInstance $offer -Force'; errors = $null }
        ) {
            $run = Invoke-WithoutCredit $script
            $run.Errors | Should -Be $errors
            $run.Ours | Should -Be 2
            $run.Stopped | Should -BeIn 0, 2 # Without credit, the service itself stops what runs.
        }

        It 'names what could not be destroyed, and claims nothing' {
            $run = Invoke-WithoutCredit '$s.GetProperty("Simulator").GetValue($s.GetProperty("Current").GetValue($null)).Faults.AddJson("{`"rules`":[{`"service`":`"vast`",`"operation`":`"DestroyInstance`",`"code`":`"server_error`"},{`"service`":`"vast`",`"operation`":`"DestroyInstances`",`"code`":`"server_error`"}]}"); New-SpotInstance $offer -Force'
            $run.Errors[-1] | Should -Be 'InsufficientCredit'
            @($run.Errors -eq 'InstanceNotRemoved') | Should -HaveCount 2
            $run.Warnings | Should -Not -Contain 'All instances destroyed to prevent further costs.'
            $run.Ours | Should -Be 2
        }
    }

    Context 'Start, stop and change' {
        It 'stops a machine, keeps its disk, and starts it again' {
            $machine = New-Rental
            $stopped = $machine | Stop-SpotInstance
            $stopped.State | Should -Be Stopped
            $stopped.HourlyPrice | Should -BeLessThan $machine.HourlyPrice
            $stopped.HourlyPrice | Should -BeGreaterThan 0
            $stopped | Start-SpotInstance | Wait-SpotInstance | ForEach-Object State | Should -Be Running
        }

        It 'takes back a start whose GPU is taken, or lets it wait with -Queue' {
            $machine = New-Rental
            $null = $machine | Stop-SpotInstance
            $vast = (Get-SimulatedCloud).Vast
            $vast.TakeOffer(($vast.Machines | Where-Object Id -EQ ([long]$machine.Id)).OfferId)
            (Get-Failure { $machine | Start-SpotInstance }).FullyQualifiedErrorId | Should -BeExactly 'StartQueued,SpotCluster.Commands.StartSpotInstanceCommand'
            ($machine | Start-SpotInstance -Queue -WarningAction Ignore).State | Should -BeIn Pending, Stopped
        }

        It 'shows an outbid machine as such, and brings it back with a winning bid' {
            $machine = New-Rental
            (Get-SimulatedCloud).Vast.Outbid([long]$machine.Id)
            (Get-SimulatedCloud).Clock.Advance([timespan]::FromMinutes(6))
            $outbid = Get-SpotInstance -Provider Vast -State Outbid
            $outbid.Id | Should -Be $machine.Id
            $outbid.StateReason | Should -Match 'below the market'
            ($outbid | Out-String -Width 120) -replace '\e\[[0-9;]*m' | Should -Match "$($machine.Id)\s+1x $($machine.GpuName)\s+Outbid"
            $outbid | Set-SpotInstance -WinningBid | Wait-SpotInstance | ForEach-Object State | Should -Be Running
        }

        It 'renames, and the machine stays ours' {
            $machine = New-Rental
            ($machine | Set-SpotInstance -Label again).Name | Should -Be again
            (Get-SimulatedCloud).Vast.Machines.Label | Should -Be 'spotcluster/-/again'
        }

        It 'changes nothing of others, and goes on' {
            $foreign = "$((Get-SimulatedCloud).Vast.AddMachine('of a colleague', $false, 0))"
            $machine = New-Rental
            $done = Stop-SpotInstance $foreign, $machine.Id -ErrorVariable failures -ErrorAction SilentlyContinue
            $done.Id | Should -Be $machine.Id
            $failures.FullyQualifiedErrorId | Should -BeExactly 'InstanceNotOurs,SpotCluster.Commands.StopSpotInstanceCommand'
        }

        It 'says that a one-time spot machine of AWS cannot be stopped' {
            $null = New-SpotCluster demo -Region us-east-1
            $failure = Get-Failure { Get-SpotInstance -Provider Aws | Stop-SpotInstance }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'InstanceNotStoppable,SpotCluster.Commands.StopSpotInstanceCommand'
            $failure.ErrorDetails.RecommendedAction | Should -Match 'Remove-SpotInstance'
        }

        It 'refuses <what> before any call' -ForEach @(
            @{ what = 'nothing to change'; script = { Set-SpotInstance 1 } }
            @{ what = 'two bids'; script = { Set-SpotInstance 1 -Bid 1 -WinningBid } }
        ) {
            (Get-Failure $script).FullyQualifiedErrorId | Should -BeExactly 'ParameterInvalid,SpotCluster.Commands.SetSpotInstanceCommand'
        }
    }

    Context 'Both clouds in one list' {
        It 'removes from both what is dearer than a price' {
            $null = New-SpotCluster demo -Region us-east-1 -Count 2 -InstanceType m5.4xlarge
            $dear = Find-SpotOffer -Provider Vast | Where-Object HourlyPrice -GT 0.2 | Select-Object -First 1 | New-SpotInstance -WarningAction Ignore -Wait
            $cheap = New-Rental
            $cheap.HourlyPrice | Should -BeLessThan 0.2
            @(Get-SpotInstance | Where-Object HourlyPrice -GT 0.2).Provider | Sort-Object -Unique | Should -Be Aws, Vast
            $removed = Get-SpotInstance | Where-Object HourlyPrice -GT 0.2 | Remove-SpotInstance -Force
            $removed | Should -HaveCount 3
            $removed.Outcome | Sort-Object -Unique | Should -Be Removed
            $removed.Id | Should -Contain $dear.Id
            (Get-SpotInstance).Id | Should -Be $cheap.Id
        }

        It 'lists by region the cloud that the region is of' {
            $null = New-SpotCluster demo -Region us-east-1
            $rental = New-Rental
            (Get-SpotInstance -Region us-east-1).Provider | Should -Be Aws
            (Get-SpotInstance -Region $rental.Region).Id | Should -Be $rental.Id
        }

        It 'shows and removes the clusters of both' {
            $null = New-SpotCluster here -Region us-east-1
            $null = New-SpotCluster there -Provider Vast -Count 2 -MaxHourlyPrice 0.60 -WarningAction Ignore
            $clusters = Get-SpotCluster | Sort-Object Name
            $clusters.Name | Should -Be here, there
            $clusters[1].Running | Should -Be 2
            ($clusters | Remove-SpotCluster -Force -Summary).Proven | Should -Be $true, $true
            Get-SpotInstance | Should -BeNullOrEmpty
        }

        It 'measures both, and says how long the credit lasts' {
            $null = New-SpotCluster here -Region us-east-1
            $rental = New-Rental
            $null = $rental | Stop-SpotInstance
            $other = New-Rental
            (Get-SimulatedCloud).Clock.Advance([timespan]::FromHours(2))
            $now = Get-SpotInstance -Provider Vast
            $now.CostToDate | ForEach-Object { $_ | Should -BeGreaterThan 0 }
            $rows = Measure-SpotCost -Scope Instance
            @($rows | Where-Object Name -Match '^\d+$').Count | Should -Be 2
            $row = $rows | Where-Object Name -EQ $other.Id
            $row.HourlyCost | Should -Be ([math]::Round(($now | Where-Object Id -EQ $other.Id).HourlyPrice, 6))
            [math]::Abs($row.CostToDate - ($now | Where-Object Id -EQ $other.Id).CostToDate) | Should -BeLessThan 0.001
            $total = Measure-SpotCost -Scope Total
            $total.InstanceCount | Should -Be 3
            $account = Measure-SpotCost -Scope Account
            $account | Should -BeOfType SpotCluster.Model.SpotAccount
            $account.HourlyCost | Should -Be ($now | Measure-Object HourlyPrice -Sum).Sum
            $account.HoursLeft | Should -BeGreaterThan 1
            $account.Projected24Hours | Should -Be (24 * $account.HourlyCost)
            $account.StoppedStorageHourlyPrice | Should -Be ($now | Where-Object Id -EQ $rental.Id).HourlyPrice
            $account.UploadPricePerGB | Should -Not -BeNullOrEmpty
            ($rental | Measure-SpotCost -Scope Instance).Name | Should -Be $rental.Id
        }
    }

    Context 'The removal of everything' {
        It 'takes a plan and its hash, and refuses another set' {
            $null = New-Rental 2
            $plan = Invoke-SpotNuke -Provider Vast -Plan
            $plan.InstanceCount | Should -Be 2
            $null = New-Rental
            (Get-Failure { Invoke-SpotNuke -Provider Vast -Approve $plan.Hash -Force }).FullyQualifiedErrorId | Should -Match '^PlanChanged,'
            (Get-Failure { Invoke-SpotNuke -Provider Vast -MaxDelete 2 -Force }).FullyQualifiedErrorId | Should -Match '^MaxDeleteExceeded,'
            @(Get-SpotInstance -Provider Vast).Count | Should -Be 3
        }

        It 'asks for the account, and by itself for what others rented' -ForEach @(
            @{ answers = 'the account and yes'; script = 'Invoke-SpotNuke -Provider Vast -IncludeForeign'; questions = 2 }
            @{ answers = 'the account'; script = 'Invoke-SpotNuke -Provider Vast'; questions = 1 }
        ) {
            $account = (Invoke-SpotNuke -Provider Vast -Plan).AccountId
            $person = [AnsweringHost]::new($account)
            $space = [runspacefactory]::CreateRunspace($person)
            $space.Open()
            $shell = [powershell]::Create($space)
            $null = $shell.AddScript("Import-Module '$module'; `$null = Start-SpotSimulator; `$null = Find-SpotOffer -Provider Vast | Select-Object -First 1 | New-SpotInstance -WarningAction Ignore; `$s = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession'); `$vast = `$s.GetProperty('Simulator').GetValue(`$s.GetProperty('Current').GetValue(`$null)).Vast; `$null = `$vast.AddMachine('of a colleague', `$false, 0)").Invoke()
            $shell.Commands.Clear()
            if ($questions -eq 2) { { $shell.AddScript($script).Invoke() } | Should -Throw '*not confirmed*' }
            else { $null = $shell.AddScript($script).Invoke() }
            $shell.Commands.Clear()
            $person.Questions | Should -HaveCount $questions
            $person.Questions[0] | Should -Match "Type $account"
            if ($questions -eq 2) {
                # The person answers every question with the account id, which is no yes.
                $person.Questions[1] | Should -Match 'of a colleague'
                $shell.AddScript('$vast.Machines.Count').Invoke() | Should -Be 2
            }
            else {
                $shell.AddScript('$vast.Machines.Label').Invoke() | Should -Be 'of a colleague'
            }
            $shell.Dispose()
        }

        It 'names every machine with -WhatIf, and destroys none' {
            $null = New-Rental 2
            Invoke-SpotNuke -Provider Vast -WhatIf -Force
            @(Get-SpotInstance -Provider Vast).Count | Should -Be 2
            Get-VastCall DestroyInstances | Should -BeNullOrEmpty
        }
    }

    It 'says nothing of the key in any stream' {
        $said = (New-Rental -Verbose -Debug *>&1 | Out-String) + (Get-SpotInstance -Provider Vast -Verbose -Debug *>&1 | Out-String)
        $said | Should -Not -BeNullOrEmpty
        $said | Should -Not -Match 'Bearer|api_key|instance_api_key'
    }
}
