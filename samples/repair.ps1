#Requires -Version 7.4
<#
.SYNOPSIS
Sets the number of instances of a cluster, or replaces interrupted and unusable instances: pwsh -NonInteractive -File repair.ps1 -Name demo -Force
.NOTES
Exit codes: see runbook.ps1. A number smaller than that of the existing instances requires -Force or a confirmation.
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
