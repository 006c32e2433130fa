#Requires -Version 7.4
<#
.SYNOPSIS
Removes resources that are older than a day, at every provider, and stores the proof: pwsh -NonInteractive -File nightly-nuke.ps1 -LogPath /var/log/spotcluster -Force
.NOTES
Exit codes: see runbook.ps1. 0 means that every proof is verified. Without -Force it prompts for the account id.
#>
param(
    [Parameter(Mandatory)] [string] $LogPath,
    [string] $OlderThan = '24h',
    [string[]] $KeepCluster = @(),
    [int] $MaxDelete = 50,
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/runbook.ps1"

Invoke-Runbook {
    $scope = @{ OlderThan = $OlderThan; MaxDelete = $MaxDelete; Force = $Force }
    if ($KeepCluster) { $scope.KeepCluster = $KeepCluster -split ',' }
    $removed = Invoke-SpotNuke @scope -ProofVariable proofs -ErrorAction Continue -ErrorVariable +failed
    $night = Join-Path (New-Item -ItemType Directory -Force $LogPath).FullName ([datetime]::UtcNow.ToString('yyyy-MM-ddTHHmmssZ'))
    $removed | Export-Csv "$night.removed.csv"
    $proofs | ConvertTo-Json -EnumsAsStrings -WarningAction Ignore | Set-Content "$night.proofs.json"
    $proofs
    if (-not $proofs) { throw $failed[0] }
    if ($proofs.Proven -contains $false -and $failed.Count -eq 0) { $null = $failed.Add('Not verified empty.') }
}
