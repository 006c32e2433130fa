using System.Management.Automation;
using System.Security;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Common;

/// <summary>A cmdlet that works with a termination backend as its admin.</summary>
public abstract class SpotBackendCmdlet : SpotCmdlet
{
    /// <summary>Address of the backend.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? BackendUrl { get; set; }

    /// <summary>The admin's token.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>File that holds the admin's token.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TokenPath { get; set; }

    /// <summary>Ends the cmdlet when the file for a token exists: before anything is made, since a token is reported once.</summary>
    private protected void RequireNew(string file)
    {
        if (File.Exists(file))
        {
            ThrowTerminatingError(ErrorRecords.From(
                new Model.SpotException(Model.SpotErrorIds.LocalFileFailed, Model.SpotErrorCategory.AlreadyExists, $"The file {file} exists.")
                {
                    RecommendedAction = "Specify a new file for the token of the agent.",
                },
                file));
        }
    }

    /// <summary>True when the backend has the agent; that it has not is an error, also under -WhatIf.</summary>
    private protected bool Exists(string agentId)
    {
        var exists = false;
        WithBackend(agentId, async (backend, _, token) => exists = await backend.GetAgentAsync(agentId, token).ConfigureAwait(false) is not null);
        return exists;
    }

    /// <summary>Works with the backend; a failure becomes an error record.</summary>
    private protected void WithBackend(object? item, Func<BackendAdmin, Pump, CancellationToken, Task> work)
    {
        var path = FilePath(TokenPath);
        Run(item, async (pump, token) =>
        {
            using var backend = new BackendAdmin(BackendUrl, SecureText.ToToken(Token, path, pump.Warning), pump.Warning);
            await work(backend, pump, token).ConfigureAwait(false);
        });
    }
}
