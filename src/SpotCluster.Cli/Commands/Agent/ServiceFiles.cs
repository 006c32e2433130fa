namespace SpotCluster.Cli.Commands.Agent;

/// <summary>The files that make an agent a service.</summary>
/// <param name="program">How this program is started, as words.</param>
/// <param name="user">The account that it runs as on Linux; null for one that systemd makes for it.</param>
internal sealed class ServiceFiles(IReadOnlyList<string> program, string? user)
{
    public const string UnitName = "spotcluster-agent.service";
    public const string TaskName = "Install-SpotAgentTask.ps1";
    public const string ConfName = "agent.conf";

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<(string Name, string Text)> All => [(UnitName, Unit), (TaskName, Task), (ConfName, Conf)];

    private string Unit => $"""
        # Copy to /etc/systemd/system, and agent.conf to /etc/spotcluster; write the token alone to /etc/spotcluster/agent.token, mode 0600.
        # Then: systemctl daemon-reload && systemctl enable --now spotcluster-agent
        [Unit]
        Description=SpotCluster termination agent
        Wants=network-online.target
        After=network-online.target
        StartLimitIntervalSec=0

        [Service]
        Type=notify
        ExecStart={string.Join(' ', program.Select(QuoteForUnit))} cleanup-agent --agent-conf /etc/spotcluster/agent.conf
        {(user is null ? "DynamicUser=yes" : "User=" + user)}
        StateDirectory=spotcluster-agent
        StateDirectoryMode=0700
        LogsDirectory=spot-optimizer
        LogsDirectoryMode=0750
        Environment=LOG_FILE=%L/spot-optimizer/agent.log
        LoadCredential=token:/etc/spotcluster/agent.token
        Environment=TOKEN_FILE=%d/token
        Environment=DOTNET_BUNDLE_EXTRACT_BASE_DIR=%S/spotcluster-agent
        Restart=always
        RestartSec=10
        TimeoutStopSec=30
        NoNewPrivileges=yes
        ProtectSystem=strict
        PrivateTmp=yes
        PrivateDevices=yes
        ProtectKernelTunables=yes
        ProtectControlGroups=yes
        RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
        RestrictSUIDSGID=yes
        LockPersonality=yes
        CapabilityBoundingSet=

        [Install]
        WantedBy=multi-user.target

        """;

    private string Task => $$"""
        # Registers the agent as a scheduled task that starts with Windows. Run it in an elevated PowerShell.
        # Write the token alone to $folder\agent.token, and the settings to $folder\agent.conf.
        #Requires -RunAsAdministrator
        $ErrorActionPreference = 'Stop'
        $folder = Join-Path $env:ProgramData 'SpotCluster'
        $null = New-Item -ItemType Directory -Force -Path $folder

        # Only the system and administrators may read this folder.
        $null = icacls $folder /inheritance:r /grant:r 'SYSTEM:(OI)(CI)F' 'Administrators:(OI)(CI)F'
        $words = @('cleanup-agent', '--agent-conf', "`"$folder\agent.conf`"", '--token-file', "`"$folder\agent.token`"",
            '--state-directory', "`"$folder\state`"", '--log-file', "`"$folder\agent.log`"")
        $action = New-ScheduledTaskAction -Execute {{QuoteForPowerShell(program[0])}} -Argument ((@({{string.Join(", ", program.Skip(1).Select(QuoteForPowerShell))}}) + $words) -join ' ')
        $trigger = New-ScheduledTaskTrigger -AtStartup
        $settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
            -ExecutionTimeLimit ([timespan]::Zero) -MultipleInstances IgnoreNew -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
        $principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\SYSTEM' -LogonType ServiceAccount -RunLevel Limited
        Register-ScheduledTask -TaskName 'SpotCluster agent' -Action $action -Trigger $trigger -Settings $settings -Principal $principal -Force
        Start-ScheduledTask -TaskName 'SpotCluster agent'

        """;

    private static string Conf => """
        # Address of the backend, and the id of this agent.
        SPOT_OPTIMIZER_SERVER_URL=https://backend.example
        AGENT_ID=
        AWS_REGION=us-east-1

        # The local kill switch: false stops every termination at once, including those of a running agent.
        AUTO_TERMINATE_ENABLED=true
        POLL_INTERVAL=60            # seconds

        # Tag that an instance must have to be terminated; none requires no tag.
        REQUIRED_TAG=ManagedBy=SpotOptimizer
        MAX_TERMINATIONS_PER_HOUR=60

        # Old images and snapshots with the tag are deleted, except the newest and those in use.
        CLEANUP_ENABLED=true
        CLEANUP_SNAPSHOTS_OLDER_THAN_DAYS=7
        CLEANUP_AMIS_OLDER_THAN_DAYS=30
        CLEANUP_KEEP_NEWEST=3

        """;

    // systemd takes a percent sign for a specifier and a dollar sign for a variable.
    private static string QuoteForUnit(string word) =>
        '"' + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("%", "%%", StringComparison.Ordinal).Replace("$", "$$", StringComparison.Ordinal) + '"';

    private static string QuoteForPowerShell(string word) => "'" + word.Replace("'", "''", StringComparison.Ordinal) + "'";
}
