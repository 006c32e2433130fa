#Requires -Version 7.4
<#
.SYNOPSIS
Creates a cluster and waits until it runs: pwsh -NonInteractive -File create.ps1 -Name demo -Region us-east-1,us-west-2 -Count 4 -MaxHourlyCost 1 -Force
.NOTES
Exit codes: see runbook.ps1. Without -Force it shows the plan and prompts for confirmation.
#>
param(
    [Parameter(Mandatory)] [string] $Name,
    [Parameter(Mandatory)] [string[]] $Region,
    [int] $Count = 1,
    [decimal] $MaxHourlyCost = 1,
    [string] $ExpiresIn = '8h',
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/runbook.ps1"

Invoke-Runbook {
    # With -File a list arrives as one text.
    $request = @{ Name = $Name; Region = $Region -split ','; Count = $Count; MaxHourlyCost = $MaxHourlyCost; ExpiresIn = $ExpiresIn }
    if (-not $Force) { New-SpotCluster @request -WhatIf }
    $cluster = New-SpotCluster @request -Wait -Force:$Force -Confirm:(-not $Force) -ErrorAction Continue -ErrorVariable +failed
    $cluster
    if ($cluster -and $cluster.Running -lt $Count -and $failed.Count -eq 0) { $null = $failed.Add("$($cluster.Running) of $Count instances run.") }
    if (-not $cluster) { throw $failed[0] }
}
