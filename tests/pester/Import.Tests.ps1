Describe 'Importing the module' {
    BeforeAll { . "$PSScriptRoot/Common.ps1" }

    It 'loads the cmdlets and the output types, and nothing else of ours' {
        $loaded = Invoke-Fresh @'
Import-Module Microsoft.PowerShell.Utility
$before = [AppDomain]::CurrentDomain.GetAssemblies()
Import-Module $module
$null = (Get-Command -Module SpotCluster).Parameters
$after = [AppDomain]::CurrentDomain.GetAssemblies()
($after | Where-Object { $_ -notin $before -and -not $_.IsDynamic } | ForEach-Object { $_.GetName().Name } | Sort-Object) -join ' '
'@
        ($loaded -split ' ') | Where-Object { $_ -notmatch '^(System|Microsoft)\.' } | Should -Be @('SpotCluster', 'SpotCluster.Model')
        $loaded | Should -Not -Match 'System\.Net\.Http'
    }

    It 'touches neither the network nor the disk of the user' {
        $home2 = New-Item -ItemType Directory (Join-Path $TestDrive 'home')
        Invoke-Fresh @"
`$env:HOME = '$home2'; `$env:XDG_CONFIG_HOME = '$home2'; `$env:XDG_DATA_HOME = '$home2'; `$env:XDG_STATE_HOME = '$home2'; `$env:XDG_CACHE_HOME = '$home2'
`$env:PSModuleAnalysisCachePath = [IO.Path]::GetTempFileName()
Import-Module `$module
"@ | Should -BeNullOrEmpty
        Get-ChildItem $home2 -Recurse -File | Where-Object FullName -Match 'spotcluster' | Should -BeNullOrEmpty
    }

    It 'keeps the engine and its packages in a context of their own' {
        Invoke-Fresh @'
Import-Module $module
$null = Start-SpotSimulator
$null = Get-SpotCluster
'SpotCluster', 'SpotCluster.Model', 'SpotCluster.Engine', 'SpotCluster.Simulator', 'AWSSDK.Core', 'AWSSDK.EC2' | ForEach-Object {
    $name = $_
    $found = @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq $name })
    "$name=$($found.ForEach({ [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name }) -join '+')"
}
'@ | Should -Be "SpotCluster=Default`nSpotCluster.Model=Default`nSpotCluster.Engine=SpotCluster`nSpotCluster.Simulator=SpotCluster`nAWSSDK.Core=SpotCluster`nAWSSDK.EC2=SpotCluster"
    }

    It 'takes what is compiled for <Where> of a package <Taken>' -ForEach @(
        @{ Where = 'this platform'; Identifier = [Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier; Taken = 'where it is compiled for this .NET' }
        @{ Where = 'another platform'; Identifier = 'none-x64'; Taken = 'never' }
    ) {
        $copy = Join-Path $TestDrive "copy-$Identifier"
        Copy-Item $module $copy -Recurse
        $compiled = New-Item -ItemType Directory (Join-Path $copy "bin/dependencies/$Identifier")
        Copy-Item (Join-Path $copy 'bin/dependencies/SpotCluster.Engine.dll') $compiled
        $location = Invoke-Fresh @"
Import-Module '$copy/SpotCluster.psd1'
`$null = Start-SpotSimulator
`$null = Get-SpotInstance
([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'SpotCluster.Engine' }).Location
"@
        $isTaken = $Identifier -ne 'none-x64' -and [Environment]::Version.Major -eq 10
        Split-Path (Split-Path $location) -Leaf | Should -Be ($isTaken ? $Identifier : 'dependencies')
    }

    It 'works in a session that already holds AWSSDK.Core 3.7' {
        $project = Join-Path $TestDrive 'sdk3.csproj'
        Set-Content $project @'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="AWSSDK.Core" Version="[3.7.402]" /></ItemGroup>
</Project>
'@
        $restored = & dotnet restore $project 2>&1 | Out-String
        $packages = (& dotnet nuget locals global-packages --list) -replace '^global-packages: ', ''
        $old = Join-Path $packages 'awssdk.core/3.7.402/lib/net8.0/AWSSDK.Core.dll'
        if (-not (Test-Path $old)) {
            Set-ItResult -Skipped -Because "AWSSDK.Core 3.7.402 cannot be restored from the package source: $($restored.Trim().Split("`n")[-1])"
            return
        }

        Invoke-Fresh @"
`$null = [Reflection.Assembly]::LoadFrom('$old')
`$null = [Amazon.RegionEndpoint]::USEast1
Import-Module `$module
`$null = Start-SpotSimulator
(New-SpotCluster demo -Region us-east-1 -Count 2).Running
(Remove-SpotCluster demo -Force -Summary).Proven
([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'AWSSDK.Core' } | ForEach-Object { `$_.GetName().Version.Major } | Sort-Object) -join ' '
[Amazon.RegionEndpoint].Assembly.GetName().Version.Major
"@ | Should -Be "2`nTrue`n3 4`n3"
    }

    Context 'in a session with another AWSSDK.EC2' {
        BeforeAll {
            $project = Join-Path $TestDrive 'ec2.csproj'
            Set-Content $project @'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="AWSSDK.EC2" Version="[4.0.129.1]" /><PackageDownload Include="AWSSDK.Core" Version="[4.0.102.14]" /></ItemGroup>
</Project>
'@
            $restored = & dotnet restore $project 2>&1 | Out-String
            $packages = (& dotnet nuget locals global-packages --list) -replace '^global-packages: ', ''
            $other = Join-Path $packages 'awssdk.ec2/4.0.129.1/lib/net8.0/AWSSDK.EC2.dll'
            $core = Join-Path $packages 'awssdk.core/4.0.102.14/lib/net8.0/AWSSDK.Core.dll'
            $missing = if (-not ((Test-Path $other) -and (Test-Path $core))) { "AWSSDK.EC2 4.0.129.1 cannot be restored from the package source: $($restored.Trim().Split("`n")[-1])" }
            $use = @"
`$null = [Reflection.Assembly]::LoadFrom('$core')
`$null = [Reflection.Assembly]::LoadFrom('$other')
`$request = [Amazon.EC2.Model.DescribeInstancesRequest]::new()
"@
            $work = @"
Import-Module `$module
`$null = Start-SpotSimulator
(New-SpotCluster demo -Region us-east-1 -Count 2).Running
(Remove-SpotCluster demo -Force -Summary).Proven
"@
            $look = @"
([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'AWSSDK.EC2' } | ForEach-Object { [Diagnostics.FileVersionInfo]::GetVersionInfo(`$_.Location).FileVersion } | Sort-Object -Unique).Count
`$null -eq `$request.InstanceIds
"@
        }

        It 'works when it <Order>, and leaves its settings alone' -ForEach @(
            @{ Order = 'was there before the module'; First = $true }
            @{ Order = 'comes after the module'; First = $false }
        ) {
            if ($missing) {
                Set-ItResult -Skipped -Because $missing
                return
            }

            Invoke-Fresh "$($First ? "$use`n$work" : "$work`n$use")`n$look" | Should -Be "2`nTrue`n2`nTrue"
        }
    }

    It 'leaves the Newtonsoft.Json of PowerShell alone' {
        Invoke-Fresh @'
$own = ([AppDomain]::CurrentDomain.GetAssemblies() + [Reflection.Assembly]::Load('Newtonsoft.Json') | Where-Object { $_.GetName().Name -eq 'Newtonsoft.Json' })[0].Location
Import-Module $module
$null = Start-SpotSimulator
$null = Get-SpotInstance
('{"a":1}' | ConvertFrom-Json).a
[Newtonsoft.Json.JsonConvert].Assembly.Location -eq $own
'@ | Should -Be "1`nTrue"
    }

    It 'can be removed and imported again, and forgets its session' {
        Invoke-Fresh @'
Import-Module $module
$null = Start-SpotSimulator
Remove-Module SpotCluster
Import-Module $module
(Start-SpotSimulator).Seed
Stop-SpotSimulator
'@ | Should -Be '1'
    }

    It 'goes on in one runspace when another one removes it' {
        Invoke-Fresh @'
Import-Module $module
$other = [powershell]::Create()
$null = $other.AddScript("Import-Module '$module'; Remove-Module SpotCluster").Invoke()
(Start-SpotSimulator).Seed
'@ | Should -Be '1'
    }

    It 'is found by name without being imported first' {
        Invoke-Fresh @'
$env:PSModulePath = (Split-Path $module) + [IO.Path]::PathSeparator + $env:PSModulePath
(Start-SpotSimulator).Seed
'@ | Should -Be '1'
    }

    It 'has help with examples' {
        Invoke-Fresh @'
Import-Module $module
(Get-Help New-SpotCluster -Examples | Out-String) -match 'Example 1: .*plan'
(Get-Help Remove-SpotCluster -Parameter Force).Description.Text -match 'WhatIf'
(Get-Help about_SpotCluster | Out-String) -match 'LONG DESCRIPTION'
'@ | Should -Be "True`nTrue`nTrue"
    }
}
