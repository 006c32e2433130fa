# Common to the runbooks: the module, and the exit code.
#   0  succeeded, and verified if the result can be verified
#   1  failed: the provider, the network or the credentials
#   2  nothing was changed: a confirmation is missing, or the input is not valid
#   3  ran to its end, but something is missing, remains or could not be read

if (-not (Get-Module SpotCluster)) { Import-Module SpotCluster }

# Returns the exit code for an error that ended a runbook.
function Get-RunbookExitCode([System.Management.Automation.ErrorRecord] $Failure) {
    $id = ($Failure.FullyQualifiedErrorId -split ',')[0]
    $isInput = $Failure.CategoryInfo.Category -in 'InvalidArgument', 'InvalidData', 'ResourceExists', 'ObjectNotFound', 'OperationStopped' -or
        ($Failure.CategoryInfo.Category -eq 'LimitsExceeded' -and $id -notin 'RequestThrottled', 'InsufficientCredit', 'SpendRateLimited', 'BudgetExceeded')
    if ($isInput) { 2 } else { 1 }
}

# Runs the work and ends the script. Errors that the work adds to $failed do not stop it, but make it incomplete.
function Invoke-Runbook([scriptblock] $Work) {
    $failed = [System.Collections.ArrayList]::new()
    $code = try {
        . $Work | Out-Host
        if ($failed.Count -gt 0) { 3 } else { 0 }
    }
    catch {
        if ($failed.Exception -notcontains $_.Exception) { Write-Error -ErrorRecord $_ -ErrorAction Continue }
        Get-RunbookExitCode $_
    }
    exit $code
}
