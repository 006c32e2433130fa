using System.CommandLine;
using SpotCluster.Engine.Bacalhau;

namespace SpotCluster.Cli.Options;

/// <summary>Options that say what the machines are to become.</summary>
internal static class NodeOptions
{
    public static readonly Option<string[]> PublicKeyPath = new("--public-key-path")
    {
        Description = "OpenSSH public keys that may log in.",
        HelpName = "FILE[,FILE]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<string?> PrivateKeyPath = new("--private-key-path")
    {
        Description = "OpenSSH private key to log in with; checked first.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> UserName = new("--user-name")
    {
        Description = "Additional user to create, with sudo and Docker.",
        HelpName = "NAME",
    };

    private static readonly Option<string[]> Orchestrator = new("--orchestrator")
    {
        Description = "Bacalhau orchestrators to join. Default: those of the configuration; without one, Bacalhau is not set up.",
        HelpName = "ADDRESS[,ADDRESS]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> OrchestratorTokenPath = new("--orchestrator-token-path")
    {
        Description = $"File with the secret for joining nodes. Default: {TokenVariable}, then the file of the configuration.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> OrchestratorTokenSource = new("--orchestrator-token-source")
    {
        Description = "Where nodes read that secret themselves at their start: resolve:ssm:NAME or resolve:secretsmanager:NAME; needs an instance profile.",
        HelpName = "SOURCE",
    };

    private static readonly Option<string?> InstanceProfile = new("--instance-profile")
    {
        Description = "Instance profile of the instances, name or ARN.",
        HelpName = "PROFILE",
    };

    private static readonly Option<string?> BacalhauVersion = new("--bacalhau-version")
    {
        Description = $"Version of Bacalhau. Default: that of the configuration, then {NodeVersion.Default}.",
        HelpName = "VERSION",
    };

    private static readonly Option<string[]> Label = new("--label", "--node-label")
    {
        Description = "Additional label of the nodes; repeatable.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> File = new("--file")
    {
        Description = "File to copy to each instance: remote path and local path; repeatable.",
        HelpName = "TARGET=FILE",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> ScriptPath = new("--script-path")
    {
        Description = "Script to run on each instance after everything else is set up.",
        HelpName = "FILE",
    };

    private const string TokenVariable = "SPOTCLUSTER_ORCHESTRATOR_TOKEN";

    /// <summary>All of them, in the order of the help.</summary>
    public static Option[] All =>
        [PublicKeyPath, PrivateKeyPath, UserName, Orchestrator, OrchestratorTokenPath, OrchestratorTokenSource, InstanceProfile, BacalhauVersion, Label, File, ScriptPath];

    /// <summary>What the user asks for.</summary>
    public static NodeRequest ToRequest(ParseResult parsed) => new()
    {
        Orchestrators = parsed.List(Orchestrator),
        TokenPath = parsed.GetValue(OrchestratorTokenPath),
        TokenSource = parsed.GetValue(OrchestratorTokenSource),
        InstanceProfile = parsed.GetValue(InstanceProfile),
        Version = parsed.GetValue(BacalhauVersion),
        Labels = parsed.Pairs(Label),
        Files = parsed.Pairs(File),
        ScriptPath = parsed.GetValue(ScriptPath),
        UserName = parsed.GetValue(UserName),
    };
}
