Describe 'Export-SpotReport' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }
    BeforeEach {
        $null = Start-SpotSimulator
        $file = Join-Path $TestDrive "$([guid]::NewGuid().ToString('N')).html"
    }
    AfterEach { Stop-SpotSimulator }

    It 'writes one page about everything, and gives the file only when asked' {
        $null = New-SpotCluster one -Region us-east-1 -Count 2
        (Get-SimulatedCloud).Clock.Advance([timespan]::FromHours(6))
        Export-SpotReport $file | Should -BeNullOrEmpty
        $page = [xml] (Get-Content $file -Raw)
        $page.OuterXml | Should -Match '2 of 2'
        $page.OuterXml | Should -Match 'class="area s1"'
        foreach ($machine in Get-SpotInstance) { $page.OuterXml | Should -Match $machine.Id }
        $written = Export-SpotReport $file one -Since (Get-Date '2026-01-01T03:00:00Z') -Force -PassThru
        $written | Should -BeOfType SpotCluster.Model.SpotReport
        $written.Path | Should -Be $file
        $written.InstanceCount | Should -Be 2
        ($written | Get-Item).Length | Should -Be $written.Bytes
    }

    It 'overwrites nothing without -Force, and writes nothing with -WhatIf' {
        Set-Content $file 'mine'
        (Get-Failure { Export-SpotReport $file }).FullyQualifiedErrorId | Should -Be 'ReportExists,SpotCluster.Commands.ExportSpotReportCommand'
        Export-SpotReport $file -Force -WhatIf
        Get-Content $file | Should -Be 'mine'
    }

    It 'takes the proof of a removal from the pipeline and makes no call for it' {
        $null = New-SpotCluster one -Region us-east-1
        $result = @(Remove-SpotCluster one -Force -ProofVariable proof; $proof)
        (Get-SimulatedCloud).Calls.Clear()
        $result | Export-SpotReport $file
        (Get-SimulatedCloud).Calls.Count | Should -Be 0
        Get-Content $file -Raw | Should -Match 'Verified empty: [^<]*one'
    }

    It 'knows from its proof that a cluster it was given is gone' {
        $null = 'one', 'two' | New-SpotCluster -Region us-east-1
        $clusters = Get-SpotCluster
        @($clusters; Remove-SpotCluster one -Force -Summary) | Export-SpotReport $file -ErrorVariable failed
        $failed | Should -BeNullOrEmpty
        Get-Content $file -Raw | Should -Match 'Verified empty: [^<]*one'
        Get-Content $file -Raw | Should -Match '>two<'
    }

    It 'takes clusters and machines, and nothing from an empty pipeline' {
        $null = New-SpotCluster one -Region us-east-1 -Count 2
        $null = New-SpotCluster two -Region us-east-1
        Get-SpotCluster two | Export-SpotReport $file
        Get-Content $file -Raw | Should -Not -Match '>one<'
        $machine = Get-SpotInstance -ClusterName one | Select-Object -First 1
        $machine | Export-SpotReport $file -Force
        ([xml] (Get-Content $file -Raw)).GetElementsByTagName('tbody').Item(0).ChildNodes.Count | Should -Be 1
        Remove-Item $file
        Get-SpotCluster none* | Export-SpotReport $file
        $file | Should -Not -Exist
    }

    It 'says what it cannot show and which cluster is not there' {
        (Get-Failure { Get-Item $TestDrive | Export-SpotReport $file }).CategoryInfo.Category | Should -Contain InvalidArgument
        (Get-Failure { Export-SpotReport $file nobody }).FullyQualifiedErrorId | Should -Be 'ClusterNotFound,SpotCluster.Commands.ExportSpotReportCommand'
        $file | Should -Not -Exist
    }
}
