# What the tests share. Each test file runs it in its BeforeAll.
$ErrorActionPreference = 'Stop'
$root = (Resolve-Path "$PSScriptRoot/../..").Path
$module = Join-Path $root 'out/SpotCluster'

# The program of this PowerShell. Installed as a tool of the SDK it runs in a process of dotnet, which is not the program to start.
$powershell = if ((Split-Path -LeafBase ([Environment]::ProcessPath)) -eq 'pwsh') { [Environment]::ProcessPath }
else { (Get-Command pwsh -CommandType Application)[0].Source }

# Runs a script in a PowerShell of its own and gives what it wrote, as text.
function Invoke-Fresh([string] $Script, [string[]] $Option = @('-NonInteractive')) {
    $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).ps1"
    Set-Content $file "`$PSStyle.OutputRendering = 'PlainText'; `$module = '$module'`n$Script"
    (& $powershell -NoProfile @Option -File $file 2>&1 | ForEach-Object { "$_" }) -join "`n"
}

# The simulator of this session, and the calls that were made on it.
function Get-SimulatedCloud {
    $session = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession')
    $session.GetProperty('Simulator').GetValue($session.GetProperty('Current').GetValue($null))
}

# The calls on it that change something.
function Get-ChangingCall { (Get-SimulatedCloud).Calls.Calls | Where-Object Changes }

# A simulator on the clock of the wall, for tests that must act while something is under way.
function Start-SlowSimulator([int] $Milliseconds) {
    $assembly = (Get-Command Start-SpotSimulator).ImplementingType.Assembly
    $session = $assembly.GetType('SpotCluster.Common.SpotSession')
    $start = $session.GetMethod('TryStart')
    $options = [Activator]::CreateInstance($start.GetParameters()[0].ParameterType)
    $options.GetType().GetProperty('Clock').SetValue($options, [TimeProvider]::System)
    $options.GetType().GetProperty('Latency').SetValue($options, [timespan]::FromMilliseconds($Milliseconds))
    $null = $start.Invoke($session.GetProperty('Current').GetValue($null), @($options))
}

# The error of a command that must fail, without ending the test.
function Get-Failure([scriptblock] $Command) {
    try { & $Command 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $_ }
}

# A termination backend in a process of its own: its address, the file with the admin's token, and the process to end.
function Start-Backend([string] $Folder) {
    $program = Get-ChildItem (Join-Path $root 'src/SpotCluster.Cli/bin') -Recurse -Filter spotcluster.dll | Sort-Object LastWriteTime | Select-Object -Last 1
    $log = Join-Path $Folder 'backend.log'
    $token = Join-Path $Folder 'admin.token'
    $process = Start-Process dotnet -PassThru -RedirectStandardError $log -RedirectStandardOutput (Join-Path $Folder 'backend.out') -ArgumentList @(
        $program.FullName, 'backend', '--port', '0', '--database', (Join-Path $Folder 'backend.db'), '--admin-token-file', $token)
    $deadline = [datetime]::UtcNow.AddMinutes(2)
    while (-not ($url = [regex]::Match("$(Get-Content -Raw $log -ErrorAction Ignore)", 'http://127\.0\.0\.1:\d+').Value)) {
        if ([datetime]::UtcNow -gt $deadline -or $process.HasExited) { throw "The backend did not start: $(Get-Content -Raw $log)" }
        Start-Sleep -Milliseconds 100
    }
    [pscustomobject]@{ Process = $process; Url = $url; AdminToken = $token }
}

# A call of the backend's protocol that no cmdlet makes: what the machines of an agent do.
function Send-ToBackend([string] $Url, [string] $Path, $Body, [string] $TokenFile) {
    Invoke-RestMethod -Method Post -Uri "$Url$Path" -ContentType application/json -Body ($Body | ConvertTo-Json) `
        -Headers @{ Authorization = "Bearer $((Get-Content $TokenFile).Trim())" }
}

# Programs that stand in for those of the system, first on the PATH that is given back: each is a shell script.
function Add-StandIn([hashtable] $Program) {
    $folder = (New-Item -ItemType Directory (Join-Path $TestDrive "bin-$([guid]::NewGuid().ToString('N'))")).FullName
    foreach ($name in $Program.Keys) {
        Set-Content (Join-Path $folder $name) "#!/bin/sh`n$($Program[$name])"
        chmod +x (Join-Path $folder $name)
    }
    "${folder}:$env:PATH"
}

function New-StubCloud {
    if (-not ('StubCloud' -as [type])) { Add-Type -Path (Join-Path $root 'tests/pester/StubCloud.cs') }
    # Keys for a server that checks none.
    $env:AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE'
    $env:AWS_SECRET_ACCESS_KEY = 'example-secret-key-of-a-stub'
    $env:AWS_EC2_METADATA_DISABLED = 'true'
    [StubCloud]::new()
}

# A PowerShell with the module in it that can be stopped from outside.
function New-Session {
    $shell = [powershell]::Create()
    $null = $shell.AddScript("Import-Module '$module'").Invoke()
    $shell.Commands.Clear()
    $shell
}

Remove-Item Env:AWS_*, Env:SPOTCLUSTER_* -ErrorAction Ignore
Import-Module $module
