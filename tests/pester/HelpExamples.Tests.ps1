# Runs every example of every help page, each in a session of its own on a simulator of its own, in a folder with the files
# that examples name. What an example needs beyond that is said in one table here; one that is not in it must simply work.
BeforeDiscovery {
    # By page, or by page and number of the example, which wins. SetUp runs before it (the usual one makes the cluster demo),
    # Agent starts a backend that has marked a machine of the agent of that name, StandIn puts scripts before programs of the system,
    # Answer is typed where something is asked, Until says when an example that has no end is stopped, Writes says whether objects
    # are expected, After looks at the result, Skip says why an example cannot run here.
    $rent = '$null = Find-SpotOffer -Provider Vast -GpuCount 1 | Select-Object -First 1 | New-SpotInstance -Image pytorch/pytorch:latest -Bid 5 -Force -Wait; '
    $agent = @{ Agent = 'web-1' }
    $ssh = @{ StandIn = @{ ssh = 'for last; do :; done; echo "ran: $last"; exit 3' }; SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Count 2 -Wait' }
    $browser = @{ 'xdg-open' = 'exit 0'; open = 'exit 0' }
    $signIn = '(Get-SimulatedCloud).Sso.ApproveAfterPolls = 2; $env:AWS_CONFIG_FILE = "$pwd/aws-config"'
    $needs = @{
        'Connect-SpotSso'           = @{ SetUp = $signIn }
        'Connect-SpotSso#2'         = @{ SetUp = $signIn; StandIn = $browser }
        'Connect-SpotVast#1'        = @{ Skip = 'a prompt that hides what is typed needs a terminal' }
        'Connect-SpotVast#2'        = @{ SetUp = '$env:XDG_CONFIG_HOME = "$pwd/config"; function Get-Secret { ConvertTo-SecureString example-key -AsPlainText -Force }'; Writes = $false }
        'Copy-SpotItem'             = @{ Skip = 'a simulated instance has no disk: the command refuses it' }
        'Enter-SpotInstance'        = @{ Skip = 'a simulated instance has no session to open: the command refuses it' }
        'Export-SpotReport'         = @{ Writes = $false }
        'Export-SpotReport#2'       = @{ StandIn = $browser; Writes = $false }
        'Find-SpotOffer'            = @{ SetUp = '' }
        'Find-SpotOffer#4'          = @{ Writes = $false }
        'Get-SpotAgent'             = $agent
        'Get-SpotAgent#2'           = $agent + @{ Writes = $false }
        'Get-SpotAgentPolicy#1'     = @{ Writes = $false }
        'Get-SpotConfiguration'     = @{ SetUp = '$null = New-SpotConfiguration -Region us-east-1' }
        'Get-SpotConsoleOutput#1'   = @{ SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Wait' }
        'Get-SpotConsoleOutput#2'   = @{ SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Wait'; Writes = $false }
        'Get-SpotEvent#1'           = $agent + @{ Writes = $false }
        'Get-SpotEvent#2'           = $agent + @{ SetUp = '$null = Invoke-SpotCleanup -Force' }
        'Get-SpotIdentity#2'        = @{ Writes = $false; SetUp = '$env:AWS_CONFIG_FILE = "$pwd/aws-config"' }
        'Get-SpotInstance#2'        = @{ SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Wait' }
        'Get-SpotInstance#3'        = @{ After = { @(Get-SpotInstance -Region us-west-2) | Should -BeNullOrEmpty } }
        'Get-SpotInstance#4'        = @{ Writes = $false }
        'Get-SpotLog'               = @{ SetUp = $rent }
        'Get-SpotPolicy#1'          = @{ Writes = $false }
        'Get-SpotPrice'             = @{ SetUp = '' }
        'Get-SpotResource#3'        = @{ SetUp = '$null = New-SpotCluster demo -Region eu-west-1' }
        'Get-SpotResource#4'        = @{ SetUp = '$env:SPOTCLUSTER_FILTER_TAG_VALUE = "lost"; $null = New-SpotCluster demo -Region us-east-1; Remove-Item Env:SPOTCLUSTER_FILTER_TAG_VALUE' }
        'Get-SpotTermination#1'     = $agent
        'Get-SpotTermination#2'     = $agent + @{ Writes = $false }
        'Get-SpotUserData'          = @{ SetUp = '' }
        'Invoke-SpotCleanup#1'      = $agent + @{ Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 2 } }
        'Invoke-SpotCleanup#2'      = $agent + @{ After = { @(Get-SpotInstance) | Should -HaveCount 1 } }
        'Invoke-SpotCleanup#3'      = $agent + @{ Answer = ''; After = { @(Get-SpotInstance) | Should -HaveCount 1 } }
        'Invoke-SpotCommand'        = $ssh
        'Invoke-SpotCommand#2'      = $ssh + @{ Writes = $false }
        'Invoke-SpotJob'            = @{ SetUp = '' }
        'Invoke-SpotJob#2'          = @{ Skip = 'nothing is copied to a simulated instance: the command refuses it' }
        'Invoke-SpotNuke'           = @{ Answer = '123456789012'; After = { @(Get-SpotResource) | Should -BeNullOrEmpty } }
        'Invoke-SpotNuke#3'         = @{
            SetUp = '$null = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4; $null = New-SpotCluster prod-web -Region us-east-1 -Count 1'
            Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 5 }
        }
        'Invoke-SpotNuke#4'         = @{ SetUp = $rent; Answer = '864276' }
        'Measure-SpotCost#5'        = @{ SetUp = $rent }
        'New-SpotCluster'           = @{ SetUp = '' }
        'New-SpotConfiguration'     = @{ SetUp = ''; Answer = '' }
        'New-SpotConfiguration#4'   = @{ SetUp = '(Get-PSProvider FileSystem).Home = "$pwd"' ; Answer = '' }
        'Register-SpotAgent'        = @{ Agent = 'web-0' }
        'Remove-SpotCluster#1'      = @{ Answer = ''; After = { @(Get-SpotCluster) | Should -BeNullOrEmpty } }
        'Remove-SpotCluster#2'      = @{ Writes = $false; After = { @(Get-SpotCluster) | Should -BeNullOrEmpty } }
        'Remove-SpotCluster#3'      = @{ Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 4 } }
        'Remove-SpotInstance#1'     = @{ Answer = ''; After = { @(Get-SpotInstance) | Should -HaveCount 3 } }
        'Remove-SpotInstance#3'     = @{ Writes = $false; After = { @(Get-SpotInstance) | Should -HaveCount 4 } }
        'Reset-SpotAgentToken'      = $agent
        'Restart-SpotInstance#1'    = @{ SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Wait' }
        'Restart-SpotInstance#2'    = @{ SetUp = $rent }
        'Resume-SpotTermination'    = $agent + @{ Writes = $false }
        'Set-SpotAgent'             = $agent
        'Unregister-SpotAgent#1'    = $agent + @{ Answer = ''; Writes = $false }
        'Unregister-SpotAgent#2'    = $agent + @{ Writes = $false }
        'Set-SpotCluster#2'         = @{ Writes = $false }
        'Set-SpotInstance#1'        = @{ SetUp = $rent; Writes = $false }
        'Set-SpotInstance#2'        = @{ SetUp = $rent; Answer = '' }
        'Set-SpotInstance#3'        = @{ SetUp = '$null = (Get-SimulatedCloud).Vast.AddMachine("training", $false, 0)'; Answer = 'y' }
        'Start-SpotCleanupAgent'    = $agent + @{ Until = { (Get-SpotTermination -Stage Terminated @admin).Count -gt 0 }; Writes = $false }
        'Start-SpotInstance'        = @{ SetUp = $rent + 'Get-SpotInstance -Provider Vast | Stop-SpotInstance -Confirm:$false | Out-Null'; Answer = '' }
        'Start-SpotSimulator'       = @{ SetUp = 'Stop-SpotSimulator' }
        'Start-SpotSimulator#2'     = @{ SetUp = 'Stop-SpotSimulator' }
        'Stop-SpotInstance'         = @{ SetUp = $rent; Answer = '' }
        'Stop-SpotSimulator#1'      = @{ Writes = $false }
        'Stop-SpotSimulator#2'      = @{ SetUp = 'Stop-SpotSimulator' }
        'Test-SpotConfiguration#1'  = @{ Writes = $false }
        'Test-SpotConfiguration#3'  = @{ Writes = $false }
        'Watch-SpotCluster#1'       = @{ Until = { $output.Count -ge 4 } }
        'Watch-SpotCluster#2'       = @{ SetUp = '$null = New-SpotCluster demo -Region us-east-1 -Count 2 -Wait; (Get-SimulatedCloud).Interrupt(@(Get-SpotInstance)[0].Id)' }
        'Watch-SpotCluster#3'       = @{ SetUp = $rent; Until = { Start-Sleep 2; $shell.InvocationStateInfo.State -eq 'Running' }; Writes = $false }
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
            Set-Content (Join-Path $folder agents.csv) "AgentName,AccountId,Region`nweb-2,123456789012,us-east-1`nweb-3,123456789012,eu-west-1"
            Set-Content (Join-Path $folder aws-config) "[profile build]`nregion = us-east-1`naws_access_key_id = AKIDEXAMPLE`naws_secret_access_key = example"
            Add-Content (Join-Path $folder aws-config) "[profile dev]`nsso_session = corp`nsso_account_id = 123456789012`nsso_role_name = AdministratorAccess`nregion = us-east-1"
            Add-Content (Join-Path $folder aws-config) "[sso-session corp]`nsso_region = us-east-1`nsso_start_url = https://example.awsapps.com/start`nsso_registration_scopes = sso:account:access"
            Set-Content (Join-Path $folder cluster) "-----BEGIN OPENSSH PRIVATE KEY-----`nnot a real one`n-----END OPENSSH PRIVATE KEY-----"
            if (-not $IsWindows) { chmod 600 (Join-Path $folder cluster) }
            Set-Content (Join-Path $folder setup.sh) "#!/bin/sh`necho ready"
            $folder.FullName
        }

        # An agent of a backend that has marked the first of two machines; its settings and its token lie in the folder.
        function Register-Example([string] $Name, $Shell, $Backend, [string] $Folder) {
            $admin = @{ BackendUrl = $Backend.Url; TokenPath = $Backend.AdminToken }
            $ids = $Shell.AddScript('(New-SpotCluster demo -Region us-east-1 -Count 2 -Tag @{ ManagedBy = "SpotOptimizer" } | Get-SpotInstance).Id').Invoke()
            $Shell.Commands.Clear()
            $agent = Register-SpotAgent $Name -AccountId 123456789012 -Region us-east-1 -AgentTokenPath "$Folder/web.token" @admin | Set-SpotAgent -TerminateWait 0s @admin
            foreach ($id in $ids) {
                $null = Send-ToBackend $Backend.Url "/api/agents/$($agent.AgentId)/register-instance" @{
                    instance_id = $id; instance_type = 't3.micro'; region = 'us-east-1'; az = 'us-east-1a'; mode = 'spot'
                } "$Folder/web.token"
            }
            Set-Content "$Folder/agent.conf" "SPOT_OPTIMIZER_SERVER_URL=$($Backend.Url)`nTOKEN_FILE=$Folder/web.token`nAGENT_ID=$($agent.AgentId)`nAWS_REGION=us-east-1`nSTATE_DIRECTORY=$Folder/state"
            $env:SPOTCLUSTER_AGENT_CONFIG = "$Folder/agent.conf"
            $env:SPOTCLUSTER_BACKEND_URL = $Backend.Url
            $env:SPOTCLUSTER_ADMIN_TOKEN = (Get-Content $Backend.AdminToken).Trim()
            $null = $Shell.AddScript("`$id = '$($agent.AgentId)'").Invoke()
            $Shell.Commands.Clear()
        }
    }

    It 'has an example for each entry of the table' -ForEach @(@{ unused = $unused }) { $unused | Should -BeNullOrEmpty }

    It '<page> example <number>: <title>' -ForEach $examples {
        if ($need.Skip) { Set-ItResult -Skipped -Because $need.Skip; return }
        if ($need.StandIn -and $IsWindows) { Set-ItResult -Skipped -Because 'the stand-ins for programs of the system are shell scripts'; return }
        $person = [AnsweringHost]::new([string] $need.Answer)
        $person.Agrees = $need.ContainsKey('Answer')
        $space = [runspacefactory]::CreateRunspace($person)
        $space.Open()
        $shell = [powershell]::Create($space)
        $before = @{}
        Get-ChildItem Env: | ForEach-Object { $before[$_.Name] = $_.Value }
        $backend = $null
        try {
            $folder = New-ExampleFolder
            $env:XDG_DATA_HOME = $folder
            if ($need.StandIn) { $env:PATH = Add-StandIn $need.StandIn }
            $null = $shell.AddScript("`$ErrorActionPreference = 'Stop'; Import-Module '$module'; Set-Location '$folder'; `$null = Start-SpotSimulator; function Get-SimulatedCloud {${function:Get-SimulatedCloud}}").Invoke()
            $shell.Commands.Clear()
            if ($need.Agent) {
                $backend = Start-Backend $folder
                $admin = @{ BackendUrl = $backend.Url; TokenPath = $backend.AdminToken }
                Register-Example $need.Agent $shell $backend $folder
            }
            $setUp = if ($need.ContainsKey('SetUp')) { $need.SetUp } elseif (-not $need.Agent) { $demo }
            $null = $shell.AddScript("$setUp; `$ErrorActionPreference = 'Continue'").Invoke()
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
            # Likewise places of the reader's own.
            $code = $code.Replace('~/agent.token', "$folder/web.token").Replace('/etc/spotcluster/agent.conf', "$folder/agent.conf").Replace('~/.ssh/cluster', "$folder/cluster")
            if ($backend) { $code = $code.Replace('https://backend.example', $backend.Url) }

            $null = $shell.AddScript($code)
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]] $null, $output)
            if ($need.Until) {
                $deadline = [datetime]::UtcNow.AddMinutes(1)
                while (-not (& $need.Until) -and -not $running.IsCompleted -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 100 }
                & $need.Until | Should -BeTrue
                $running.IsCompleted | Should -BeFalse -Because 'it has no end of its own'
                $shell.Stop()
            }
            else { $null = $shell.EndInvoke($running) }

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
            if ($backend -and -not $backend.Process.HasExited) { $backend.Process.Kill(); $backend.Process.WaitForExit() }
            Get-ChildItem Env: | Where-Object { -not $before.ContainsKey($_.Name) } | ForEach-Object { Remove-Item "Env:$($_.Name)" }
            $env:PATH = $before['PATH']
        }
    }
}
