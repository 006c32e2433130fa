namespace SpotCluster.Backend;

/// <summary>How the backend runs.</summary>
public sealed class BackendOptions
{
    /// <summary>Where it listens. Port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:5080"];

    /// <summary>The path of a SQLite file, or a PostgreSQL connection string or URL.</summary>
    public string Database { get; init; } = "spotcluster-backend.db";

    /// <summary>The admin's token: at least 32 characters. Never logged, never stored.</summary>
    public required string AdminToken { get; init; }

    /// <summary>Listen on other addresses than loopback although there is no TLS: a proxy in front does that.</summary>
    public bool AllowPublic { get; init; }

    /// <summary>A PKCS#12 file with certificate and key, for <c>https</c> addresses; null for none.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>The password of <see cref="CertificatePath"/>; null for none.</summary>
    public string? CertificatePassword { get; init; }

    /// <summary>The only clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long a claim holds without a report. Longer than any EC2 call takes.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a claim holds after the report that EC2 took the request.</summary>
    public TimeSpan TerminatingLease { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The pause after the first failure; doubled with each further one.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest pause, and the pause after errors that only a person can mend.</summary>
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After so many attempts a termination is given up until somebody requeues it.</summary>
    public int MaxAttempts { get; init; } = 8;

    /// <summary>So many times must EC2 say that it does not know the id before that counts as gone.</summary>
    public int NotFoundSightings { get; init; } = 3;

    /// <summary>Or so long after the first of at least two sightings.</summary>
    public TimeSpan NotFoundAge { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often agents are asked to poll.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An agent that was silent for so long is offline.</summary>
    public TimeSpan OfflineAfter { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long events are kept. The audit is kept for ever.</summary>
    public TimeSpan EventRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The pause between two passes of the scheduler; zero switches it off.</summary>
    public TimeSpan SchedulerInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The largest body that is read, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 256 * 1024;

    /// <summary>The most connections at once; more are closed, so that a flood cannot take the last file handle.</summary>
    public long MaxConnections { get; init; } = 5000;

    /// <summary>After so many wrong tokens from one address within a minute, more of them get 429. A right token passes always.</summary>
    public int FailedTokensPerMinute { get; init; } = 60;

    /// <summary>Writes the log to standard error.</summary>
    public bool LogToConsole { get; init; } = true;

    /// <summary>A number from 0 to 1 that spreads retries.</summary>
    internal Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}
