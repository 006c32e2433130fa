using System.Runtime.CompilerServices;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Engine.Aws.Runtime;
using SpotCluster.Engine.Aws.Services;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Quotas;

/// <summary>How much the account may run of spot machines in each region, and how much it does.</summary>
internal sealed class SpotQuotaReader(IAwsSession session)
{
    /// <summary>The quotas of each region as it answers. What is denied is unknown, and warned of once; a region that does not answer is an error.</summary>
    public async IAsyncEnumerable<SpotQuota> ReadAsync(
        IReadOnlyList<string> regions, IOperationHost host, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var warned = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var (_, found) in RegionCalls.AskAsync(
            "Getting quotas", regions, session.GetEnabledRegionsAsync, ReadAsync, host, cancellationToken).ConfigureAwait(false))
        {
            Warn("Some quotas are unknown", found?.LimitRefusal);
            Warn("The usage is unknown", found?.UseRefusal);
            foreach (var quota in found?.Quotas ?? [])
            {
                yield return quota;
            }
        }

        void Warn(string what, SpotException? refusal)
        {
            if (refusal is not null && warned.Add(what))
            {
                host.Warning($"{what}: {refusal.Message} {refusal.RecommendedAction}".TrimEnd());
            }
        }
    }

    private async Task<RegionQuotas> ReadAsync(string region, CancellationToken cancellationToken)
    {
        var asked = SpotQuotaCodes.All.Select(quota => session.RefreshSpotQuotaAsync(region, quota.Code, cancellationToken));
        var usage = Answer.Of(UsedAsync(region, cancellationToken));
        var limits = await Task.WhenAll(asked).ConfigureAwait(false);
        var (used, refusal) = await usage.ConfigureAwait(false);
        if (refusal is { Category: not SpotErrorCategory.PermissionDenied })
        {
            throw refusal;
        }

        return new RegionQuotas(
            [.. SpotQuotaCodes.All.Zip(limits, (quota, limit) => ToQuota(region, quota.Code, quota.Family, (int?)limit.Value, UseOf(quota.Code)))],
            limits.Select(limit => limit.Failure).FirstOrDefault(failure => failure is not null),
            refusal);

        int? UseOf(string code) => used is null ? null : used.TryGetValue(code, out var vCpus) ? vCpus : 0;
    }

    private static SpotQuota ToQuota(string region, string code, string family, int? limit, int? used) => new()
    {
        Region = region,
        QuotaCode = code,
        Family = family,
        VCpuLimit = limit,
        VCpuUsed = used,
        VCpuFree = limit - used is { } free ? Math.Max(free, 0) : null,
    };

    /// <summary>vCPUs of the spot machines of the whole account, by quota; null for one with a machine that does not tell its own.</summary>
    private async Task<Dictionary<string, int?>> UsedAsync(string region, CancellationToken cancellationToken)
    {
        // A machine counts until it is terminated. Whether it is a spot machine is looked at here: not every server has a filter for it.
        var request = new DescribeInstancesRequest
        {
            Filters = [new Filter { Name = "instance-state-name", Values = ["pending", "running", "shutting-down"] }],
        };
        var used = new Dictionary<string, int?>(StringComparer.Ordinal);
        await foreach (var reservation in session.Ec2(region).DescribeAllInstancesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            foreach (var machine in reservation.Instances.Where(machine => machine.InstanceLifecycle == "spot"))
            {
                if (SpotQuotaCodes.Find(machine.InstanceType ?? "") is { } code)
                {
                    used[code] = (used.TryGetValue(code, out var others) ? others : 0) + (machine.CpuOptions?.CoreCount * machine.CpuOptions?.ThreadsPerCore);
                }
            }
        }

        return used;
    }

    private sealed record RegionQuotas(IReadOnlyList<SpotQuota> Quotas, SpotException? LimitRefusal, SpotException? UseRefusal);
}
