using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;
using SpotCluster.Model.Agent;

namespace SpotCluster.Engine.Agent;

/// <summary>
/// Deletes own images and snapshots that carry the tag, are old enough, are not among the newest, and that nothing uses. What is used
/// where cannot be told exactly, everything stays.
/// </summary>
internal sealed class ImageCleanup(PassWork work)
{
    private readonly AgentOptions _options = work.Options;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var letters = work.State.CleanupReports;
        if (!work.Scope.WhatIf)
        {
            await DeliverAsync(letters, cancellationToken).ConfigureAwait(false);
        }

        var (key, value) = AgentGuards.SplitTag(_options.CleanupTag);
        var snapshots = await work.Cloud.GetSnapshotsAsync(key, value, cancellationToken).ConfigureAwait(false);
        var images = await work.Cloud.GetImagesAsync(key, value, cancellationToken).ConfigureAwait(false);
        var imageCutoff = work.Time.GetUtcNow() - _options.ImageAge;
        var snapshotCutoff = work.Time.GetUtcNow() - _options.SnapshotAge;
        var oldImages = Old(images, image => image.Id, image => image.CreatedAt, imageCutoff);

        // The snapshots of images live and die with them: they are neither old by themselves nor the newest.
        var ofImages = images.SelectMany(image => image.SnapshotIds).ToHashSet(StringComparer.Ordinal);
        var oldSnapshots = Old(
            [.. snapshots.Where(snapshot => !ofImages.Contains(snapshot.Id))], snapshot => snapshot.Id, snapshot => snapshot.StartedAt, snapshotCutoff);
        if (oldImages.Count == 0 && oldSnapshots.Count == 0)
        {
            return;
        }

        var use = await work.Cloud.GetImageUseAsync(cancellationToken).ConfigureAwait(false);
        var amis = await DeleteImagesAsync(oldImages, use, cancellationToken).ConfigureAwait(false);
        amis.CutoffDate = imageCutoff;
        var single = await DeleteSnapshotsAsync(oldSnapshots, use, cancellationToken).ConfigureAwait(false);
        single.CutoffDate = snapshotCutoff;
        if (work.Scope.WhatIf)
        {
            return;
        }

        letters.Put(BackendJson.Write(new CleanupReport { Timestamp = work.Now, Snapshots = single, Amis = amis }), work.Now);
        await DeliverAsync(letters, cancellationToken).ConfigureAwait(false);
    }

    private List<T> Old<T>(IReadOnlyList<T> items, Func<T, string> id, Func<T, DateTimeOffset?> madeAt, DateTimeOffset cutoff) =>
    [
        .. items
            .OrderByDescending(item => madeAt(item) ?? DateTimeOffset.MaxValue)
            .ThenBy(id, StringComparer.Ordinal)
            .Skip(_options.KeepNewest)
            .Where(item => madeAt(item) < cutoff && work.Wants(id(item))),
    ];

    private async Task<Model.Agent.ImageCleanup> DeleteImagesAsync(
        List<AgentImage> images, ImageUse use, CancellationToken cancellationToken)
    {
        var deleted = new List<string>();
        var snapshots = new List<string>();
        var failed = new List<CleanupFailure>();
        foreach (var image in images)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (use.Unknown is { } user)
            {
                Keep(ResourceWords.Image, image.Id, $"{user} resolves its image from a parameter, so any image may be in use");
                continue;
            }

            if (use.Images.TryGetValue(image.Id, out user))
            {
                Keep(ResourceWords.Image, image.Id, $"{image.Id} is used by {user}");
                continue;
            }

            if (!await DeleteAsync(ResourceWords.Image, image.Id, work.Cloud.DeregisterImageAsync, failed, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            deleted.Add(image.Id);

            // Nobody would find an image's own snapshots again, tagged or not; one that another image is made of stays.
            foreach (var snapshot in image.SnapshotIds)
            {
                if (use.Snapshots.TryGetValue(snapshot, out var holders) && holders.Remove(image.Id) && holders.Count > 0)
                {
                    Keep(ResourceWords.Snapshot, snapshot, $"{snapshot} is used by {holders.First()}");
                    continue;
                }

                if (await DeleteAsync(ResourceWords.Snapshot, snapshot, work.Cloud.DeleteSnapshotAsync, failed, cancellationToken).ConfigureAwait(false))
                {
                    snapshots.Add(snapshot);
                }
            }
        }

        return new Model.Agent.ImageCleanup { DeletedAmis = [.. deleted], DeletedSnapshots = [.. snapshots], Failed = [.. failed] };
    }

    private async Task<SnapshotCleanup> DeleteSnapshotsAsync(List<AgentSnapshot> snapshots, ImageUse use, CancellationToken cancellationToken)
    {
        var deleted = new List<string>();
        var failed = new List<CleanupFailure>();
        foreach (var snapshot in snapshots)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (use.Snapshots.TryGetValue(snapshot.Id, out var holders) && holders.Count > 0)
            {
                Keep(ResourceWords.Snapshot, snapshot.Id, $"{snapshot.Id} is used by {holders.First()}");
            }
            else if (await DeleteAsync(ResourceWords.Snapshot, snapshot.Id, work.Cloud.DeleteSnapshotAsync, failed, cancellationToken).ConfigureAwait(false))
            {
                deleted.Add(snapshot.Id);
            }
        }

        return new SnapshotCleanup { Deleted = [.. deleted], Failed = [.. failed] };
    }

    private async Task<bool> DeleteAsync(
        string kind, string id, Func<string, CancellationToken, Task> delete, List<CleanupFailure> failed, CancellationToken cancellationToken)
    {
        if (work.Scope.WhatIf)
        {
            work.Report(kind, id, SpotRemovalOutcome.Unknown, null, "Would be deleted.");
            return true;
        }

        try
        {
            await delete(id, cancellationToken).ConfigureAwait(false);
        }
        catch (SpotException error) when (error.ServiceCode?.EndsWith(".NotFound", StringComparison.Ordinal) == true)
        {
            work.Report(kind, id, SpotRemovalOutcome.AlreadyGone);
            return true;
        }
        catch (SpotException error) when (error.Category is not (SpotErrorCategory.Authentication or SpotErrorCategory.Connection))
        {
            failed.Add(new CleanupFailure { Id = id, Error = $"{error.ServiceCode}: {error.Message}" });
            work.Metrics.Deletion(kind, "failed");
            work.Log.Error("delete_failed", $"Cleanup: ✗ Failed to delete {kind} {id}: {error.Message}", ("id", id), ("code", error.ServiceCode));
            work.Report(kind, id, SpotRemovalOutcome.Failed, error.ServiceCode, error.Message);
            error.Target ??= id;
            work.Host.Error(error);
            return false;
        }

        work.Metrics.Deletion(kind, "deleted");
        work.Log.Info("deleted", $"Cleanup: ✓ Deleted {kind} {id}", ("id", id), ("kind", kind));
        work.Report(kind, id, SpotRemovalOutcome.Removed);
        return true;
    }

    private void Keep(string kind, string id, string reason)
    {
        work.Log.Info("kept", $"Cleanup: Keeping {kind} {id}: {reason}", ("id", id), ("kind", kind));
        work.Report(kind, id, SpotRemovalOutcome.Skipped, "InUse", reason + ".");
    }

    private async Task DeliverAsync(CleanupReports letters, CancellationToken cancellationToken)
    {
        foreach (var (path, report) in letters.Read())
        {
            var reply = await work.Backend.ReportCleanupAsync(work.AgentId, report, cancellationToken).ConfigureAwait(false);
            if ((reply.Succeeded && reply.Json is not null) || reply is { Status: 400 or 413 or 422, Json: JObject })
            {
                CleanupReports.Remove(path);
                continue;
            }

            work.Log.Warning(
                "report_kept", $"Cleanup: The report of a clean-up is stored and sent again (HTTP {reply.Status.ToString(CultureInfo.InvariantCulture)})");
            return;
        }
    }
}
