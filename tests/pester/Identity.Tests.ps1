Describe 'Who we are' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid().ToString('N')))
        Push-Location $folder
        $oldHome = $env:HOME
        $env:HOME = $folder
        $env:AWS_EC2_METADATA_DISABLED = 'true'
        $env:AWS_CONFIG_FILE = Join-Path $folder config
        $env:AWS_SHARED_CREDENTIALS_FILE = Join-Path $folder credentials
        Set-Content config @'
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = AdministratorAccess
region = eu-west-1
[sso-session corp]
sso_start_url = https://corp.example.com/start
sso_region = eu-west-1
[profile work]
aws_access_key_id = AKIAWORK
aws_secret_access_key = HIDDEN
region = us-east-1
'@
    }
    AfterEach {
        Stop-SpotSimulator -ErrorAction Ignore
        Pop-Location
        $env:HOME = $oldHome
        Remove-Item Env:AWS_*, Env:SPOTCLUSTER_* -ErrorAction Ignore
    }

    It 'is told with the right advice when there is nobody: <What>' -ForEach @(
        @{ What = 'no credentials'; Parameter = @{}; Id = 'CredentialNotFound'; Advice = 'aws configure sso' }
        @{ What = 'no such profile'; Parameter = @{ ProfileName = 'wrok' }; Id = 'ProfileNotFound'; Advice = 'aws configure --profile wrok' }
        @{ What = 'never signed in'; Parameter = @{ ProfileName = 'dev' }; Id = 'SsoSessionExpired'; Advice = 'Connect-SpotSso -ProfileName dev' }
        @{ What = 'nobody answers'; Parameter = @{ ProfileName = 'work' }; Id = 'EndpointUnreachable'; Advice = 'proxy' }
    ) {
        $failure = Get-Failure { Get-SpotIdentity @Parameter -EndpointUrl http://127.0.0.1:9/ }
        $failure.FullyQualifiedErrorId | Should -Be "$Id,SpotCluster.Commands.GetSpotIdentityCommand"
        $failure.ErrorDetails.RecommendedAction | Should -Match ([regex]::Escape($Advice))
        $failure.CategoryInfo.Category | Should -Not -Be NotSpecified
    }

    It 'names the file of a session that is over, and when it ended' {
        $cache = New-Item -ItemType Directory -Force .aws/sso/cache
        Set-Content "$cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json" '{"startUrl":"https://corp.example.com/start","region":"eu-west-1","accessToken":"HIDDEN","expiresAt":"2020-01-01T00:00:00Z"}'
        $failure = Get-Failure { Get-SpotIdentity -ProfileName dev }
        $failure.FullyQualifiedErrorId | Should -Match '^SsoSessionExpired,'
        $failure.Exception.Message | Should -Match 'expired at 2020-01-01 00:00:00Z .*ee0bfd2552fbd840c02cc48b6e823320543c450f\.json'
        "$($failure | Format-List * -Force | Out-String)" | Should -Not -Match HIDDEN
    }

    It 'is told with the right advice when AWS says no: <Id>' -ForEach @(
        @{ Id = 'CredentialInvalid'; Break = { param($cloud) $cloud.RefuseAccessKey('AKIAWORK') }; Says = 'InvalidClientTokenId' }
        @{ Id = 'SignatureInvalid'; Break = { param($cloud) $cloud.AddAccessKey('AKIAWORK', 'another') }; Says = 'SignatureDoesNotMatch' }
        @{ Id = 'ClockSkewed'; Break = { param($cloud) $cloud.ClockAhead = [timespan]'00:20:00' }; Says = '20 min behind' }
        @{ Id = 'CredentialExpired'; Break = { param($cloud) $null = $cloud.ExpireCredentials(1, 'ExpiredToken') }; Says = 'ExpiredToken' }
    ) {
        $null = Start-SpotSimulator
        & $Break (Get-SimulatedCloud)
        $failure = Get-Failure { Get-SpotIdentity -ProfileName work }
        $failure.FullyQualifiedErrorId | Should -Match "^$Id,"
        $failure.Exception.Message | Should -Match $Says
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'names the action that is not allowed' {
        $null = Start-SpotSimulator
        (Get-SimulatedCloud).Deny('DescribeInstances', $true)
        $failure = Get-Failure { Get-SpotInstance -Region us-east-1 -ProfileName work } | Select-Object -First 1
        $failure.Exception.Message | Should -Match 'ec2:DescribeInstances'
        "$($failure | Format-List * -Force | Out-String)" | Should -Not -Match ENCODED
    }

    It 'is signed in by the device flow' {
        $null = Start-SpotSimulator
        $sso = (Get-SimulatedCloud).Sso
        $sso.ApproveAfterPolls = 2
        Connect-SpotSso -ProfileName dev -WhatIf | Should -BeNullOrEmpty
        (Get-SimulatedCloud).Calls.Count | Should -Be 0
        $session = Connect-SpotSso -ProfileName dev -InformationVariable said 6>$null
        $session | Should -BeOfType SpotCluster.Model.SpotSsoSession
        "$($session.Outcome)" | Should -Be SignedIn
        "$said" | Should -Match 'open https://\S+ and enter the code [A-Z]{4}-[A-Z]{4}'
        (Get-SpotIdentity -ProfileName dev).Arn | Should -Match 'AWSReservedSSO_AdministratorAccess'
        "$((Connect-SpotSso corp).Outcome)" | Should -Be SignedIn
        "$((Connect-SpotSso -ProfileName dev).Outcome)" | Should -Be StillSignedIn
        '.aws' | Should -Not -Exist
        (Get-Failure { Connect-SpotSso -ProfileName work }).FullyQualifiedErrorId | Should -Match '^SsoNotConfigured,'
    }

    It 'is denied, and nobody is signed in' {
        $null = Start-SpotSimulator
        $cloud = Get-SimulatedCloud
        $cloud.Faults.AddJson('{"rules":[{"operation":"CreateToken","code":"AccessDeniedException"}]}')
        (Get-Failure { Connect-SpotSso -ProfileName dev 6>$null }).FullyQualifiedErrorId | Should -Match '^SsoSignInDenied,'
        (Get-Failure { Get-SpotIdentity -ProfileName dev }).FullyQualifiedErrorId | Should -Match '^SsoSessionExpired,'
    }

    It 'finds a lost tag again and writes it down' {
        $null = Start-SpotSimulator
        $null = New-SpotConfiguration -FilterTagName team -FilterTagValue blue -Creator ops -ResourcePrefix ops- -VpcName ops-vpc
        $null = New-SpotCluster demo -Region us-east-1
        Remove-Item spotcluster.yaml
        @(Get-SpotResource) | Should -HaveCount 0
        $found = Get-SpotResource -Discover
        $found | Should -BeOfType SpotCluster.Model.SpotDiscovery
        "$($found.FilterTagName)=$($found.FilterTagValue) $($found.IsConfigured) $($found.IsCertain)" | Should -Be 'team=blue False True'
        $null = Get-SpotResource -Discover -Region us-* | New-SpotConfiguration
        (Get-SpotConfiguration creator, resourcePrefix, vpcName).Value | Should -Be ops, ops-, ops-vpc
        @(Get-SpotResource).Count | Should -BeGreaterThan 5
        (Get-SpotResource -Discover).IsConfigured | Should -BeTrue
    }

    It 'is found anew when a variable or a file has changed in the session' {
        $cloud = New-StubCloud
        try {
            Remove-Item Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY
            $env:AWS_ENDPOINT_URL = $cloud.Url
            $cloud.Answers['GetCallerIdentity'] = '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>U</UserId><Account>1</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>'
            $cloud.Answers['ListAccountAliases'] = '403|<ErrorResponse><Error><Code>AccessDenied</Code><Message>No</Message></Error></ErrorResponse>'
            $env:AWS_PROFILE = 'wrok'
            (Get-Failure { Get-SpotIdentity }).FullyQualifiedErrorId | Should -Match '^ProfileNotFound,'
            $env:AWS_PROFILE = 'work'
            (Get-SpotIdentity).Source | Should -Be "profile work ($(Join-Path $folder config))"
            Set-Content credentials "[work]`naws_access_key_id = AKIANEW`naws_secret_access_key = HIDDEN"
            (Get-SpotIdentity).Source | Should -Be "profile work ($(Join-Path $folder credentials))"
        }
        finally { $cloud.Dispose() }
    }

    It '<_> does not wait for answers where the input is open and silent, and ends the script with an error' -ForEach 'New-SpotConfiguration -Interactive', 'Connect-SpotVast' {
        $start = [System.Diagnostics.ProcessStartInfo]::new($powershell)
        foreach ($word in '-NoProfile', '-Command', "Import-Module '$module'; $_") { $start.ArgumentList.Add($word) }
        $start.WorkingDirectory = $folder
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        try {
            # Nothing is written to the input, and it is not closed. The limit is only there so that a failure ends.
            $error = $process.StandardError.ReadToEndAsync()
            $process.WaitForExit(120000) | Should -BeTrue
            $error.Result | Should -Match 'non-interactive session'
            $process.ExitCode | Should -Be 1
            'spotcluster.yaml' | Should -Not -Exist
        }
        finally { if (-not $process.HasExited) { $process.Kill() } }
    }
}
