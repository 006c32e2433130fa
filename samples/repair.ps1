#Requires -Version 7.4
<#
.SYNOPSIS
Brings a cluster to a number of instances, or replaces what was interrupted or does not work: pwsh -NonInteractive -File repair.ps1 -Name demo -Force
.NOTES
Exit codes: see runbook.ps1. Fewer instances than there are need -Force or a confirmation.
#>
param(
    [Parameter(Mandatory)] [string] $Name,
    [int] $Count,
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/runbook.ps1"

Invoke-Runbook {
    $wanted = if ($Count) { @{ Count = $Count } } else { @{ Repair = $true } }
    $cluster = Resize-SpotCluster -Name $Name @wanted -Force:$Force -ErrorAction Continue -ErrorVariable +failed
    $cluster
    if (-not $cluster) { throw $failed[0] }
}
