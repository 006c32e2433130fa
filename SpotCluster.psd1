@{
    RootModule             = 'bin/SpotCluster.dll'
    # The build writes VersionPrefix of Directory.Build.props here.
    ModuleVersion          = '0.0.0'
    GUID                   = '5b7a2c1e-8f43-4d0e-9a56-3c1f7e2b9d84'
    Author                 = 'SpotCluster contributors'
    CompanyName            = 'SpotCluster'
    Copyright              = 'MIT licence'
    Description            = 'Launches spot clusters on AWS, shows what runs and what it costs, and removes everything provably.'
    PowerShellVersion      = '7.4'
    CompatiblePSEditions   = @('Core')
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
        'Resize-SpotCluster'
        'Restart-SpotInstance'
        'Resume-SpotTermination'
        'Set-SpotAgent'
        'Set-SpotInstance'
        'Start-SpotCleanupAgent'
        'Start-SpotInstance'
        'Start-SpotSimulator'
        'Stop-SpotInstance'
        'Stop-SpotSimulator'
        'Test-SpotConfiguration'
        'Wait-SpotInstance'
        'Watch-SpotCluster'
    )
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    PrivateData            = @{
        PSData = @{
            Tags = @('AWS', 'EC2', 'Spot', 'Cluster', 'Cost', 'Bacalhau', 'PSEdition_Core')
        }
    }
}
