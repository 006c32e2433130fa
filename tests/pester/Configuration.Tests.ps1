Describe 'The configuration' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid().ToString('N')))
        Push-Location $folder
        $null = Start-SpotSimulator
    }
    AfterEach {
        Stop-SpotSimulator
        Pop-Location
        Remove-Item Env:SPOTCLUSTER_* -ErrorAction Ignore
    }

    It 'is written, shown and tested' {
        $written = New-SpotConfiguration -FilterTagValue team-a -Region us-east-1, eu-west-1 -ExpiresIn 8h -Tag @{ team = 'blue' }
        $written | Should -BeOfType SpotCluster.Model.SpotSetting
        $written.Name | Should -Be filterTagValue, regions, expiresIn, tags
        (Get-SpotConfiguration regions).Value | Should -Be us-east-1, eu-west-1
        (Get-SpotConfiguration filter*).Source | Should -Be Default, File
        (Get-SpotConfiguration expiresIn).Value | Should -Be ([timespan]'08:00:00')
        (Get-SpotConfiguration tags).Value['team'] | Should -Be blue
        (Get-SpotConfiguration filterTagValue).Location | Should -Match 'spotcluster\.yaml:\d+$'
        Test-SpotConfiguration -Online | Should -BeExactly $true
        Get-ChangingCall | Should -BeNullOrEmpty
    }

    It 'is private' -Skip:$IsWindows {
        $null = New-SpotConfiguration
        (Get-Item spotcluster.yaml).UnixMode | Should -Be '-rw-------'
    }

    It 'is what the next command works by, also after a change' {
        $null = New-SpotConfiguration -FilterTagName team -FilterTagValue a -Region us-east-1
        (New-SpotCluster one).Regions.Region | Should -Be us-east-1
        (Get-SpotInstance).Tags['team'] | Should -Be a
        $null = New-SpotConfiguration -FilterTagName team -FilterTagValue b -Region eu-west-1 -Force
        @(Get-SpotInstance) | Should -HaveCount 0
        (New-SpotCluster two).Regions.Region | Should -Be eu-west-1
        $env:SPOTCLUSTER_FILTER_TAG_VALUE = 'a'
        (Get-SpotInstance -Region us-east-1).ClusterName | Should -Be one
        (Get-SpotConfiguration filterTagValue).Source | Should -Be Environment
        (Remove-SpotCluster one -Region us-east-1 -Force -Summary).Proven | Should -BeTrue
    }

    It 'is looked for where the session is' {
        $null = New-SpotConfiguration -Region us-east-1
        Push-Location (New-Item -ItemType Directory sub)
        (Get-SpotConfiguration regions).Source | Should -Be Default
        (Get-SpotConfiguration regions -ConfigurationPath ../spotcluster.yaml).Source | Should -Be File
        Pop-Location
    }

    It 'tells each finding with its place, and stops every command' {
        Set-Content spotcluster.yaml "region: [us-east-1]`nexpiresIn: soon"
        $result = Test-SpotConfiguration -ErrorVariable findings -ErrorAction SilentlyContinue
        $result | Should -BeExactly $false
        $findings | Should -HaveCount 2
        $findings[0].FullyQualifiedErrorId | Should -Be 'ConfigurationInvalid,SpotCluster.Commands.TestSpotConfigurationCommand'
        $findings[0].Exception.Message | Should -Match 'spotcluster\.yaml:1:1: .*regions'
        $findings[0].CategoryInfo.Category | Should -Be InvalidData
        $findings[0].ErrorDetails.RecommendedAction | Should -Match regions
        foreach ($command in { New-SpotCluster demo }, { Get-SpotInstance }, { Remove-SpotCluster demo -Force }, { Get-SpotConfiguration }) {
            (Get-Failure $command).FullyQualifiedErrorId | Should -Match '^ConfigurationInvalid,'
        }
        (Get-SimulatedCloud).Calls.Calls | Should -BeNullOrEmpty
    }

    It 'refuses an account that is not allowed' {
        $null = New-SpotConfiguration -Region us-east-1 -AllowedAccount 999999999999
        foreach ($command in { New-SpotCluster demo }, { Remove-SpotCluster demo -Force }) {
            (Get-Failure $command).FullyQualifiedErrorId | Should -Match '^AccountNotAllowed,'
        }
        Get-ChangingCall | Should -BeNullOrEmpty
    }

    It 'overwrites only with -Force, and writes nothing with -WhatIf' {
        New-SpotConfiguration -WhatIf | Should -BeNullOrEmpty
        'spotcluster.yaml' | Should -Not -Exist
        $null = New-SpotConfiguration -Creator one
        (Get-Failure { New-SpotConfiguration -Creator two }).FullyQualifiedErrorId | Should -Match '^ConfigurationExists,'
        (Get-SpotConfiguration creator).Value | Should -Be one
        $null = New-SpotConfiguration -Creator two -Force
        (Get-SpotConfiguration creator).Value | Should -Be two
    }

    It 'converts an old file and lists what is lost' {
        Set-Content config.yaml "max_instances: 3`ntoken: verysecret`nregions:`n  - us-east-1:`n      machine_type: t3.medium`n      image: auto"
        $null = New-SpotConfiguration -From config.yaml -WarningVariable lost -WarningAction SilentlyContinue
        $lost | Should -HaveCount 1
        "$lost" | Should -Match 'max_instances'
        "$lost $(Get-Content spotcluster.yaml -Raw)" | Should -Not -Match verysecret
        (Get-SpotConfiguration instanceTypes).Value | Should -Be t3.medium
    }

    It 'asks nobody where nobody is' {
        $said = Invoke-Fresh "Import-Module `$module; Set-Location '$folder'; New-SpotConfiguration -Interactive; Test-Path spotcluster.yaml"
        $said | Should -Match 'non-interactive session'
        Join-Path $folder spotcluster.yaml | Should -Not -Exist
    }

    It 'tells the alias of the account' {
        (Get-SimulatedCloud).AccountAlias = 'team-blue'
        (Get-SpotIdentity).AccountAlias | Should -Be team-blue
    }
}
