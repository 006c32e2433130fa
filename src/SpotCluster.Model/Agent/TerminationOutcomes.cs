namespace SpotCluster.Model.Agent;

/// <summary>What an agent saw when it terminated a machine.</summary>
public static class TerminationOutcomes
{
    /// <summary>EC2 took the request; the end was not seen yet. The claim is kept and another report follows.</summary>
    public const string Terminating = "terminating";

    /// <summary>EC2 says that it is gone.</summary>
    public const string Terminated = "terminated";

    /// <summary>EC2 does not know the id. Counts as gone only after repeated sightings from the owner's account and region.</summary>
    public const string NotFound = "not_found";

    /// <summary>EC2 refused, or it could not be reached.</summary>
    public const string Failed = "failed";

    /// <summary>The agent gives the claim back: nothing was tried.</summary>
    public const string Released = "released";

    /// <summary>A guard of the agent refused: no call to EC2 was made.</summary>
    public const string Refused = "refused";
}
