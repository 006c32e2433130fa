Describe 'Errors' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach { $null = Start-SpotSimulator }
    AfterEach { Stop-SpotSimulator -ErrorAction Ignore; Remove-Item Env:AWS_* -ErrorAction Ignore }

    It 'have a category for every kind of problem' {
        $records = (Get-Command New-SpotCluster).ImplementingType.Assembly.GetType('SpotCluster.Common.ErrorRecords').GetMethod('From')
        foreach ($kind in [enum]::GetValues([SpotCluster.Model.SpotErrorCategory])) {
            $failure = [SpotCluster.Model.SpotException]::new('ServiceFailed', $kind, 'x')
            $category = $records.Invoke($null, @($failure, 'item', '')).CategoryInfo.Category
            $category | Should -Not -Be NotSpecified
            if ($kind -ne 'InvalidOperation') { $category | Should -Not -Be InvalidOperation -Because $kind }
        }
        $unknown = $records.Invoke($null, @([InvalidOperationException]::new('odd'), 'item', ''))
        $unknown.FullyQualifiedErrorId | Should -Be UnexpectedFailure
        $unknown.Exception.InnerException.Message | Should -Be odd
        $unknown.TargetObject | Should -Be item
    }

    It 'refuse <what> as <id> before anything is changed' -ForEach @(
        @{ what = 'an empty name'; id = 'ClusterNameInvalid'; command = { New-SpotCluster '' -Region us-east-1 } }
        @{ what = 'an illegal name'; id = 'ClusterNameInvalid'; command = { New-SpotCluster 'no spaces' -Region us-east-1 } }
        @{ what = 'no machine'; id = 'CountInvalid'; command = { New-SpotCluster demo -Region us-east-1 -Count 0 } }
        @{ what = 'an unknown region'; id = 'RegionUnknown'; command = { New-SpotCluster demo -Region us-nowhere-7 } }
        @{ what = 'an unknown type'; id = 'InstanceTypeUnknown'; command = { New-SpotCluster demo -Region us-east-1 -InstanceType z99.huge } }
        @{ what = 'a price below zero'; id = 'ParameterArgumentTransformationError'; command = { New-SpotCluster demo -Region us-east-1 -MaxHourlyPrice -1 } }
        @{ what = 'a plan that is too dear'; id = 'HourlyCostExceeded'; command = { New-SpotCluster demo -Region us-east-1 -Count 2 -MaxHourlyCost 0.0001 } }
        @{ what = 'types of another architecture'; id = 'ArchitectureMismatch'; command = { New-SpotCluster demo -Region us-east-1 -InstanceType t3.micro -Architecture Arm64 } }
        @{ what = 'a key file that is not there'; id = 'KeyFileInvalid'; command = { New-SpotCluster demo -Region us-east-1 -PublicKeyPath ./no-such.pub } }
        @{ what = 'a life of seconds'; id = 'ExpiryInvalid'; command = { New-SpotCluster demo -Region us-east-1 -ExpiresIn 5s } }
        @{ what = 'a life below zero'; id = 'ExpiryInvalid'; command = { New-SpotCluster demo -Region us-east-1 -ExpiresIn '-01:00:00' } }
        @{ what = 'a time limit without a wait'; id = 'ParameterInvalid'; command = { New-SpotCluster demo -Region us-east-1 -Timeout 5 } }
        @{ what = 'more than the quota'; id = 'QuotaExceeded'; command = { New-SpotCluster demo -Region us-east-1 -Count 100000 } }
    ) {
        $failure = @(Get-Failure $command)
        $failure | Should -HaveCount 1
        $failure[0].FullyQualifiedErrorId | Should -BeExactly "$id,SpotCluster.Commands.NewSpotClusterCommand"
        $failure[0].CategoryInfo.Category | Should -Not -BeIn NotSpecified, InvalidOperation
        $failure[0].Exception.Message | Should -Not -Match "`n"
        Get-ChangingCall | Should -BeNullOrEmpty
    }

    It 'refuse a price with a decimal comma instead of reading 5 dollars' {
        foreach ($command in { New-SpotCluster demo -Region us-east-1 -MaxHourlyPrice '0,05' }, { New-SpotCluster demo -Region us-east-1 -MaxHourlyPrice 0,05 }) {
            $failure = Get-Failure $command
            $failure.FullyQualifiedErrorId | Should -BeExactly 'ParameterArgumentTransformationError,SpotCluster.Commands.NewSpotClusterCommand'
            $failure.Exception.Message | Should -Match 'with a decimal point, for example 0\.05'
        }
    }

    It 'refuse a name that is in use' {
        $null = New-SpotCluster demo -Region us-east-1
        $failure = Get-Failure { New-SpotCluster demo -Region us-east-1 }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'ClusterNameInUse,SpotCluster.Commands.NewSpotClusterCommand'
        $failure.CategoryInfo.Category | Should -Be ResourceExists
        $failure.TargetObject | Should -Be demo
    }

    It 'of one item let the others go on' {
        $clusters = 'one', 'not good', 'two' | New-SpotCluster -Region us-east-1 -ErrorVariable failed -ErrorAction SilentlyContinue
        $clusters.Name | Should -Be one, two
        $failed | Should -HaveCount 1
        $failed[0].TargetObject | Should -Be 'not good'
    }

    It 'name what does not exist: <command>' -ForEach @(
        @{ command = { Get-SpotCluster nosuch }; id = 'ClusterNotFound,SpotCluster.Commands.GetSpotClusterCommand'; target = 'nosuch' }
        @{ command = { Get-SpotInstance -Id i-0123456789abcdef0 }; id = 'InstanceNotFound,SpotCluster.Commands.GetSpotInstanceCommand'; target = 'i-0123456789abcdef0' }
        @{ command = { Get-SpotInstance nosuch }; id = 'InstanceNotFound,SpotCluster.Commands.GetSpotInstanceCommand'; target = 'nosuch' }
        @{ command = { Remove-SpotCluster nosuch -Force }; id = 'ClusterNotFound,SpotCluster.Commands.RemoveSpotClusterCommand'; target = 'nosuch' }
        @{ command = { Remove-SpotInstance i-0123456789abcdef0 -Region us-east-1 -Force }; id = 'InstanceNotFound,SpotCluster.Commands.RemoveSpotInstanceCommand'; target = 'i-0123456789abcdef0' }
        @{ command = { Wait-SpotInstance i-0123456789abcdef0 -Region us-east-1 }; id = 'InstanceNotFound,SpotCluster.Commands.WaitSpotInstanceCommand'; target = 'i-0123456789abcdef0' }
    ) {
        $failure = Get-Failure $command
        $failure.FullyQualifiedErrorId | Should -BeExactly $id
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        "$($failure.TargetObject)" | Should -BeExactly $target
    }

    It 'are silent for a pattern that matches nothing' {
        Get-SpotCluster no* -ErrorAction Stop | Should -BeNullOrEmpty
        Get-SpotInstance no* -ErrorAction Stop | Should -BeNullOrEmpty
        Get-SpotInstance -ClusterName no* -ErrorAction Stop | Should -BeNullOrEmpty
        Remove-SpotCluster no* -Force -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'say what could not be listed, and claim nothing about it' {
        $null = New-SpotCluster demo -Region us-east-1
        $null = (Get-SimulatedCloud).Faults.AddJson('{"rules":[{"region":"us-west-2","action":"error","code":"UnauthorizedOperation"}]}')
        $found = Get-SpotInstance -ErrorVariable failed -ErrorAction SilentlyContinue
        $found.ClusterName | Should -Be demo
        $failed.FullyQualifiedErrorId | Sort-Object -Unique | Should -BeExactly 'RegionNotListed,SpotCluster.Commands.GetSpotInstanceCommand'
        $failed[0].TargetObject | Should -Be us-west-2
        (Get-Failure { Get-SpotCluster nosuch }).FullyQualifiedErrorId | Should -Not -Match ClusterNotFound
    }

    It 'tell a partial launch, and the cluster is written all the same' {
        $null = (Get-SimulatedCloud).Faults.AddJson('{"rules":[{"operation":"CreateFleet","region":"*","action":"capacity","code":"InsufficientInstanceCapacity","from":2}]}')
        $cluster = New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4 -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -BeExactly 'ClusterPartial,SpotCluster.Commands.NewSpotClusterCommand'
        $cluster.Running | Should -BeLessThan 4
        $cluster.Regions.Code | Should -Contain InsufficientInstanceCapacity
    }

    It 'about the endpoint end the command at once' {
        Stop-SpotSimulator
        (New-StubCloud).Dispose()
        $failure = Get-Failure { 'a', 'b' | New-SpotCluster -Region us-east-1 -EndpointUrl http://127.0.0.1:9 }
        $failure | Should -HaveCount 1
        $failure.FullyQualifiedErrorId | Should -BeExactly 'EndpointUnreachable,SpotCluster.Commands.NewSpotClusterCommand'
        $failure.CategoryInfo.Category | Should -Be ConnectionError
    }

    It 'without credentials say what to do' {
        Stop-SpotSimulator
        $env:AWS_EC2_METADATA_DISABLED = 'true'
        $env:AWS_CONFIG_FILE = $env:AWS_SHARED_CREDENTIALS_FILE = Join-Path $TestDrive 'none'
        $failure = Get-Failure { Get-SpotIdentity -EndpointUrl http://127.0.0.1:9 }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'CredentialNotFound,SpotCluster.Commands.GetSpotIdentityCommand'
        $failure.CategoryInfo.Category | Should -Be AuthenticationError
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'and everything else keep the secret' {
        Stop-SpotSimulator
        $stub = New-StubCloud
        $stub.Answers['GetCallerIdentity'] = '403|<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>'
        $secret = $env:AWS_SECRET_ACCESS_KEY
        $transcript = Join-Path $TestDrive 'transcript.txt'
        $text = Invoke-Fresh @"
Import-Module `$module
Start-Transcript '$transcript' | Out-Null
try { Get-SpotIdentity -EndpointUrl $($stub.Url) -Verbose -Debug } catch { `$_ | Format-List * -Force | Out-String; `$_.Exception.ToString(); `$_ | ConvertTo-Json -Depth 3 -WarningAction SilentlyContinue }
Stop-Transcript | Out-Null
"@
        $stub.Dispose()
        $text | Should -Match 'SignatureInvalid'
        $text | Should -Not -Match $secret
        Get-Content $transcript -Raw | Should -Not -Match $secret
    }
}
