Describe 'The runbooks' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }

    It 'end with <code> in a PowerShell of their own: <what>' -ForEach @(
        @{ what = 'a cluster is created'; code = 0; run = "create.ps1' -Name demo -Region us-east-1 -Force" }
        @{ what = 'nobody confirmed'; code = 2; run = "create.ps1' -Name demo -Region us-east-1" }
        @{ what = 'there is nothing to repair'; code = 2; run = "repair.ps1' -Name nosuch -Force" }
        @{ what = 'there are no credentials'; code = 1; run = "repair.ps1' -Name nosuch -Force"; before = 'Stop-SpotSimulator; $env:AWS_EC2_METADATA_DISABLED = "true"' }
    ) {
        $file = Join-Path $TestDrive 'run.ps1'
        Set-Content $file "Import-Module '$module'; `$null = Start-SpotSimulator; $before; & '$root/samples/$run; exit `$LASTEXITCODE"
        $null = & $powershell -NoProfile -NonInteractive -File $file 2>&1
        $LASTEXITCODE | Should -Be $code
    }

    It 'is 1 for a script that goes on after a missing confirmation' {
        $file = Join-Path $TestDrive 'on.ps1'
        Set-Content $file "Import-Module '$module'; `$null = Start-SpotSimulator; `$null = New-SpotCluster demo -Region us-east-1; Remove-SpotCluster demo; 'gone'"
        & $powershell -NoProfile -NonInteractive -File $file 2>$null | Should -Not -Contain 'gone'
        $LASTEXITCODE | Should -Be 1
    }
}
