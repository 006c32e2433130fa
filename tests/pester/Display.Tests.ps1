Describe 'What is shown' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        $PSStyle.OutputRendering = 'PlainText'
        function Show($Value) { ($Value | Out-String -Width 120).Trim() -split "`r?`n" | ForEach-Object TrimEnd }
    }

    It 'is a table of machines that fits' {
        $lines = Show @(
            [SpotCluster.Model.SpotInstance]@{ Id = 'i-0123456789abcdef0'; ClusterName = 'demo'; Region = 'ap-southeast-2'; InstanceType = 'c7g.2xlarge'; State = 'Running'; PublicIp = '203.0.113.24'; HourlyPrice = 0.04163 }
            [SpotCluster.Model.SpotInstance]@{ Id = 'i-0123456789abcdef1'; ClusterName = 'demo'; Region = 'us-east-1'; InstanceType = 't3.micro'; State = 'Pending' })
        $lines[0] | Should -BeExactly 'Id                  Cluster   Region         Type          State          USD/h Health        PublicIp'
        $lines[2] | Should -BeExactly 'i-0123456789abcdef0 demo      ap-southeast-2 c7g.2xlarge   Running       0.0416 Unknown       203.0.113.24'
        $lines[3] | Should -BeExactly 'i-0123456789abcdef1 demo      us-east-1      t3.micro      Pending              Unknown'
    }

    It 'shows what a machine costs at 80 columns, too' {
        $machine = [SpotCluster.Model.SpotInstance]@{ Id = 'i-0123456789abcdef0'; ClusterName = 'demo'; Region = 'ap-southeast-2'; InstanceType = 'c7g.2xlarge'; State = 'Running'; PublicIp = '203.0.113.24'; HourlyPrice = 0.04163 }
        ($machine | Out-String -Width 80) | Should -Match 'Running\s+0\.0416'
    }

    It 'is a cluster with what is missing where' {
        $cluster = [SpotCluster.Model.SpotCluster]@{
            Name = 'demo'; State = 'Partial'; Wanted = 4; Running = 3; HourlyPrice = 0.1249
            Regions = @(
                [SpotCluster.Model.SpotClusterRegion]@{ Region = 'us-east-1'; Wanted = 2; Running = 2 }
                [SpotCluster.Model.SpotClusterRegion]@{ Region = 'us-west-2'; Wanted = 2; Running = 1; Code = 'InsufficientInstanceCapacity' })
        }
        (Show $cluster)[2] | Should -Match '^demo\s+Partial\s+4\s+3\s+0\.1249\s+\{us-east-1: 2, us-west-2: 1'
        (Show $cluster.Regions)[3] | Should -Match '^us-west-2\s+2\s+1 InsufficientInstanceCapacity$'
    }

    It 'is a plan with its price' {
        $plan = [SpotCluster.Model.SpotPlan]@{ Name = 'demo'; Count = 4; HourlyCost = 0.12; MaxHourlyCost = 0.5; Regions = @([SpotCluster.Model.SpotPlanRegion]@{ Region = 'us-east-1'; Count = 4 }) }
        (Show $plan)[2] | Should -Match '^demo\s+4\s+0\.1200\s+0\.5000\s+\{us-east-1: 4\}$'
    }

    It 'is empty where a price is unknown, and never 0' {
        (Show ([SpotCluster.Model.SpotPlan]@{ Name = 'demo'; Count = 4 }))[2] | Should -Match '^demo\s+4\s+\{\}$'
    }

    It 'is a proof with its scope, and a removal with its code' {
        Show ([SpotCluster.Model.SpotProof]@{ Scope = "cluster 'demo' at AWS in us-east-1 only of account 123456789012"; Proven = $true }) | Should -Contain "Scope        : cluster 'demo' at AWS in us-east-1 only of account 123456789012"
        $line = (Show ([SpotCluster.Model.SpotRemoval]@{ Id = 'sg-0123456789abcdef1'; Type = 'security-group'; Region = 'us-east-1'; Outcome = 'Blocked'; Elapsed = '00:15:31'; BlockedBy = 'eni-0123456789abcdef0'; Code = 'DependencyViolation' }))[2]
        $line | Should -BeExactly 'sg-0123456789abcdef1     security-group         Blocked     DependencyViolation us-east-1      Unknown'
    }

    It 'is a list with everything on demand' {
        $lines = [SpotCluster.Model.SpotInstance]@{ Id = 'i-0123456789abcdef0'; SshCommand = 'ssh ubuntu@203.0.113.24' } | Format-List | Out-String
        $lines | Should -Match 'SshCommand\s+: ssh ubuntu@203\.0\.113\.24'
        $lines | Should -Match 'LaunchedAt\s+:'
    }

    It 'is flat enough for JSON' {
        $null = Start-SpotSimulator
        $null = New-SpotCluster demo -Region us-east-1
        $json = Get-SpotInstance | ConvertTo-Json -Depth 4 -EnumsAsStrings -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -BeNullOrEmpty
        ($json | ConvertFrom-Json).Lifecycle | Should -Be Spot
        Stop-SpotSimulator
    }
}
