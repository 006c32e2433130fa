#Requires -Version 7.4
<#
.SYNOPSIS
Lists clusters, instances and costs, and writes an HTML page: pwsh -NonInteractive -File report.ps1 -Path report.html
.NOTES
Exit codes: see runbook.ps1. It changes nothing at a provider. The exit code is 3 if a region cannot be listed.
#>
param(
    [Parameter(Mandatory)] [string] $Path
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/runbook.ps1"

Invoke-Runbook {
    $incomplete = @{ ErrorAction = 'Continue'; ErrorVariable = '+failed' }
    Get-SpotCluster -Cost @incomplete
    Get-SpotInstance @incomplete
    Measure-SpotCost @incomplete
    Export-SpotReport -Path $Path -Force @incomplete
}
