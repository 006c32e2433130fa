@{
    RootModule             = 'bin/SpotCluster.dll'
    # The build writes VersionPrefix of Directory.Build.props here.
    ModuleVersion          = '0.0.0'
    GUID                   = '5b7a2c1e-8f43-4d0e-9a56-3c1f7e2b9d84'
    Author                 = 'SpotCluster contributors'
    CompanyName            = 'SpotCluster'
    Copyright              = 'MIT licence'
    Description            = 'Launches spot clusters on AWS and GPU instances at Vast.ai, shows what runs and what it costs, removes everything, and verifies that nothing remains.'
    PowerShellVersion      = '7.4'
    CompatiblePSEditions   = @('Core')
    # The types file names an adapter and the types that it is for.
    RequiredAssemblies     = @('bin/SpotCluster.Model.dll', 'bin/SpotCluster.dll')
    TypesToProcess         = @('SpotCluster.Types.ps1xml')
    FormatsToProcess       = @('SpotCluster.Format.ps1xml')
    CmdletsToExport        = @(
        'Connect-SpotSso'
        'Connect-SpotVast'
        'Copy-SpotItem'
        'Enter-SpotInstance'
        'Export-SpotReport'
        'Find-SpotOffer'
        'Get-SpotAgent'
        'Get-SpotAgentPolicy'
        'Get-SpotCluster'
        'Get-SpotConfiguration'
        'Get-SpotConsoleOutput'
        'Get-SpotEvent'
        'Get-SpotIdentity'
        'Get-SpotInstance'
        'Get-SpotLog'
        'Get-SpotPolicy'
        'Get-SpotPrice'
        'Get-SpotQuota'
        'Get-SpotResource'
        'Get-SpotTermination'
        'Get-SpotUserData'
        'Invoke-SpotCleanup'
        'Invoke-SpotCommand'
        'Invoke-SpotJob'
        'Invoke-SpotNuke'
        'Measure-SpotCost'
        'New-SpotCluster'
        'New-SpotConfiguration'
        'New-SpotInstance'
        'Register-SpotAgent'
        'Remove-SpotCluster'
        'Remove-SpotInstance'
        'Reset-SpotAgentToken'
        'Resize-SpotCluster'
        'Restart-SpotInstance'
        'Resume-SpotTermination'
        'Set-SpotAgent'
        'Set-SpotCluster'
        'Set-SpotInstance'
        'Start-SpotCleanupAgent'
        'Start-SpotInstance'
        'Start-SpotSimulator'
        'Stop-SpotInstance'
        'Stop-SpotSimulator'
        'Test-SpotConfiguration'
        'Unregister-SpotAgent'
        'Wait-SpotCluster'
        'Wait-SpotInstance'
        'Watch-SpotCluster'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('AWS', 'EC2', 'Spot', 'Vast.ai', 'GPU', 'Cluster', 'Cost', 'Bacalhau', 'PSEdition_Core')
            ProjectUri   = 'https://www.powershellgallery.com/packages/SpotCluster'
            LicenseUri   = 'https://spdx.org/licenses/MIT.html'
            ReleaseNotes = 'See CHANGELOG.md of the project.'
        }
    }
}
