# Walks every parameter of every cmdlet that removes or stops, at both providers: each narrows, previews or widens as it says,
# or is refused before any call. None is swallowed. A new parameter has to say here what it does.
BeforeDiscovery {
    . "$PSScriptRoot/Common.ps1"
    Import-Module $module -Force
    $calls = @(
        @{ Cmdlet = 'Invoke-SpotNuke'; Base = '-Provider Vast -Force'; Vast = $true }
        @{ Cmdlet = 'Invoke-SpotNuke'; Base = '-Force'; Vast = $false }
        @{ Cmdlet = 'Remove-SpotCluster'; Base = 'demo -Provider Vast -Force'; Vast = $true }
        @{ Cmdlet = 'Remove-SpotCluster'; Base = 'demo -Force'; Vast = $false }
        @{ Cmdlet = 'Remove-SpotInstance'; Base = '$vastId -Force'; Vast = $true }
        @{ Cmdlet = 'Remove-SpotInstance'; Base = '$awsId -Force'; Vast = $false }
        @{ Cmdlet = 'Stop-SpotInstance'; Base = '$vastId'; Vast = $true }
    )

    # What has to be seen: Refused (an error and no call), Untouched (the managed instance is as it was), Done (it is not), or
    # one of several. Skip names where else it is tested, or why there is nothing to see.
    $rules = @{
        Region            = @('-Region nowhere-1', 'Refused', 'Untouched')
        KeepCluster       = @('-KeepCluster *', 'Untouched')
        Name              = @('-Name nothing-*', 'Untouched')
        Tag               = @('-Tag @{ no = "such" }', 'Untouched')
        Type              = @('-Type vpc', 'Untouched')
        OlderThan         = @('-OlderThan 1000d', 'Untouched')
        Expired           = @('-Expired', 'Untouched')
        MaxDelete         = @('-MaxDelete 0', 'Untouched')
        Approve           = @('-Approve beef', 'Untouched')
        Plan              = @('-Plan', 'Untouched')
        WhatIf            = @('-WhatIf', 'Untouched')
        Timeout           = @('-Timeout 0', 'Refused')
        IncludeForeign    = @('-IncludeForeign', 'Refused', 'ForeignGone', 'Done')
        IncludeAttached   = @('-IncludeAttached', 'Refused', 'Done')
        IncludeVolume     = @('-IncludeVolume', 'Refused', 'Done')
        Unprotect         = @('-Unprotect', 'Refused', 'Done')
        Force             = @('-Force', 'Done')
        Confirm           = @('-Confirm:$false', 'Done')
        EndpointUrl       = @('-EndpointUrl http://127.0.0.1:1', 'Refused')
        ProfileName       = @('-ProfileName nobodys', 'Refused', 'Untouched', 'Done')
        ConfigurationPath = @('-ConfigurationPath nowhere.yaml', 'Untouched', 'Done')
        AccessKey         = @('-AccessKey AKIANOBODYS', 'Refused', 'Done')
        SecretKey         = @('-SecretKey nobodys', 'Refused', 'Done')
        SessionToken      = @('-SessionToken nobodys', 'Refused', 'Done')
        Credential        = @('-Credential ([pscredential]::new("AKIANOBODYS", (ConvertTo-SecureString nobodys -AsPlainText -Force)))', 'Refused', 'Done')
        MfaCode           = @('-MfaCode 123456', 'Refused', 'Done')
        Summary           = @('-Summary', 'Done')
        ProofVariable     = @('-ProofVariable proof', 'Done')
    }
    $chosen = 'Id', 'InputObject', 'Name', 'Provider'
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
    $cases = foreach ($call in $calls) {
        foreach ($parameter in (Get-Command $call.Cmdlet).Parameters.Keys | Where-Object { $_ -notin $common -and ($_ -notin $chosen -or ($_ -eq 'Name' -and $call.Cmdlet -eq 'Invoke-SpotNuke')) -and ($_ -eq 'Confirm' -or $call.Base -notmatch "-$_\b") }) {
            $call + @{ Parameter = $parameter; Rule = $rules[$parameter] }
        }
    }
}

Describe 'Parameters of cmdlets that remove or stop' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    AfterEach { Stop-SpotSimulator -ErrorAction Ignore }

    It '<Cmdlet> <Base>: -<Parameter> is not swallowed' -ForEach $cases {
        $Rule | Should -Not -BeNullOrEmpty -Because "this test must say what -$Parameter does"
        $null = Start-SpotSimulator
        $cloud = Get-SimulatedCloud
        $vastId = "$($cloud.Vast.AddMachine('spotcluster/demo/a', $false, 0))"
        $foreign = $cloud.Vast.AddMachine('a colleague''s', $false, 0)
        $awsId = $null
        if (-not $Vast) { $awsId = (New-SpotCluster demo -Region us-east-1 -Count 1 | Get-SpotInstance | Where-Object Provider -EQ Aws).Id }
        $before = $cloud.Calls.Count
        $failures = @()
        try {
            $null = Invoke-Expression "$Cmdlet $Base $($Rule[0]) -ErrorVariable +failures -ErrorAction SilentlyContinue -WarningAction Ignore"
        }
        catch { $failures += $_ }
        $calls = $cloud.Calls.Count - $before
        $isUntouched = if ($Vast) { @($cloud.Vast.Machines | Where-Object { $_.Label -eq 'spotcluster/demo/a' -and -not $_.Stopped }).Count -eq 1 }
        else { @(Get-SpotInstance -Provider Aws | Where-Object Id -EQ $awsId).Count -eq 1 }
        $seen = @(
            if ($failures -and $calls -eq 0) { 'Refused' }
            if ($isUntouched) { 'Untouched' } else { 'Done' }
            if ($foreign -notin $cloud.Vast.Machines.Id) { 'ForeignGone' }
        )
        @($Rule[1..9] | Where-Object { $_ -in $seen }) | Should -Not -BeNullOrEmpty -Because "$Cmdlet $Base $($Rule[0]) gave $seen after $calls calls: $failures"
    }
}
