Describe 'The package of the module' {
    BeforeAll {
        . "$PSScriptRoot/Common.ps1"
        $packages = New-Item -ItemType Directory (Join-Path $TestDrive 'packages')
        $built = & dotnet build "$root/build/Packages" -t:PackModule -nologo -v quiet "-p:PackagesFolder=$packages" -p:BuildModule=false 2>&1 | Out-String
        $version = (Test-ModuleManifest (Join-Path $module 'SpotCluster.psd1')).Version
    }

    It 'is made from the staged module' {
        Join-Path $packages "SpotCluster.$version.nupkg" | Should -Exist -Because $built
    }

    It 'is equal byte for byte when it is made again' {
        $first = Get-FileHash (Join-Path $packages "SpotCluster.$version.nupkg")
        Remove-Item (Join-Path $packages '*')
        $null = & dotnet build "$root/build/Packages" -t:PackModule -nologo -v quiet "-p:PackagesFolder=$packages" -p:BuildModule=false 2>&1
        (Get-FileHash (Join-Path $packages "SpotCluster.$version.nupkg")).Hash | Should -Be $first.Hash
    }

    It 'is found, saved and imported from a folder by PSResourceGet' {
        if (-not (Get-Command Save-PSResource -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'PSResourceGet is not installed'
            return
        }

        $name = "spotcluster-$([guid]::NewGuid().ToString('N'))"
        Register-PSResourceRepository -Name $name -Uri "$packages" -Trusted
        try {
            (Find-PSResource SpotCluster -Repository $name).Type | Should -Be 'Module'
            $saved = New-Item -ItemType Directory (Join-Path $TestDrive 'saved')
            Save-PSResource SpotCluster -Repository $name -Path $saved
        }
        finally {
            Unregister-PSResourceRepository $name
        }

        $installed = Join-Path $saved "SpotCluster/$version"
        # Every file of the staged module is there, in its place.
        $relative = { param($folder) Get-ChildItem $folder -Recurse -File -Name | ForEach-Object { $_.Replace('\', '/') } }
        (& $relative $module) | Where-Object { $_ -notin (& $relative $installed) } | Should -BeNullOrEmpty
        Invoke-Fresh @"
Import-Module '$installed/SpotCluster.psd1'
`$null = Start-SpotSimulator
`$null = New-SpotCluster demo -Region us-east-1 -Count 1
@(Get-SpotInstance).Count
(Get-Help New-SpotCluster).Synopsis.Length -gt 20
"@ | Should -Be "1`nTrue"
    }

    It 'works beside another version of the AWS SDK that is loaded <When>' -ForEach @(
        @{ When = 'before it'; Order = 'Add-Other; Import-Ours' }
        @{ When = 'after it'; Order = 'Import-Ours; Add-Other' }
    ) {
        # As another module would bring it along: in the default context of the process.
        $other = Join-Path $TestDrive 'other'
        if (-not (Test-Path "$other/out")) {
            $null = New-Item -ItemType Directory $other
            Set-Content "$other/other.csproj" @"
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net8.0</TargetFramework><CopyLocalLockFileAssemblies>true</CopyLocalLockFileAssemblies></PropertyGroup>
  <ItemGroup><PackageReference Include="AWSSDK.EC2" Version="[4.0.129.1]" /></ItemGroup>
</Project>
"@
            $log = & dotnet build "$other/other.csproj" -nologo -v quiet -o "$other/out" 2>&1 | Out-String
        }

        if (-not (Test-Path "$other/out/AWSSDK.EC2.dll")) {
            Set-ItResult -Skipped -Because "the other version cannot be restored: $log"
            return
        }

        Invoke-Fresh @"
function Add-Other { Add-Type -Path '$other/out/AWSSDK.Core.dll', '$other/out/AWSSDK.EC2.dll'; `$null = [Amazon.EC2.AmazonEC2Client] }
function Import-Ours {
    Import-Module `$module/SpotCluster.psd1
    `$null = Start-SpotSimulator
    `$null = New-SpotCluster demo -Region us-east-1 -Count 1
}
$Order
@(Get-SpotInstance).Count
`$null = Remove-SpotCluster demo -Force 6>`$null
[AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.GetName().Name -eq 'AWSSDK.EC2' } |
    ForEach-Object { '{0} {1}' -f [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name, [Diagnostics.FileVersionInfo]::GetVersionInfo(`$_.Location).FileVersion } |
    Sort-Object
[Amazon.EC2.AmazonEC2Client].Assembly.Location
"@ | Should -Be "1`nDefault 4.0.129.1`nSpotCluster 4.0.132.2`n$other/out/AWSSDK.EC2.dll"
    }
}
