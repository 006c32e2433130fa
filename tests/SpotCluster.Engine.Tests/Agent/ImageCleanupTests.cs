using Newtonsoft.Json.Linq;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using SpotCluster.Simulator;
using Xunit;

namespace SpotCluster.Engine.Tests.AgentTests;

/// <summary>Old images and snapshots: what goes, what stays, and what is told.</summary>
public sealed class ImageCleanupTests
{
    [Fact]
    public async Task Old_ones_with_the_tag_go_and_the_newest_the_used_the_untagged_and_the_young_stay()
    {
        using var lab = NewLab(keep: 1);
        var machine = lab.Add();
        var used = AddImage(lab, machine, "used");
        var oldImage = AddImage(lab, machine, "old");
        var untagged = AddImage(lab, machine, "untagged", tagged: false);
        var oldSnapshot = AddSnapshot(lab, machine);
        var untaggedSnapshot = AddSnapshot(lab, machine, tagged: false);
        lab.Cloud.Region(AgentLab.Region).Call(
            "CreateLaunchTemplate", ("LaunchTemplateName", "web"), ("LaunchTemplateData.ImageId", used));
        Clock(lab).Advance(TimeSpan.FromDays(31));
        var newestImage = AddImage(lab, machine, "newest");
        var newestSnapshot = AddSnapshot(lab, machine);
        Clock(lab).Advance(TimeSpan.FromDays(31));
        var young = AddSnapshot(lab, machine);

        // A look changes nothing.
        var look = await lab.PassAsync(new PassScope { WhatIf = true });
        Assert.Contains(look.Removals, removal => removal.Id == oldImage && removal.Outcome == SpotRemovalOutcome.Unknown);
        Assert.True(Exists(lab, oldImage));
        Assert.Empty(lab.Backend.Others);

        var snapshotOfOld = SnapshotOf(lab, oldImage);
        var pass = await lab.PassAsync();
        Assert.False(Exists(lab, oldImage));
        Assert.False(Exists(lab, snapshotOfOld));
        Assert.False(Exists(lab, oldSnapshot));
        Assert.False(Exists(lab, newestSnapshot));
        Assert.All(new[] { used, untagged, newestImage, untaggedSnapshot, young }, id => Assert.True(Exists(lab, id), id));
        Assert.Equal(SpotRemovalOutcome.Skipped, pass.Removals.Single(removal => removal.Id == used).Outcome);

        var (path, report) = Assert.Single(lab.Backend.Others);
        Assert.EndsWith("/cleanup-report", path, StringComparison.Ordinal);
        Assert.Equal([oldImage], report["amis"]!["deleted_amis"]!.Values<string>());
        Assert.Equal([snapshotOfOld], report["amis"]!["deleted_snapshots"]!.Values<string>());
        Assert.Equal(new[] { oldSnapshot, newestSnapshot }.Order(), report["snapshots"]!["deleted"]!.Values<string>().Order());
        Assert.NotNull(report["snapshots"]!["cutoff_date"]);

        Assert.DoesNotContain((await lab.PassAsync()).Removals, removal => removal.Outcome == SpotRemovalOutcome.Removed);
    }

    [Fact]
    public async Task The_snapshots_of_an_image_go_with_it_tagged_or_not_unless_another_image_is_made_of_them()
    {
        using var lab = NewLab(keep: 0);
        var machine = lab.Add();
        var alone = AddImage(lab, machine, "alone", tagSnapshots: false);
        var shared = AddImage(lab, machine, "shared", tagSnapshots: false);
        var (own, common) = (SnapshotOf(lab, alone), SnapshotOf(lab, shared));
        var other = AddImage(lab, machine, "other", tagged: false);
        lab.Cloud.Region(AgentLab.Region).ShareSnapshot(other, common);
        Clock(lab).Advance(TimeSpan.FromDays(40));
        var pass = await lab.PassAsync();
        Assert.False(Exists(lab, alone));
        Assert.False(Exists(lab, own));
        Assert.False(Exists(lab, shared));
        Assert.True(Exists(lab, common));
        Assert.True(Exists(lab, other));
        Assert.Equal(SpotRemovalOutcome.Skipped, pass.Removals.Single(removal => removal.Id == common).Outcome);
    }

    [Fact]
    public async Task Images_stay_when_a_template_names_its_image_by_a_parameter()
    {
        using var lab = NewLab(keep: 0);
        var image = AddImage(lab, lab.Add(), "old");
        lab.Cloud.Region(AgentLab.Region).Call(
            "CreateLaunchTemplate", ("LaunchTemplateName", "web"), ("LaunchTemplateData.ImageId", "resolve:ssm:/our/image"));
        Clock(lab).Advance(TimeSpan.FromDays(40));
        var pass = await lab.PassAsync();
        Assert.Equal(SpotRemovalOutcome.Skipped, pass.Removals.Single(removal => removal.Id == image).Outcome);
        Assert.True(Exists(lab, image));
    }

    [Fact]
    public async Task A_refusal_is_told_for_its_item_and_the_report_is_kept_until_it_is_taken()
    {
        using var lab = NewLab(keep: 0);
        var machine = lab.Add();
        var snapshots = new[] { AddSnapshot(lab, machine), AddSnapshot(lab, machine) };
        Clock(lab).Advance(TimeSpan.FromDays(10));
        lab.Cloud.Deny("DeleteSnapshot");
        lab.Backend.Other = _ => throw new HttpRequestException("down");
        await lab.PassAsync();
        Assert.Equal(2, lab.Errors.Count);
        lab.Backend.Others.Clear();
        lab.Backend.Other = _ => ScriptedBackend.Json("""{"success":true}""");
        lab.Cloud.Deny("DeleteSnapshot", denied: false);
        await lab.PassAsync();
        Assert.Equal(2, lab.Backend.Others.Count);
        Assert.Equal(snapshots.Order(), ((JArray)lab.Backend.Others[0].Body["snapshots"]!["failed"]!).Select(failure => (string)failure["id"]!).Order());
        Assert.All(snapshots, id => Assert.False(Exists(lab, id)));
    }

    private static AgentLab NewLab(int keep)
    {
        var lab = new AgentLab();
        lab.Options = lab.Options with { CleanupEnabled = true, KeepNewest = keep };
        return lab;
    }

    private static SimulatedClock Clock(AgentLab lab) => (SimulatedClock)lab.Cloud.Clock;

    private static bool Exists(AgentLab lab, string id) => lab.Cloud.Region(AgentLab.Region).Find(id) is not null;

    private static string AddImage(AgentLab lab, string machine, string name, bool tagged = true, bool tagSnapshots = true)
    {
        (string, string)[] tags = !tagged ? [] : tagSnapshots ? [.. Tags("image", 1), .. Tags("snapshot", 2)] : [.. Tags("image", 1)];
        var id = lab.Cloud.Region(AgentLab.Region).Call("CreateImage", [("InstanceId", machine), ("Name", name), .. tags]).Descendants("imageId").Single().Value;
        Clock(lab).Advance(TimeSpan.FromMinutes(2));
        return id;
    }

    private static string AddSnapshot(AgentLab lab, string machine, bool tagged = true)
    {
        var region = lab.Cloud.Region(AgentLab.Region);
        var volume = region.Call("DescribeInstances", ("InstanceId.1", machine)).Descendants("volumeId").First().Value;
        (string, string)[] tags = tagged ? [.. Tags("snapshot", 1)] : [];
        var id = region.Call("CreateSnapshot", [("VolumeId", volume), .. tags]).Descendants("snapshotId").First().Value;
        Clock(lab).Advance(TimeSpan.FromMinutes(2));
        return id;
    }

    private static string SnapshotOf(AgentLab lab, string image) =>
        lab.Cloud.Region(AgentLab.Region).Call("DescribeImages", ("ImageId.1", image)).Descendants("snapshotId").Single().Value;

    private static IEnumerable<(string, string)> Tags(string kind, int number) =>
    [
        ($"TagSpecification.{number}.ResourceType", kind),
        ($"TagSpecification.{number}.Tag.1.Key", "ManagedBy"),
        ($"TagSpecification.{number}.Tag.1.Value", "SpotOptimizer"),
    ];
}
