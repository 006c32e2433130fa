using System.Text;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;
using Cluster = SpotCluster.Model.SpotCluster;

namespace SpotCluster.Engine.Reports;

/// <summary>Asks the other services, and writes what they say.</summary>
internal sealed class ReportService(
    Func<CancellationToken, Task<SpotIdentity>> identify,
    IClusterService clusters,
    ICostService costs,
    IReadOnlyList<ICloudProvider> providers,
    TimeProvider clock) : IReportService
{
    public async Task<SpotReport> WriteAsync(
        string path, ReportRequest request, bool overwrite, IOperationHost host, CancellationToken cancellationToken)
    {
        Refuse(path, overwrite);
        var content = request.IncludeClouds
            ? await AskAsync(request, host, cancellationToken).ConfigureAwait(false)
            : new ReportContent { Request = request, MadeAt = clock.GetUtcNow() };
        RequireFound(content, host);
        content = content with { Accounts = Accounts(content) };
        var html = ReportPage.Render(content);
        cancellationToken.ThrowIfCancellationRequested();
        Refuse(path, overwrite);
        try
        {
            PrivateFile.Write(path, html);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SpotException(
                SpotErrorIds.LocalFileFailed, SpotErrorCategory.InvalidOperation, $"Cannot write the report {path}: {failure.Message}", failure)
            {
                Target = path,
                RecommendedAction = "Free disk space, or specify a file in an existing writable folder.",
            };
        }

        var total = content.Costs?.Report.Total;
        return new SpotReport
        {
            Path = path,
            Bytes = Encoding.UTF8.GetByteCount(html),
            Accounts = [.. content.Accounts],
            ClusterCount = content.Clusters.Count,
            InstanceCount = content.Instances.Count,
            HourlyCost = total?.HourlyCost,
            CostToDate = total?.CostToDate,
            RemovalCount = request.Removals.Count,
            Proven = request.Proofs.Count == 0 ? null : request.Proofs.All(proof => proof.Proven),
            Unknown = [.. content.Unknown],
            MadeAt = content.MadeAt,
        };
    }

    private static void Refuse(string path, bool overwrite)
    {
        if (!overwrite && File.Exists(path))
        {
            throw new SpotException(SpotErrorIds.ReportExists, SpotErrorCategory.AlreadyExists, $"The file {path} already exists.")
            {
                Target = path,
                RecommendedAction = "Specify another file, or overwrite it with -Force (console: --force).",
            };
        }
    }

    private async Task<ReportContent> AskAsync(ReportRequest request, IOperationHost host, CancellationToken cancellationToken)
    {
        var listener = new UnknownListener(host);
        ICloudProvider[] further = [.. providers.Skip(1).Where(provider => provider.HasCredentials)];
        var first = providers[0].Facts;
        var aws = new FirstAnswers(first.Provider, further.Length > 0, listener);
        var identity = aws.AskAsync<SpotIdentity?>(async () => await identify(cancellationToken).ConfigureAwait(false), null);
        var found = aws.AskAsync(
            () => request.Ids.Count > 0
                ? Task.FromResult<IReadOnlyList<Cluster>>([])
                : ToListAsync(clusters.GetClustersAsync(new ClusterQuery { Names = request.ClusterNames }, listener, cancellationToken)),
            []);
        UnmanagedInstances? unmanaged = null;
        var query = new InstanceQuery { ClusterNames = request.ClusterNames, Ids = request.Ids, OnUnmanaged = seen => unmanaged = seen };
        var atAws = aws.AskAsync(
            () => request.Ids.Count > 0 && request.Ids.All(id => IsOf(further, id))
                ? Task.FromResult<IReadOnlyList<SpotInstance>>([])
                : ToListAsync(clusters.GetInstancesAsync(
                    query with { Ids = [.. request.Ids.Where(id => !IsOf(further, id))], Providers = [first.Provider] }, listener, cancellationToken)),
            []);
        var atOthers = Task.WhenAll(further.Select(provider => AskAsync(provider, query, listener, cancellationToken)));
        var traced = aws.AskAsync<CostTimeline?>(
            async () => await costs.TraceAsync(new CostQuery { ClusterNames = request.ClusterNames, Ids = request.Ids }, listener, cancellationToken).ConfigureAwait(false), null);
        await Task.WhenAll(identity, found, atAws, atOthers, traced).ConfigureAwait(false);

        var others = await atOthers.ConfigureAwait(false);
        return new ReportContent
        {
            Request = request,
            MadeAt = clock.GetUtcNow(),
            Accounts = await identity.ConfigureAwait(false) is { } own ? [Name(own)] : [],
            Clusters = [.. (await found.ConfigureAwait(false)).Concat(others.SelectMany(other => other.Clusters))
                .OrderBy(cluster => cluster.Name, StringComparer.Ordinal).ThenBy(cluster => cluster.Provider)],
            Instances =
            [
                .. (await atAws.ConfigureAwait(false)).Concat(others.SelectMany(other => other.Instances))
                    .OrderBy(instance => instance.ClusterName ?? "", StringComparer.Ordinal)
                    .ThenBy(instance => instance.Region, StringComparer.Ordinal)
                    .ThenBy(instance => instance.Id, StringComparer.Ordinal),
            ],
            Costs = await traced.ConfigureAwait(false),
            Unmanaged = unmanaged,
            Unknown = listener.Sentences,
        };
    }

    private static bool IsOf(IEnumerable<IProvider> providers, string id) => providers.Any(provider => provider.Facts.IsInstanceId(id));

    /// <summary>Instances at a further provider. Its failure does not take the page from the others.</summary>
    private static async Task<(IReadOnlyList<SpotInstance> Instances, IReadOnlyList<Cluster> Clusters)> AskAsync(
        ICloudProvider provider, InstanceQuery query, UnknownListener host, CancellationToken cancellationToken)
    {
        var service = provider.Clusters;
        string[] ids = [.. query.Ids.Where(provider.Facts.IsInstanceId)];
        if (query.Ids.Count > 0 && ids.Length == 0)
        {
            return ([], []);
        }

        try
        {
            var instances = await ToListAsync(service.GetInstancesAsync(query with { Ids = ids }, host, cancellationToken)).ConfigureAwait(false);
            var names = query.Ids.Count > 0 || instances.All(instance => instance.ClusterName is null)
                ? []
                : await ToListAsync(service.GetClustersAsync(new ClusterQuery { Names = query.ClusterNames }, host, cancellationToken)).ConfigureAwait(false);
            return (instances, names);
        }
        catch (SpotException failure)
        {
            host.Error(failure);
            return ([], []);
        }
    }

    /// <summary>A literal name that nothing bears is an error; when there is nothing else to show, no page is written.</summary>
    private static void RequireFound(ReportContent content, IOperationHost host)
    {
        var request = content.Request;

        // What did not answer may have what was not found, and its error is told already.
        if (!request.IncludeClouds || content.Unknown.Count > 0)
        {
            return;
        }

        var names = content.Clusters.Select(cluster => cluster.Name)
            .Concat(content.Instances.Select(instance => instance.ClusterName).OfType<string>())
            .Concat(content.Costs?.Series.Select(series => series.ClusterName).OfType<string>() ?? [])
            .Concat(request.Proofs.Select(proof => proof.ClusterName).OfType<string>())
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        var ids = content.Instances.Select(instance => instance.Id).ToHashSet(StringComparer.Ordinal);
        SpotException[] missing =
        [
            .. ClusterErrors.Missing(request.ClusterNames, names).Select(ClusterErrors.NotFound),
            .. request.Ids.Where(id => !ids.Contains(id)).Select(ClusterErrors.InstanceNotFound),
        ];
        if (missing.Length > 0 && content.Clusters.Count + content.Instances.Count + request.Removals.Count + request.Proofs.Count == 0)
        {
            throw missing[0];
        }

        foreach (var error in missing)
        {
            host.Error(error);
        }
    }

    private static string[] Accounts(ReportContent content) =>
    [
        .. content.Accounts
            .Concat(content.Request.Proofs.Select(proof => proof.AccountId).OfType<string>()
                .Where(id => !content.Accounts.Any(known => known == id || known.StartsWith(id + " ", StringComparison.Ordinal))))
            .Distinct(StringComparer.Ordinal),
    ];

    private static string Name(SpotIdentity identity) => identity.AccountAlias is { Length: > 0 } alias ? $"{identity.AccountId} ({alias})" : identity.AccountId;

    private static async Task<IReadOnlyList<T>> ToListAsync<T>(IAsyncEnumerable<T> source)
    {
        var items = new List<T>();
        await foreach (var item in source.ConfigureAwait(false))
        {
            items.Add(item);
        }

        return items;
    }

    /// <summary>Passes on what is said, each error once: three services ask the same regions.</summary>
    /// <summary>What the first provider says; nothing, and a sentence about it, where there are credentials for others alone.</summary>
    private sealed class FirstAnswers(SpotProvider provider, bool isOptional, UnknownListener host)
    {
        public async Task<T> AskAsync<T>(Func<Task<T>> ask, T otherwise)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (SpotException error) when (isOptional && error.ErrorId == SpotErrorIds.CredentialNotFound)
            {
                host.Note(ProviderNames.NotIncluded(provider));
                return otherwise;
            }
        }
    }

    private sealed class UnknownListener(IOperationHost host) : IOperationHost
    {
        private readonly SortedDictionary<string, string> _errors = new(StringComparer.Ordinal);
        private readonly HashSet<string> _warnings = new(StringComparer.Ordinal);

        public IReadOnlyList<string> Sentences
        {
            get
            {
                lock (_errors)
                {
                    return [.. _errors.Values];
                }
            }
        }

        /// <summary>Something that was not looked at.</summary>
        public void Note(string sentence)
        {
            lock (_errors)
            {
                _errors[sentence] = sentence;
            }

            Warning(sentence);
        }

        public void Verbose(string message) => host.Verbose(message);

        public void Debug(string message) => host.Debug(message);

        // The parts of a page may meet the same trouble; it is told once.
        public void Warning(string message)
        {
            lock (_warnings)
            {
                if (!_warnings.Add(message))
                {
                    return;
                }
            }

            host.Warning(message);
        }

        public void Progress(OperationProgress progress) => host.Progress(progress);

        public void Error(SpotException error)
        {
            lock (_errors)
            {
                var key = $"{error.ErrorId}\n{error.Region ?? error.Target?.ToString()}";
                if (_errors.ContainsKey(key))
                {
                    return;
                }

                _errors[key] = error.Message;
            }

            host.Error(error);
        }
    }
}
