using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using SpotCluster.Engine.Bacalhau;
using SpotCluster.Engine.Clusters;

namespace SpotCluster.Common;

/// <summary>A cmdlet that says what the machines of a cluster are to become.</summary>
public abstract class SpotNodeCmdlet : SpotEngineCmdlet
{
    /// <summary>How long the machines may live.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Duration]
    public TimeSpan? ExpiresIn { get; set; }

    /// <summary>How long a machine may be idle until it ends itself.</summary>
    [Parameter]
    [Duration]
    public TimeSpan? MaxIdle { get; set; }

    /// <summary>Paths of OpenSSH public keys.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] PublicKeyPath { get; set; } = [];

    /// <summary>Path of an OpenSSH private key.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? PrivateKeyPath { get; set; }

    /// <summary>A user to make on the machines.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? UserName { get; set; }

    /// <summary>Bacalhau orchestrators that the machines join.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Orchestrator { get; set; } = [];

    /// <summary>The secret that they join with.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? OrchestratorToken { get; set; }

    /// <summary>Where the machines read that secret themselves.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? OrchestratorTokenSource { get; set; }

    /// <summary>Instance profile of the machines.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? InstanceProfile { get; set; }

    /// <summary>Version of Bacalhau.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? BacalhauVersion { get; set; }

    /// <summary>More labels of the nodes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Hashtable NodeLabel { get; set; } = [];

    /// <summary>Files for the machines.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public Hashtable File { get; set; } = [];

    /// <summary>A script that runs on the machines when everything else is set up.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? ScriptPath { get; set; }

    /// <summary>Those of these parameters that only machines of AWS have.</summary>
    private protected static readonly string[] OnlyNodes =
    [
        nameof(PrivateKeyPath), nameof(UserName), nameof(Orchestrator), nameof(OrchestratorToken), nameof(OrchestratorTokenSource),
        nameof(InstanceProfile), nameof(BacalhauVersion), nameof(NodeLabel), nameof(File), nameof(ScriptPath),
    ];

    /// <summary>A request with these parameters in it.</summary>
    private protected ClusterRequest NodeRequest(string name) => new()
    {
        Name = name,
        ExpiresIn = ExpiresIn,
        MaxIdle = MaxIdle,
        PublicKeyPaths = [.. PublicKeyPath.Select(path => FilePath(path)!)],
        PrivateKeyPath = FilePath(PrivateKeyPath),
        Node = new NodeRequest
        {
            Orchestrators = Orchestrator,
            Token = OrchestratorToken is null ? null : new NetworkCredential("", OrchestratorToken).Password,
            TokenSource = OrchestratorTokenSource,
            InstanceProfile = InstanceProfile,
            Version = BacalhauVersion,
            Labels = TagTable.Read(NodeLabel),
            Files = TagTable.Read(File).ToDictionary(file => file.Key, file => FilePath(file.Value)!, StringComparer.Ordinal),
            ScriptPath = FilePath(ScriptPath),
            UserName = UserName,
        },
    };
}
