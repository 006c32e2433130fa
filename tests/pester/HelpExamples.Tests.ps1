# Runs every example of every help page, each in a session of its own on a simulator of its own, in a folder with the files
# that examples name. What an example needs beyond that is said in one table here; one that is not in it must simply work.
BeforeDiscovery {
    # By page, or by page and number of the example, which wins. SetUp runs before it (the usual one makes the cluster demo),
    # Answer is typed where something is asked, Writes says whether objects are expected, After looks at the result,
    # Skip says why an example cannot run here.
    $rent = '$null = Find-SpotOffer -Provider Vast -GpuCount 1 | Select-Object -First 1 | New-SpotInstance -Image pytorch/pytorch:latest -Bid 5 -Force -Wait; '
    $backend = @{ Skip = 'needs a backend that runs; Agent.Tests.ps1 starts one and runs these commands on it' }
    $login = @{ Skip = 'needs a machine that can be logged in to, which a simulated one cannot' }
    $needs = @{
        'Connect-SpotSso'           = @{ Skip = 'needs a person at a browser' }
        'Enter-SpotInstance'        = $login
        'Export-SpotReport'         = @{ Writes = $false }
        'Export-SpotReport#2'       = @{ Skip = 'opens a browser' }
        'Find-SpotOffer'            = @{ SetUp = '' }
        'Find-SpotOffer#4'          = @{ Writes = $false }
        'Get-SpotAgent'             = $backend
        'Get-SpotAgentPolicy#1'     = @{ Writes = $false }
        'Get-SpotConfiguration'     = @{ SetUp = '$null = New-SpotConfiguration -Region us-east-1' }
        'Get-SpotEvent'             = $backend
        'Get-SpotIdentity#2'        = @{ Writes = $false; SetUp = '$env:AWS_CONFIG_FILE = "$pwd/aws-config"' }
        'Get-SpotInstance#2'        = @{ SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Wait' }
        'Get-SpotInstance#3'        = @{ After = { @(Get-SpotInstance -Region us-west-2) | Should -BeNullOrEmpty } }
        'Get-SpotInstance#4'        = @{ Writes = $false }
        'Get-SpotPrice'             = @{ SetUp = '' }
        'Get-SpotResource#3'        = @{ SetUp = '$null = New-SpotCluster demo -Region eu-west-1' }
        'Get-SpotResource#4'        = @{ SetUp = '$env:SPOTCLUSTER_FILTER_TAG_VALUE = "lost"; $null = New-SpotCluster demo -Region us-east-1; Remove-Item Env:SPOTCLUSTER_FILTER_TAG_VALUE' }
        'Get-SpotTermination'       = $backend
        'Get-SpotUserData'          = @{ SetUp = '' }
        'Invoke-SpotCleanup'        = $backend
        'Invoke-SpotCommand'        = $login
        'Invoke-SpotNuke'           = @{ Answer = '123456789012'; After = { @(Get-SpotResource) | Should -BeNullOrEmpty } }
        'Invoke-SpotNuke#3'         = @{ Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 4 } }
        'Invoke-SpotNuke#4'         = @{ SetUp = $rent; Answer = '864276' }
        'Measure-SpotCost#5'        = @{ SetUp = $rent }
        'New-SpotCluster'           = @{ SetUp = '' }
        'New-SpotConfiguration'     = @{ SetUp = ''; Answer = '' }
        'New-SpotConfiguration#4'   = @{ SetUp = '(Get-PSProvider FileSystem).Home = "$pwd"' ; Answer = '' }
        'Register-SpotAgent'        = $backend
        'Remove-SpotCluster#1'      = @{ Answer = ''; After = { @(Get-SpotCluster) | Should -BeNullOrEmpty } }
        'Remove-SpotCluster#2'      = @{ Writes = $false; After = { @(Get-SpotCluster) | Should -BeNullOrEmpty } }
        'Remove-SpotCluster#3'      = @{ Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 4 } }
        'Remove-SpotInstance#1'     = @{ Answer = ''; After = { @(Get-SpotInstance) | Should -HaveCount 3 } }
        'Remove-SpotInstance#3'     = @{ Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 4 } }
        'Set-SpotAgent'             = $backend
        'Set-SpotInstance#1'        = @{ SetUp = $rent; Writes = $false }
        'Set-SpotInstance#2'        = @{ SetUp = $rent; Answer = '' }
        'Start-SpotCleanupAgent'    = $backend
        'Start-SpotInstance'        = @{ SetUp = $rent + 'Get-SpotInstance -Provider Vast | Stop-SpotInstance -Confirm:$false | Out-Null'; Answer = '' }
        'Start-SpotSimulator'       = @{ SetUp = 'Stop-SpotSimulator' }
        'Start-SpotSimulator#2'     = @{ SetUp = 'Stop-SpotSimulator' }
        'Stop-SpotInstance'         = @{ SetUp = $rent; Answer = '' }
        'Stop-SpotSimulator#1'      = @{ Writes = $false }
        'Stop-SpotSimulator#2'      = @{ SetUp = 'Stop-SpotSimulator' }
        'Test-SpotConfiguration#1'  = @{ Writes = $false }
        'Test-SpotConfiguration#3'  = @{ Writes = $false }
        'Watch-SpotCluster'         = @{ Skip = 'goes on until it is stopped; Node.Tests.ps1 watches and stops' }
    }

    $used = [System.Collections.Generic.HashSet[string]]::new()
    $examples = foreach ($page in Get-ChildItem "$PSScriptRoot/../../docs/en-US" -Filter *.md | Sort-Object Name) {
        $text = [regex]::Match((Get-Content $page -Raw), '(?ms)^## EXAMPLES\s*$(.*?)(?=^## )').Groups[1].Value
        $number = 0
        foreach ($match in [regex]::Matches($text, '(?ms)^### Example \d+: (?<title>[^\r\n]+).*?^```powershell\s*$(?<code>.*?)^```')) {
            $number++
            $key = @("$($page.BaseName)#$number", $page.BaseName).Where({ $needs.ContainsKey($_) }, 'First')
            if ($key) { $null = $used.Add($key[0]) }
            @{
                page   = $page.BaseName
                number = $number
                title  = $match.Groups['title'].Value
                code   = $match.Groups['code'].Value.Trim()
                need   = if ($key) { $needs[$key[0]] } else { @{} }
            }
        }
    }

    $unused = @($needs.Keys | Where-Object { $_ -notin $used } | Sort-Object)
}

Describe 'The examples of the help' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        if (-not ('AnsweringHost' -as [type])) { Add-Type -Path (Join-Path $root 'tests/pester/AnsweringHost.cs') }
        $demo = '$null = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4'

        function New-ExampleFolder {
            $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid().ToString('N')))
            Set-Content (Join-Path $folder clusters.csv) "Name,Region,Count`none,us-east-1,2`ntwo,eu-west-1,1"
            Set-Content (Join-Path $folder config.yaml) "regions:`n  - us-east-1"
            Set-Content (Join-Path $folder next.yaml) 'filterTagValue: next'
            Set-Content (Join-Path $folder rehearsal.ps1) 'New-SpotCluster demo -Region us-east-1 -Count 1'
            Set-Content (Join-Path $folder aws-config) "[profile build]`nregion = us-east-1`naws_access_key_id = AKIDEXAMPLE`naws_secret_access_key = example"
            Set-Content (Join-Path $folder setup.sh) "#!/bin/sh`necho ready"
            $folder.FullName
        }
    }

    It 'has an example for each entry of the table' -ForEach @(@{ unused = $unused }) { $unused | Should -BeNullOrEmpty }

    It '<page> example <number>: <title>' -ForEach $examples {
        if ($need.Skip) { Set-ItResult -Skipped -Because $need.Skip; return }
        $person = [AnsweringHost]::new([string] $need.Answer)
        $person.Agrees = $need.ContainsKey('Answer')
        $space = [runspacefactory]::CreateRunspace($person)
        $space.Open()
        $shell = [powershell]::Create($space)
        $before = @{}
        Get-ChildItem Env: | ForEach-Object { $before[$_.Name] = $_.Value }
        try {
            $setUp = if ($need.ContainsKey('SetUp')) { $need.SetUp } else { $demo }
            $null = $shell.AddScript("`$ErrorActionPreference = 'Stop'; Import-Module '$module'; Set-Location '$(New-ExampleFolder)'; `$null = Start-SpotSimulator; $setUp; `$ErrorActionPreference = 'Continue'").Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            $shell.Commands.Clear()
            foreach ($stand in @{ 'i-0123456789abcdef0' = '-Region us-east-1'; '28116358' = '-Provider Vast' }.GetEnumerator()) {
                if ($code.Contains($stand.Key)) {
                    # Stands for a machine of the reader's own.
                    $id = $shell.AddScript("@(Get-SpotInstance $($stand.Value))[0].Id").Invoke()[0]
                    $shell.Commands.Clear()
                    $code = $code.Replace($stand.Key, $id)
                }
            }

            $output = $shell.AddScript($code).Invoke()

            @($shell.Streams.Error | ForEach-Object { "$($_.FullyQualifiedErrorId): $_" }) | Should -BeNullOrEmpty
            if ($need.Writes -ne $false) { @($output | Where-Object { $null -ne $_ }) | Should -Not -BeNullOrEmpty }
            if ($need.After) {
                $shell.Commands.Clear()
                $state = $shell.AddScript('@{ I = @(Get-SpotInstance); C = @(Get-SpotCluster); R = @(Get-SpotResource) }').Invoke()[0]
                function Get-SpotInstance($Region) { $state.I | Where-Object { -not $Region -or $_.Region -eq $Region } }
                function Get-SpotCluster { $state.C }
                function Get-SpotResource { $state.R }
                & $need.After
            }
        }
        finally {
            $shell.Dispose()
            $space.Dispose()
            Get-ChildItem Env: | Where-Object { -not $before.ContainsKey($_.Name) } | ForEach-Object { Remove-Item "Env:$($_.Name)" }
        }
    }
}
