<#
.SYNOPSIS
Builds, tests, packages or cleans: a thin cover over the dotnet commands.

.DESCRIPTION
`dotnet build` alone stages the importable module in out/SpotCluster; this script is for those who think in tasks.

.EXAMPLE
./build.ps1
Builds everything and stages the module.

.EXAMPLE
./build.ps1 Test
Builds, and runs the tests of the engine and of the module.

.EXAMPLE
./build.ps1 Package
Makes out/packages: SpotCluster.<version>.nupkg, which Install-PSResource takes from a folder that is registered as a
repository, and the console program as one file for each platform.
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Package', 'Clean')]
    [string] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = $(if ($Task -eq 'Package') { 'Release' } else { 'Debug' })
)

$ErrorActionPreference = 'Stop'
$solution = Join-Path $PSScriptRoot 'SpotCluster.sln'
$output = Join-Path $PSScriptRoot 'out'

function Invoke-Step([string] $Program, [string[]] $Argument) {
    & $Program @Argument
    if ($LASTEXITCODE -ne 0) { throw "$Program $Argument ended with exit code $LASTEXITCODE." }
}

if ($Task -eq 'Clean') {
    Invoke-Step dotnet 'clean', $solution, '--configuration', $Configuration, '--nologo', '--verbosity', 'quiet'
    if (Test-Path $output) { Remove-Item $output -Recurse -Force }
    return
}

if ($Task -eq 'Package') {
    Invoke-Step dotnet 'build', (Join-Path $PSScriptRoot 'build/Packages'), '-t:Package', '--configuration', $Configuration, '--nologo'
    return
}

Invoke-Step dotnet 'build', $solution, '--configuration', $Configuration, '--nologo'
if ($Task -eq 'Test') {
    Invoke-Step dotnet 'test', $solution, '--configuration', $Configuration, '--no-build', '--nologo'
    # Installed as a tool of the SDK, PowerShell runs in a process of dotnet, which would take the script for a program.
    $powershell = if ((Split-Path -LeafBase ([Environment]::ProcessPath)) -eq 'pwsh') { [Environment]::ProcessPath } else { (Get-Command pwsh -CommandType Application)[0].Source }
    Invoke-Step $powershell '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot 'tests/pester/run.ps1')
}
