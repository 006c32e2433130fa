Describe 'Stopping' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        $xmlns = 'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"'
        $oneInstance = "<DescribeInstancesResponse $xmlns><requestId>r</requestId><reservationSet><item><reservationId>r-1</reservationId>" +
        '<instancesSet><item><instanceId>i-0123456789abcdef0</instanceId><instanceType>t3.micro</instanceType>' +
        '<instanceState><code>16</code><name>running</name></instanceState><placement><availabilityZone>us-east-1a</availabilityZone></placement>' +
        '<tagSet><item><key>bacalhau-cluster</key><value>bacalhau-aws-spot</value></item></tagSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>'
        $noPrices = "<DescribeSpotPriceHistoryResponse $xmlns><requestId>r</requestId><spotPriceHistorySet/></DescribeSpotPriceHistoryResponse>"

        # Stops a script from outside as Ctrl+C does, once its requests are under way.
        function Stop-WhileWaiting([string] $Script, [StubCloud] $Stub, [int] $Requests = 1) {
            $shell = New-Session
            $null = $shell.AddScript($Script)
            $running = $shell.BeginInvoke()
            $Stub.WaitForRequests($Requests, 30000) | Should -BeTrue -Because 'the work must be under way'
            $stopping = $shell.BeginStop($null, $null)
            $stopping.AsyncWaitHandle.WaitOne(30000) | Should -BeTrue -Because 'it must end'
            $shell.EndStop($stopping)
            [pscustomobject]@{ State = $shell.InvocationStateInfo.State; Errors = @($shell.Streams.Error); Running = $running.IsCompleted }
            $shell.Dispose()
        }
    }
    BeforeEach { $stub = New-StubCloud }
    AfterEach { $stub.Dispose(); Remove-Item Env:AWS_* -ErrorAction Ignore }

    It 'ends <script> at once, without an error' -ForEach @(
        @{ script = 'Get-SpotInstance -Region us-east-1, us-west-2' }
        @{ script = 'Get-SpotCluster -Region us-east-1' }
        @{ script = 'New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4' }
        @{ script = 'Remove-SpotInstance i-0123456789abcdef0 -Region us-east-1 -Force' }
        @{ script = 'Remove-SpotCluster demo -Region us-east-1 -Force' }
        @{ script = 'Wait-SpotInstance i-0123456789abcdef0 -Region us-east-1' }
        @{ script = 'Get-SpotIdentity' }
    ) {
        $result = Stop-WhileWaiting "$script -EndpointUrl $($stub.Url)" $stub
        $result.State | Should -Be Stopped
        $result.Errors | Should -BeNullOrEmpty
        $result.Running | Should -BeTrue
        # The stub answers nothing: what ended by a time-out instead of the stop would have asked again.
        # (Tags are asked for twice at the same time: those of the filter, and those of other filters.)
        $stub.Requests | Group-Object | Where-Object { $_.Count -gt ($_.Name -like 'DescribeTags*' ? 2 : 1) } | Should -BeNullOrEmpty
    }

    It 'leaves the calls of other regions when the first object was enough' {
        $stub.Answers['DescribeInstances us-east-1'] = $oneInstance
        $stub.Answers['DescribeSpotPriceHistory'] = $noPrices
        $found = @(Get-SpotInstance -Region us-east-1, us-west-2 -EndpointUrl $stub.Url | Select-Object -First 1)
        $found.Id | Should -Be i-0123456789abcdef0
        $stub.Requests | Should -Contain 'DescribeInstances us-west-2'
    }

    It 'ends when a later command of the pipeline fails' {
        $stub.Answers['DescribeInstances us-east-1'] = $oneInstance
        $stub.Answers['DescribeSpotPriceHistory'] = $noPrices
        { Get-SpotInstance -Region us-east-1, us-west-2 -EndpointUrl $stub.Url | ForEach-Object { throw 'enough' } } | Should -Throw 'enough'
    }

    It 'ends when an error is made terminating' {
        $stub.Answers['DescribeInstances us-east-1'] = "403|<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>"
        { Get-SpotInstance -Region us-east-1, us-west-2 -EndpointUrl $stub.Url -ErrorAction Stop } | Should -Throw -ErrorId 'RegionNotListed,*'
    }

    It 'of a launch leaves only what carries the tags of its cluster' {
        $shell = New-Session
        $null = $shell.AddScript(". '$PSScriptRoot/Common.ps1'; Start-SlowSimulator 150; Get-SimulatedCloud").Invoke() | Set-Variable cloud
        $shell.Commands.Clear()
        $null = $shell.AddScript('New-SpotCluster demo -Region us-east-1, us-west-2 -Count 4')
        $null = $shell.BeginInvoke()
        $cloud = $cloud[-1]
        [Threading.SpinWait]::SpinUntil([Func[bool]] { @($cloud.Calls.Of('CreateSubnet')).Count -gt 0 }, 30000) | Should -BeTrue
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be Stopped
        $live = $cloud.AllLive()
        $live | Should -Not -BeNullOrEmpty
        $live | Where-Object { $_.Tags['spotcluster:cluster'] -ne 'demo' } | Should -BeNullOrEmpty
        $shell.Dispose()
    }
}
