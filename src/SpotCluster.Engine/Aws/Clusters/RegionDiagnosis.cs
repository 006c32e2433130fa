using SpotCluster.Engine.Aws.Ec2;
using SpotCluster.Model;

namespace SpotCluster.Engine.Aws.Clusters;

/// <summary>Finds out why a region does not answer. Costs nothing as long as every region does.</summary>
/// <param name="session">The account.</param>
/// <param name="answering">Regions that did answer, to ask there.</param>
internal sealed class RegionDiagnosis(IAwsSession session, IReadOnlyList<string> answering)
{
    private Task<List<Region>>? _all;

    public async Task<SpotException> ExplainAsync(string region, SpotException failure, CancellationToken cancellationToken)
    {
        if (failure.ErrorId is SpotErrorIds.ImageInvalid or SpotErrorIds.PermissionMissing)
        {
            return failure;
        }

        List<Region> all;
        try
        {
            all = await (_all ??= AskAsync(cancellationToken)).ConfigureAwait(false);
        }
        catch (SpotException)
        {
            return failure;
        }

        var known = all.FirstOrDefault(candidate => candidate.RegionName == region);
        if (all.Count > 0 && known is null)
        {
            return new SpotException(SpotErrorIds.RegionUnknown, SpotErrorCategory.NotFound, $"There is no region '{region}'.", failure)
            {
                Target = region,
                Region = region,
                ServiceCode = failure.ServiceCode,
                RecommendedAction = "Name a region such as us-east-1, or * for every enabled one.",
            };
        }

        return known?.OptInStatus == "not-opted-in"
            ? new SpotException(SpotErrorIds.RegionNotEnabled, SpotErrorCategory.PermissionDenied, $"{region} is not enabled for this account.", failure)
            {
                Target = region,
                Region = region,
                ServiceCode = failure.ServiceCode,
                RecommendedAction = $"Enable {region} in the account settings, or leave it out.",
            }
            : failure;
    }

    private async Task<List<Region>> AskAsync(CancellationToken cancellationToken)
    {
        // Any region knows them all; the first of every partition is always enabled.
        var where = answering.Count > 0 ? answering[0] : (await session.GetIdentityAsync(cancellationToken).ConfigureAwait(false)).Region ?? "us-east-1";
        var answer = await session.Ec2(where).DescribeRegionsAsync(new DescribeRegionsRequest { AllRegions = true }, cancellationToken).ConfigureAwait(false);
        return answer.Regions;
    }
}
