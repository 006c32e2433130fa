namespace SpotCluster.Model;

/// <summary>Every error id of the product, one per cause. An id is never renamed or used for something else.</summary>
public static class SpotErrorIds
{
    /// <summary>The cluster name is empty or has characters that a tag or label cannot carry.</summary>
    public const string ClusterNameInvalid = nameof(ClusterNameInvalid);

    /// <summary>A cluster of that name exists.</summary>
    public const string ClusterNameInUse = nameof(ClusterNameInUse);

    /// <summary>No cluster of that name.</summary>
    public const string ClusterNotFound = nameof(ClusterNotFound);

    /// <summary>Fewer machines than wanted were got.</summary>
    public const string ClusterPartial = nameof(ClusterPartial);

    /// <summary>No machine could be launched.</summary>
    public const string ClusterNotLaunched = nameof(ClusterNotLaunched);

    /// <summary>The count is below 1.</summary>
    public const string CountInvalid = nameof(CountInvalid);

    /// <summary>The count needs more vCPUs than the account's quota.</summary>
    public const string QuotaExceeded = nameof(QuotaExceeded);

    /// <summary>No such region.</summary>
    public const string RegionUnknown = nameof(RegionUnknown);

    /// <summary>The region exists and is not enabled for this account.</summary>
    public const string RegionNotEnabled = nameof(RegionNotEnabled);

    /// <summary>No region was named, and none is configured.</summary>
    public const string RegionMissing = nameof(RegionMissing);

    /// <summary>The region is outside of those that the settings state as the regions of the account.</summary>
    public const string RegionNotStated = nameof(RegionNotStated);

    /// <summary>A region could not be listed, so nothing is claimed about it.</summary>
    public const string RegionNotListed = nameof(RegionNotListed);

    /// <summary>No such instance type.</summary>
    public const string InstanceTypeUnknown = nameof(InstanceTypeUnknown);

    /// <summary>The instance type is not offered in the region.</summary>
    public const string InstanceTypeNotOffered = nameof(InstanceTypeNotOffered);

    /// <summary>The architecture of the instance type and of the image or request differ.</summary>
    public const string ArchitectureMismatch = nameof(ArchitectureMismatch);

    /// <summary>The image was not found or cannot be used.</summary>
    public const string ImageInvalid = nameof(ImageInvalid);

    /// <summary>A price is below zero or not a number.</summary>
    public const string PriceInvalid = nameof(PriceInvalid);

    /// <summary>The plan costs more per hour than allowed.</summary>
    public const string HourlyCostExceeded = nameof(HourlyCostExceeded);

    /// <summary>What was spent is above the budget.</summary>
    public const string BudgetExceeded = nameof(BudgetExceeded);

    /// <summary>Something about the cost is unknown, so that it cannot be held against the budget.</summary>
    public const string BudgetNotProven = nameof(BudgetNotProven);

    /// <summary>The highest price is below the market's.</summary>
    public const string SpotMaxPriceTooLow = nameof(SpotMaxPriceTooLow);

    /// <summary>The duration is not valid.</summary>
    public const string ExpiryInvalid = nameof(ExpiryInvalid);

    /// <summary>The key file cannot be read or is no key.</summary>
    public const string KeyFileInvalid = nameof(KeyFileInvalid);

    /// <summary>The user data is larger than EC2 takes.</summary>
    public const string UserDataTooLarge = nameof(UserDataTooLarge);

    /// <summary>No spot capacity in any planned pool.</summary>
    public const string CapacityNotAvailable = nameof(CapacityNotAvailable);

    /// <summary>No machine of that id.</summary>
    public const string InstanceNotFound = nameof(InstanceNotFound);

    /// <summary>The id has not the form of a machine's id.</summary>
    public const string InstanceIdInvalid = nameof(InstanceIdInvalid);

    /// <summary>The machine is of a kind that its cloud cannot stop.</summary>
    public const string InstanceNotStoppable = nameof(InstanceNotStoppable);

    /// <summary>The machine has nothing of the kind that was to be changed.</summary>
    public const string InstanceNotChangeable = nameof(InstanceNotChangeable);

    /// <summary>The machine could not be removed.</summary>
    public const string InstanceNotRemoved = nameof(InstanceNotRemoved);

    /// <summary>The machine is protected against termination.</summary>
    public const string InstanceProtected = nameof(InstanceProtected);

    /// <summary>The machine does not carry our tag, so it is not ours to remove.</summary>
    public const string InstanceForeign = nameof(InstanceForeign);

    /// <summary>No resource has what a filter of a removal names.</summary>
    public const string ResourceNotFound = nameof(ResourceNotFound);

    /// <summary>A resource could not be removed.</summary>
    public const string ResourceNotRemoved = nameof(ResourceNotRemoved);

    /// <summary>A resource could not be removed because something that is not ours holds it.</summary>
    public const string ResourceBlocked = nameof(ResourceBlocked);

    /// <summary>The plan would delete more resources than allowed.</summary>
    public const string MaxDeleteExceeded = nameof(MaxDeleteExceeded);

    /// <summary>The account does not hold exactly what the approved plan named.</summary>
    public const string PlanChanged = nameof(PlanChanged);

    /// <summary>Something is left, or could not be proven gone.</summary>
    public const string RemovalNotProven = nameof(RemovalNotProven);

    /// <summary>The wait ended before the condition was met.</summary>
    public const string WaitTimedOut = nameof(WaitTimedOut);

    /// <summary>No credentials were found.</summary>
    public const string CredentialNotFound = nameof(CredentialNotFound);

    /// <summary>No such profile.</summary>
    public const string ProfileNotFound = nameof(ProfileNotFound);

    /// <summary>The role of the profile needs a code of a device, and none was given, or it was refused.</summary>
    public const string MfaCodeRequired = nameof(MfaCodeRequired);

    /// <summary>The credentials have expired.</summary>
    public const string CredentialExpired = nameof(CredentialExpired);

    /// <summary>The SSO session has expired or was never signed in.</summary>
    public const string SsoSessionExpired = nameof(SsoSessionExpired);

    /// <summary>The profile does not sign in by SSO.</summary>
    public const string SsoNotConfigured = nameof(SsoNotConfigured);

    /// <summary>The person at the browser denied the sign-in.</summary>
    public const string SsoSignInDenied = nameof(SsoSignInDenied);

    /// <summary>Nobody signed in before the code ended.</summary>
    public const string SsoSignInExpired = nameof(SsoSignInExpired);

    /// <summary>The access key is not known.</summary>
    public const string CredentialInvalid = nameof(CredentialInvalid);

    /// <summary>The secret key does not match the access key.</summary>
    public const string SignatureInvalid = nameof(SignatureInvalid);

    /// <summary>The clock of this machine is wrong.</summary>
    public const string ClockSkewed = nameof(ClockSkewed);

    /// <summary>A permission is missing.</summary>
    public const string PermissionMissing = nameof(PermissionMissing);

    /// <summary>AWS has not verified the account yet, or has blocked it.</summary>
    public const string AccountNotReady = nameof(AccountNotReady);

    /// <summary>The role that EC2 spot works with does not exist, and may not be made by us.</summary>
    public const string ServiceLinkedRoleMissing = nameof(ServiceLinkedRoleMissing);

    /// <summary>The account is not one of the allowed ones.</summary>
    public const string AccountNotAllowed = nameof(AccountNotAllowed);

    /// <summary>The credentials have become those of another account than the one that was consented to.</summary>
    public const string AccountChanged = nameof(AccountChanged);

    /// <summary>The endpoint cannot be reached.</summary>
    public const string EndpointUnreachable = nameof(EndpointUnreachable);

    /// <summary>The service asks us to slow down, and went on asking until the deadline.</summary>
    public const string RequestThrottled = nameof(RequestThrottled);

    /// <summary>The service failed.</summary>
    public const string ServiceFailed = nameof(ServiceFailed);

    /// <summary>The service refused the request; its code says why.</summary>
    public const string RequestRefused = nameof(RequestRefused);

    /// <summary>The user or the host declined a change that needs consent.</summary>
    public const string ConsentMissing = nameof(ConsentMissing);

    /// <summary>A local file cannot be read or written.</summary>
    public const string LocalFileFailed = nameof(LocalFileFailed);

    /// <summary>The configuration says something that is not understood or not allowed.</summary>
    public const string ConfigurationInvalid = nameof(ConfigurationInvalid);

    /// <summary>The configuration file that was named is not there.</summary>
    public const string ConfigurationNotFound = nameof(ConfigurationNotFound);

    /// <summary>An address that machines are to reach lies in the network that they are in themselves.</summary>
    public const string NetworkOverlap = nameof(NetworkOverlap);

    /// <summary>There is a configuration file already, and it is not to be overwritten.</summary>
    public const string ConfigurationExists = nameof(ConfigurationExists);

    /// <summary>There is a file already where the report is to go, and it is not to be overwritten.</summary>
    public const string ReportExists = nameof(ReportExists);

    /// <summary>No setting of that name.</summary>
    public const string SettingNotFound = nameof(SettingNotFound);

    /// <summary>A file that is to hold a secret is missing, open to others, or holds something else.</summary>
    public const string SecretFileInvalid = nameof(SecretFileInvalid);

    /// <summary>The orchestrator does not know the key of its API, or none was given.</summary>
    public const string OrchestratorKeyInvalid = nameof(OrchestratorKeyInvalid);

    /// <summary>The key of the orchestrator's API lacks a right.</summary>
    public const string OrchestratorPermissionMissing = nameof(OrchestratorPermissionMissing);

    /// <summary>The orchestrator cannot be reached, or its certificate is not trusted.</summary>
    public const string OrchestratorUnreachable = nameof(OrchestratorUnreachable);

    /// <summary>The orchestrator failed, or gave an answer that is none.</summary>
    public const string OrchestratorFailed = nameof(OrchestratorFailed);

    /// <summary>No orchestrator is configured whose API could be asked.</summary>
    public const string OrchestratorNotConfigured = nameof(OrchestratorNotConfigured);

    /// <summary>A node whose machine is gone could not be deleted from the orchestrator.</summary>
    public const string GhostNotRemoved = nameof(GhostNotRemoved);

    /// <summary>A machine cannot be logged in to: no address, no way through, or another host key than before.</summary>
    public const string SshFailed = nameof(SshFailed);

    /// <summary>A command on a machine ended with another exit code than 0, or was ended because its time was up.</summary>
    public const string CommandFailed = nameof(CommandFailed);

    /// <summary>The program ssh is not installed.</summary>
    public const string SshNotFound = nameof(SshNotFound);

    /// <summary>A setting or combination of parameters is wrong.</summary>
    public const string ParameterInvalid = nameof(ParameterInvalid);

    /// <summary>A simulator is running in this session already.</summary>
    public const string SimulatorRunning = nameof(SimulatorRunning);

    /// <summary>No simulator is running in this session.</summary>
    public const string SimulatorNotRunning = nameof(SimulatorNotRunning);

    /// <summary>A defect of SpotCluster: something failed that no other id describes.</summary>
    public const string UnexpectedFailure = nameof(UnexpectedFailure);

    /// <summary>No Vast.ai API key was found.</summary>
    public const string VastKeyMissing = nameof(VastKeyMissing);

    /// <summary>Vast.ai does not know the API key.</summary>
    public const string VastKeyInvalid = nameof(VastKeyInvalid);

    /// <summary>The Vast.ai two-factor session of the key has expired.</summary>
    public const string VastSessionExpired = nameof(VastSessionExpired);

    /// <summary>The account has no credit left for this.</summary>
    public const string InsufficientCredit = nameof(InsufficientCredit);

    /// <summary>The account's credit would not last for the time that was asked for; nothing was rented.</summary>
    public const string CreditTooLow = nameof(CreditTooLow);

    /// <summary>A new account may not spend that much yet; a cheaper offer or a later try may work.</summary>
    public const string SpendRateLimited = nameof(SpendRateLimited);

    /// <summary>The offer was taken by somebody else, or is not offered any more.</summary>
    public const string OfferTaken = nameof(OfferTaken);

    /// <summary>No offer fits.</summary>
    public const string OfferNotFound = nameof(OfferNotFound);

    /// <summary>The answer to a rent was lost, and no machine with its label has appeared.</summary>
    public const string RentUncertain = nameof(RentUncertain);

    /// <summary>The machine is not ours, and foreign ones were not asked for.</summary>
    public const string InstanceNotOurs = nameof(InstanceNotOurs);

    /// <summary>The start is queued until the machine's GPU is free again; it will be billed from then on.</summary>
    public const string StartQueued = nameof(StartQueued);

    /// <summary>The machine will not reach the condition: it was outbid, it exited, or it failed to load.</summary>
    public const string InstanceStuck = nameof(InstanceStuck);

    /// <summary>The service's answer could not be understood.</summary>
    public const string ResponseInvalid = nameof(ResponseInvalid);

    /// <summary>No token for the backend was given.</summary>
    public const string BackendTokenMissing = nameof(BackendTokenMissing);

    /// <summary>The backend does not take the token.</summary>
    public const string BackendTokenInvalid = nameof(BackendTokenInvalid);

    /// <summary>The backend knows no such item.</summary>
    public const string BackendItemNotFound = nameof(BackendItemNotFound);

    /// <summary>No address of a backend was given.</summary>
    public const string BackendAddressMissing = nameof(BackendAddressMissing);

    /// <summary>The backend knows no such agent, or the token is not that agent's.</summary>
    public const string AgentNotFound = nameof(AgentNotFound);

    /// <summary>The agent has no id, and no machine to register for one.</summary>
    public const string AgentIdMissing = nameof(AgentIdMissing);

    /// <summary>A setting of the agent is not understood.</summary>
    public const string AgentSettingInvalid = nameof(AgentSettingInvalid);

    /// <summary>Another process works as this agent.</summary>
    public const string AgentBusy = nameof(AgentBusy);

    /// <summary>The agent was started for another region than the backend has it in.</summary>
    public const string AgentScopeMismatch = nameof(AgentScopeMismatch);

    /// <summary>A guard of the agent refused to terminate a machine; the code says which.</summary>
    public const string TerminationRefused = nameof(TerminationRefused);

    /// <summary>The cloud does not know the machine, which alone does not prove that it was terminated.</summary>
    public const string TerminationNotVerified = nameof(TerminationNotVerified);
}
