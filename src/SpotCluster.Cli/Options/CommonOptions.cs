using System.CommandLine;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Removal;
using SpotCluster.Model;

namespace SpotCluster.Cli.Options;

/// <summary>Options that every command has, or several share. Their names are those of the cmdlet parameters in kebab-case.</summary>
internal static class CommonOptions
{
    /// <summary>Name of <see cref="Json"/>.</summary>
    public const string JsonName = "--json";

    public static readonly Option<bool> Json = new(JsonName)
    {
        Description = "Write one JSON document to stdout and nothing else.",
    };

    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Write detailed messages to stderr.",
    };

    public static readonly Option<string?> ProfileName = new("--profile-name")
    {
        Description = "AWS profile. Default: the credential chain of the AWS tools.",
        HelpName = "PROFILE",
    };

    public static readonly Option<string?> EndpointUrl = new("--endpoint-url")
    {
        Description = "Endpoint for every AWS service, for example a simulator. Default: AWS_ENDPOINT_URL, then AWS.",
        HelpName = "URL",
    };

    public static readonly Option<string?> MfaCode = new("--mfa-code")
    {
        Description = "MFA code of the device in mfa_serial of the profile, six digits. Default: prompt at a terminal.",
        HelpName = "CODE",
    };

    public static readonly Option<string?> ConfigurationPath = new("--configuration-path")
    {
        Description = "Path of spotcluster.yaml.",
        HelpName = "FILE",
    };

    public static readonly Option<string[]> Region = new("--region")
    {
        Description = "Regions, separated by commas; wildcards match enabled regions.",
        HelpName = "REGION[,REGION]",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    public static readonly Option<bool> WhatIf = new("--what-if")
    {
        Description = "Show what would be done and what it costs, and change nothing. Takes precedence over every other option.",
    };

    public static readonly Option<string?> Timeout = new("--timeout")
    {
        Description = "Maximum duration of the removal (without prompts) or of the wait, for example 15m. Calls in flight then end, and what is missing, remains or is not verified is reported.",
        HelpName = "DURATION",
    };

    /// <summary>For every command that removes something.</summary>
    public static readonly Option<string?> MaxDelete = new("--max-delete")
    {
        Description = "Maximum number of resources to remove; a larger plan is refused before any change. Default: 200.",
        HelpName = "N",
    };

    /// <summary>Makes a command that talks to a cloud.</summary>
    public static Command CloudCommand(string name, string description, params Option[] options) =>
        Command(name, description, [.. options, ProfileName, MfaCode, EndpointUrl, ConfigurationPath]);

    /// <summary>Makes a command.</summary>
    public static Command Command(string name, string description, params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.Add(Json);
        command.Add(Verbose);
        return command;
    }

    /// <summary>The limit of a removal.</summary>
    public static int MostDeleted(ParseResult parsed) =>
        parsed.WholeNumber(MaxDelete, 0, int.MaxValue, SpotErrorIds.ParameterInvalid) ?? RemovalScope.UsualMaxDelete;

    /// <summary>What the common options say about the engine to open.</summary>
    public static EngineOptions ToEngineOptions(ParseResult parsed) => new()
    {
        ProfileName = parsed.GetValue(ProfileName),
        MfaCode = parsed.GetValue(MfaCode),
        EndpointUrl = parsed.Address(EndpointUrl),
        ConfigurationPath = parsed.GetValue(ConfigurationPath),
        DecodesDenials = parsed.GetValue(Verbose),
    };
}
