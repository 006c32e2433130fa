Describe 'Quotas' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach { $null = Start-SpotSimulator }
    AfterEach { Stop-SpotSimulator }

    It 'shows limit, use and what is left, whoever uses it' {
        $null = New-SpotCluster demo -Region us-east-1 -Count 2 -InstanceType t3.micro
        $null = (Get-SimulatedCloud).Region('us-east-1').AddInstances(3, 'g5.xlarge', $true, [NullString]::Value, [ValueTuple[string, string][]] @())
        $changes = @(Get-ChangingCall).Count
        $quotas = Get-SpotQuota us-east-1
        $quotas[0] | Should -BeOfType SpotCluster.Model.SpotQuota
        $standard = $quotas | Where-Object Family -like Standard*
        $standard.QuotaCode, $standard.VCpuLimit, $standard.VCpuUsed, $standard.VCpuFree | Should -Be 'L-34B43A08', 640, 4, 636
        ($quotas | Where-Object Family -eq 'G and VT').VCpuFree | Should -Be 52
        ($quotas | Where-Object Family -eq P5).VCpuFree | Should -Be 0
        @(Get-ChangingCall) | Should -HaveCount $changes
    }

    It 'asks the regions that match, and stops when enough was seen' {
        (Get-SpotQuota us-*).Region | Sort-Object -Unique | Should -Be us-east-1, us-east-2, us-west-1, us-west-2
        ('us-west-2', 'eu-west-1' | Get-SpotQuota).Region | Select-Object -Unique | Should -Be us-west-2, eu-west-1
        Get-SpotQuota | Select-Object -First 1 | Should -HaveCount 1
        (Get-SpotQuota us-east-1 | Out-String -Width 120) | Should -Match 'Region\s+Family\s+vCPUs\s+Used\s+Free\s+Code'
    }

    It 'names a region that does not exist' {
        $failure = Get-Failure { Get-SpotQuota mars-* }
        $failure.FullyQualifiedErrorId | Should -Be 'RegionUnknown,SpotCluster.Commands.GetSpotQuotaCommand'
        { Get-SpotQuota -Region '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,SpotCluster.Commands.GetSpotQuotaCommand'
    }

    It 'leaves empty what is denied, and says once what is missing' {
        (Get-SimulatedCloud).Deny('GetServiceQuota')
        $quotas = Get-SpotQuota us-east-1, us-west-2 -WarningVariable warnings -WarningAction SilentlyContinue
        $quotas | Should -HaveCount 18
        $quotas | ForEach-Object { $_.VCpuLimit | Should -BeNullOrEmpty; $_.VCpuFree | Should -BeNullOrEmpty; $_.VCpuUsed | Should -Be 0 }
        $warnings | Should -HaveCount 1
        $warnings[0] | Should -Match 'servicequotas:GetServiceQuota'
    }
}
