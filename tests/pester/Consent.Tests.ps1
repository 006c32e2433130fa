Describe 'Consent to what cannot be undone' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"

        # Runs in a session whose host cannot answer a question: a question is then an error.
        function Invoke-Unattended([string] $Script) {
            $shell = New-Session
            $null = $shell.AddScript('$null = Start-SpotSimulator; $null = New-SpotCluster demo -Region us-east-1 -Count 2; $id = (Get-SpotInstance).Id[0]').Invoke()
            $shell.Commands.Clear()
            $shell.HadErrors | Should -BeFalse
            $asked = $false
            try {
                $output = $shell.AddScript($Script).Invoke()
            }
            catch {
                $asked = "$_" -match 'Confirmation is required'
                if (-not $asked) { throw }
            }
            $asked = $asked -or [bool]($shell.Streams.Error | Where-Object { "$_" -match 'Confirmation is required' })
            $shell.Commands.Clear()
            $left = $shell.AddScript('@(Get-SpotInstance).Count; $ConfirmPreference').Invoke()
            [pscustomobject]@{ Output = $output; Asked = $asked; Left = $left[0]; Preference = "$($left[1])"; Verbose = @($shell.Streams.Verbose) }
            $shell.Dispose()
        }
    }

    Context '<cmdlet>' -ForEach @(
        @{ cmdlet = 'Remove-SpotInstance'; target = '$id'; rest = 1 }
        @{ cmdlet = 'Remove-SpotCluster'; target = 'demo'; rest = 0 }
    ) {
        It 'asks when nobody consented, and does nothing without an answer' {
            $run = Invoke-Unattended "$cmdlet $target"
            $run.Asked | Should -BeTrue
            $run.Left | Should -Be 2
        }

        It 'acts with <how>' -ForEach @(
            @{ how = '-Confirm:$false'; script = '{0} {1} -Confirm:$false' }
            @{ how = 'the preference None'; script = '$ConfirmPreference = "None"; {0} {1}' }
            @{ how = 'a default parameter'; script = '$PSDefaultParameterValues["*-Spot*:Confirm"] = $false; {0} {1}' }
            @{ how = '-Force'; script = '{0} {1} -Force' }
            @{ how = '-Force and -WhatIf:$false under $WhatIfPreference'; script = '$WhatIfPreference = $true; {0} {1} -Force -WhatIf:$false' }
        ) {
            $run = Invoke-Unattended ($script -f $cmdlet, $target)
            $run.Asked | Should -BeFalse
            $run.Left | Should -Be $rest
        }

        It 'changes nothing, and does not ask, with -Force and <how>' -ForEach @(
            @{ how = '-WhatIf'; script = '{0} {1} -Force -WhatIf' }
            @{ how = '$WhatIfPreference'; script = '$WhatIfPreference = $true; {0} {1} -Force' }
            @{ how = 'a function that was called with -WhatIf'; script = 'function f {{ [CmdletBinding(SupportsShouldProcess)] param() {0} {1} -Force }}; f -WhatIf' }
            @{ how = 'a default parameter'; script = '$PSDefaultParameterValues["*-Spot*:WhatIf"] = $true; {0} {1} -Force' }
        ) {
            $run = Invoke-Unattended ($script -f $cmdlet, $target)
            $run.Asked | Should -BeFalse
            $run.Left | Should -Be 2
            $run.Output | Should -BeNullOrEmpty
        }

        It 'asks with -Force and an explicit -Confirm' {
            $run = Invoke-Unattended "$cmdlet $target -Force -Confirm"
            $run.Asked | Should -BeTrue
            $run.Left | Should -Be 2
        }

        It 'leaves a line for the audit, and the preference of the caller alone' {
            $run = Invoke-Unattended "$cmdlet $target -Force -Verbose"
            "$($run.Verbose)" | Should -Match 'Performing the operation'
            $run.Preference | Should -Be High
        }
    }

    It 'is an error in a PowerShell that was started with -NonInteractive' {
        Invoke-Fresh @'
Import-Module $module
$null = Start-SpotSimulator
$null = New-SpotCluster demo -Region us-east-1 -Count 2
try { Get-SpotCluster | Remove-SpotCluster } catch { ($_.FullyQualifiedErrorId -split ',')[0] }
@(Get-SpotInstance).Count
'@ | Should -Be "ConsentMissing`n2"
    }

    It 'asks for each machine of a pipeline by itself' {
        $null = Start-SpotSimulator
        $null = New-SpotCluster demo -Region us-east-1 -Count 3
        $lines = Invoke-Fresh @'
Import-Module $module
$null = Start-SpotSimulator
$null = New-SpotCluster demo -Region us-east-1 -Count 3
Get-SpotInstance | Remove-SpotInstance -WhatIf
'@
        ($lines -split "`n") -match '^What if: Performing the operation "Terminate" on target "i-[0-9a-f]{17} \(demo, us-east-1\)"' | Should -HaveCount 3
        Stop-SpotSimulator
    }
}
