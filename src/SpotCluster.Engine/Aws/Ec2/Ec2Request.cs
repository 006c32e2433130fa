using Amazon.Runtime;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>A call of EC2. Members have AWS's names; null and empty lists are not sent.</summary>
internal abstract class Ec2Request : AmazonWebServiceRequest
{
    /// <summary>Asks only whether the call would be allowed; EC2 then answers with the code <c>DryRunOperation</c>.</summary>
    public bool? DryRun { get; set; }

    /// <summary>AWS's name of the operation.</summary>
    internal abstract string Operation { get; }

    /// <summary>
    /// True when a repeat of a call that was done already would make a second thing, or be refused as a duplicate: the
    /// operation takes no token. Such a call is repeated only when EC2 said that it was not done.
    /// </summary>
    internal virtual bool RepeatMayDuplicate => false;

    /// <summary>False for Describe, Get and dry runs.</summary>
    internal bool Changes =>
        DryRun != true
        && !Operation.StartsWith("Describe", StringComparison.Ordinal)
        && !Operation.StartsWith("Get", StringComparison.Ordinal);

    /// <summary>Writes the members, without action and version.</summary>
    internal abstract void Write(QueryWriter w);

    /// <summary>Writes the whole call.</summary>
    internal void Marshal(QueryWriter w)
    {
        w.Add("Action", Operation);
        w.Add("Version", ApiVersion);
        w.Add("DryRun", DryRun);
        Write(w);
    }

    internal Ec2Request Copy() => (Ec2Request)MemberwiseClone();

    internal const string ApiVersion = "2016-11-15";
}

/// <summary>The answer to a call.</summary>
internal abstract class Ec2Response
{
    /// <summary>EC2's id of the request; null when it gave none.</summary>
    public string? RequestId { get; set; }
}

/// <summary>A create that takes a token: the same token and members give the same result, however often it is sent.</summary>
internal interface ITokenRequest
{
    /// <summary>At most 64 ASCII characters; null to have one made.</summary>
    string? ClientToken { get; set; }
}

/// <summary>A describe with pages.</summary>
internal interface IPagedRequest
{
    /// <summary>The page to read; null for the first.</summary>
    string? NextToken { get; set; }

    /// <summary>Most items per page; null for as many as EC2 gives.</summary>
    int? MaxResults { get; set; }

    /// <summary>True when items are named by id: EC2 refuses a page size then.</summary>
    bool NamesItems { get; }

    /// <summary>The largest page size that the operation takes.</summary>
    int PageSize { get; }
}

/// <summary>One page.</summary>
internal interface IPagedResponse
{
    /// <summary>The next page; null or empty after the last.</summary>
    string? NextToken { get; }
}
