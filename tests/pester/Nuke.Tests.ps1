Describe 'The inventory and the removal of everything' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        if (-not ('AnsweringHost' -as [type])) { Add-Type -Path (Join-Path $root 'tests/pester/AnsweringHost.cs') }

        # Runs a script in a session with two clusters and a machine of somebody else; a person answers, or nobody is there.
        function Invoke-WithAnswer([string] $Script, $Answer = $null, [scriptblock] $Thinking) {
            $shell = if ($null -eq $Answer) { [powershell]::Create() } else {
                $person = [AnsweringHost]::new($Answer)
                $space = [runspacefactory]::CreateRunspace($person)
                $space.Open()
                [powershell]::Create($space)
            }
            $null = $shell.AddScript("Import-Module '$module'; `$null = Start-SpotSimulator; `$null = New-SpotCluster one -Region us-east-1 -Count 2; `$null = New-SpotCluster two -Region eu-west-1 -Count 1").Invoke()
            $shell.HadErrors | Should -BeFalse
            $shell.Commands.Clear()
            $before = $shell.AddScript('(Get-SpotIdentity).AccountId; $s = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType("SpotCluster.Common.SpotSession"); $cloud = $s.GetProperty("Simulator").GetValue($s.GetProperty("Current").GetValue($null)); $foreign = $cloud.Region("us-east-1").AddInstances(1, "t3.micro", $true, [NullString]::Value, @())[0]; $foreign; @($cloud.Calls.Calls).Count').Invoke()
            $shell.Commands.Clear()
            $shell.HadErrors | Should -BeFalse
            $output = try { $shell.AddScript($Script).Invoke() } catch { $thrown = $_ }
            $errors = @($shell.Streams.Error) + @($thrown | ForEach-Object { $_.Exception.InnerException.ErrorRecord } | Where-Object { $_ })
            $shell.Commands.Clear()
            $after = $shell.AddScript('@(Get-SpotInstance).Count; @($cloud.Calls.Calls | Select-Object -Skip ' + $before[2] + ' | Where-Object Changes).Count; $cloud.Region("us-east-1").Find($foreign).State').Invoke()
            [pscustomobject]@{
                Account   = $before[0]
                Foreign   = $before[1]
                Output    = @($output)
                Errors    = $errors
                ErrorIds  = @($errors | ForEach-Object { ($_.FullyQualifiedErrorId -split ',')[0] })
                Machines  = $after[0]
                Changes   = $after[1]
                Survivor  = $after[2]
                Questions = @(if ($person) { $person.Questions })
            }
            $shell.Dispose()
        }
    }

    Context 'Get-SpotResource' {
        It 'lists everything of ours and nothing else' {
            $run = Invoke-WithAnswer 'Get-SpotResource'
            $run.Errors | Should -BeNullOrEmpty
            $run.Changes | Should -Be 0
            @($run.Output | Where-Object Type -eq instance) | Should -HaveCount 3
            @($run.Output | Where-Object Type -eq vpc) | Should -HaveCount 2
            $run.Output.Id | Should -Not -Contain $run.Foreign
            @($run.Output.Id | Select-Object -Unique) | Should -HaveCount $run.Output.Count
        }

        It 'lists by <name>' -ForEach @(
            @{ name = 'cluster'; script = 'Get-SpotResource one -Type instance'; count = 2 }
            @{ name = 'cluster pattern'; script = 'Get-SpotResource t* -Type instance'; count = 1 }
            @{ name = 'region'; script = 'Get-SpotResource -Region us-* -Type vpc, instance'; count = 3 }
            @{ name = 'the clusters of a pipeline'; script = 'Get-SpotCluster | Get-SpotResource -Type vpc'; count = 2 }
            @{ name = 'a pattern that fits nothing'; script = 'Get-SpotResource x*'; count = 0 }
        ) {
            $run = Invoke-WithAnswer $script
            $run.Errors | Should -BeNullOrEmpty
            $run.Output | Should -HaveCount $count
        }

        It 'says <id> for <what>' -ForEach @(
            @{ id = 'ClusterNotFound'; what = 'a name that nothing has'; script = 'Get-SpotResource three' }
            @{ id = 'ParameterInvalid'; what = 'a kind that there is not'; script = 'Get-SpotResource -Type instances' }
            @{ id = 'RegionNotListed'; what = 'a kind that may not be listed'; script = '$cloud.Deny("DescribeTags", $true); Get-SpotResource' }
        ) {
            $run = Invoke-WithAnswer $script
            $run.ErrorIds | Select-Object -Unique | Should -Be $id
        }
    }

    Context 'Invoke-SpotNuke' {
        It 'removes everything of ours when the account id was typed, and proves it' {
            $run = Invoke-WithAnswer 'Invoke-SpotNuke -ProofVariable proofs; $proofs' ' 123456789012 '
            $run.Account | Should -Be 123456789012
            $run.Errors | Should -BeNullOrEmpty
            $run.Questions | Should -HaveCount 1
            $run.Questions[0] | Should -Match '3 instances'
            $run.Questions[0] | Should -Match '0\.\d+ USD per hour saved'
            $run.Questions[0] | Should -Match "one, us-east-1: .*2 instance"
            $run.Machines | Should -Be 0
            $proofs = @($run.Output | Where-Object { $_.GetType().Name -eq 'SpotProof' })
            $proofs.Provider | Sort-Object | Should -Be Aws, Vast
            $proofs.Proven | Select-Object -Unique | Should -BeTrue
            $removals = @($run.Output | Where-Object Outcome)
            $removals.Count | Should -Be ($run.Output.Count - $proofs.Count)
            $removals.Outcome | Select-Object -Unique | Should -Be Removed
            @($removals | Where-Object Type -eq instance) | Should -HaveCount 3
            $run.Survivor | Should -Be running
        }

        It 'changes nothing when <answer> was typed' -ForEach @(
            @{ answer = '' }
            @{ answer = 'y' }
            @{ answer = '000000000000' }
        ) {
            $run = Invoke-WithAnswer 'Invoke-SpotNuke' $answer
            $run.ErrorIds | Should -Be ConsentMissing
            $run.Questions | Should -HaveCount 1
            $run.Output | Should -BeNullOrEmpty
            $run.Changes | Should -Be 0
        }

        It 'changes nothing where nobody can be asked: <script>' -ForEach @(
            @{ script = 'Invoke-SpotNuke' }
            @{ script = 'Invoke-SpotNuke -Confirm:$false' }
            @{ script = '$ConfirmPreference = "None"; Invoke-SpotNuke' }
        ) {
            $run = Invoke-WithAnswer $script
            $run.ErrorIds | Should -Be ConsentMissing
            $run.Errors[0].CategoryInfo.Category | Should -Be OperationStopped
            $run.Changes | Should -Be 0
        }

        It 'is the same error in a PowerShell that was started with -NonInteractive' {
            Invoke-Fresh @'
Import-Module $module
$null = Start-SpotSimulator
$null = New-SpotCluster demo -Region us-east-1 -Count 2
try { Invoke-SpotNuke } catch { ($_.FullyQualifiedErrorId -split ',')[0] }
@(Get-SpotInstance).Count
'@ | Should -Be "ConsentMissing`n2"
        }

        It 'asks nothing with -Force' {
            $run = Invoke-WithAnswer 'Invoke-SpotNuke -Force' 'no'
            $run.Errors | Should -BeNullOrEmpty
            $run.Questions | Should -BeNullOrEmpty
            $run.Machines | Should -Be 0
            $run.Survivor | Should -Be running
        }

        It 'makes no changing call with <script>' -ForEach @(
            @{ script = 'Invoke-SpotNuke -WhatIf' }
            @{ script = 'Invoke-SpotNuke -Force -WhatIf' }
            @{ script = '$WhatIfPreference = $true; Invoke-SpotNuke -Force' }
            @{ script = 'function f { [CmdletBinding(SupportsShouldProcess)] param() Invoke-SpotNuke -Force }; f -WhatIf' }
            @{ script = '$PSDefaultParameterValues["*-Spot*:WhatIf"] = $true; Invoke-SpotNuke -Force' }
            @{ script = '$null = Invoke-SpotNuke -Plan' }
        ) {
            $run = Invoke-WithAnswer $script 'no'
            $run.Questions | Should -BeNullOrEmpty
            $run.Output | Should -BeNullOrEmpty
            $run.Changes | Should -Be 0
            $run.Machines | Should -Be 3
        }

        It 'takes no objects, and names the command that does: <script>' -ForEach @(
            @{ script = '@() | Invoke-SpotNuke -Force' }
            @{ script = 'Get-SpotInstance -ClusterName one | Invoke-SpotNuke -Force' }
            @{ script = '[pscustomobject]@{ Region = "eu-west-1" } | Invoke-SpotNuke -Force' }
        ) {
            $run = Invoke-WithAnswer $script
            $run.ErrorIds | Should -Be ParameterInvalid
            $run.Errors[0].ErrorDetails.RecommendedAction | Should -Match 'Remove-SpotInstance or Remove-SpotCluster'
            $run.Changes | Should -Be 0
            $run.Machines | Should -Be 3
        }

        It 'names each resource with -WhatIf' {
            $lines = Invoke-Fresh @'
Import-Module $module
$null = Start-SpotSimulator
$null = New-SpotCluster demo -Region us-east-1 -Count 2
"count: $(@(Get-SpotResource).Count)"
Invoke-SpotNuke -Force -WhatIf
'@
            $null = $lines -match 'count: (\d+)'
            ($lines -split "`n") -match '^What if: Performing the operation "Remove" on target "[a-z-]+ [a-z]+-[0-9a-f]+ \((demo, )?us-east-1\)"' |
                Should -HaveCount ([int]$Matches[1])
        }

        It 'removes exactly the plan that was approved' {
            $run = Invoke-WithAnswer '$plan = Invoke-SpotNuke -Plan; $plan; Invoke-SpotNuke -Approve $plan.Hash -Force -ProofVariable proofs; $proofs'
            $run.Errors | Should -BeNullOrEmpty
            $run.Output[0].GetType().Name | Should -Be SpotRemovalPlan
            $run.Output[0].Provider | Should -Be Aws
            $run.Output[0].Regions | Should -Contain us-east-1
            $run.Output[0].InstanceCount | Should -Be 3
            $run.Output[0].HourlyPrice | Should -BeGreaterThan 0
            $run.Output[-1].Proven | Should -BeTrue
            @($run.Output | Where-Object Outcome -eq Removed).Id | Sort-Object | Should -Be @($run.Output[0].Resources.Id | Sort-Object)
        }

        It 'refuses before any change with <id>: <script>' -ForEach @(
            @{ id = 'PlanChanged'; script = 'Invoke-SpotNuke -Approve 00ff -Force' }
            @{ id = 'MaxDeleteExceeded'; script = 'Invoke-SpotNuke -MaxDelete 2 -Force' }
            @{ id = 'MaxDeleteExceeded'; script = 'Invoke-SpotNuke -MaxDelete 2' }
        ) {
            $run = Invoke-WithAnswer $script 'no'
            $run.ErrorIds | Should -Be $id
            $run.Questions | Should -BeNullOrEmpty
            $run.Changes | Should -Be 0
        }

        It 'keeps <what>' -ForEach @(
            @{ what = 'a cluster'; script = 'Invoke-SpotNuke -KeepCluster o* -Force -Summary'; left = 2 }
            @{ what = 'other regions'; script = 'Invoke-SpotNuke -Region us-* -Force -Summary'; left = 1 }
            @{ what = 'what is young'; script = 'Invoke-SpotNuke -OlderThan 2d -Force -Summary'; left = 3 }
        ) {
            $run = Invoke-WithAnswer $script
            $run.Errors | Should -BeNullOrEmpty
            $run.Output[-1].Proven | Should -BeTrue
            $run.Machines | Should -Be $left
        }

        It 'names what holds a VPC, and does not claim a proof' {
            $run = Invoke-WithAnswer @'
$ours = (Get-SpotResource one -Type subnet).Id
$subnet = @($cloud.Region("us-east-1").Live | Where-Object Id -in $ours | Sort-Object Zone)[0].Id
$guest = $cloud.Region("us-east-1").AddInstances(1, "t3.micro", $true, $subnet, @())[0]
"guest: $guest"
Invoke-SpotNuke -Force -Timeout 120 -ProofVariable proofs
$proofs
'@
            $guest = ($run.Output[0] -split ' ')[1]
            ($run.Output | Where-Object { $_.GetType().Name -eq 'SpotProof' -and $_.Provider -eq 'Aws' }).Proven | Should -BeFalse
            $vpc = $run.Output | Where-Object { $_.Type -eq 'vpc' -and $_.Outcome -eq 'Blocked' }
            $vpc.Reason + $vpc.BlockedBy | Should -Match $guest
            $run.ErrorIds | Should -Contain RemovalNotProven
            $run.Machines | Should -Be 0
        }
    }
}
