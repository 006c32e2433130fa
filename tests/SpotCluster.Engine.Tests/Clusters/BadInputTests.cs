using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>Each mistake is refused before any changing call, with an id of its own and a line on what to do.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly ClusterLab _lab = new();

    public void Dispose() => _lab.Dispose();

    public static TheoryData<string, string> Mistakes => new()
    {
        { "empty name", SpotErrorIds.ClusterNameInvalid },
        { "illegal name", SpotErrorIds.ClusterNameInvalid },
        { "no machine", SpotErrorIds.CountInvalid },
        { "above the quota", SpotErrorIds.QuotaExceeded },
        { "no region", SpotErrorIds.RegionMissing },
        { "unknown region", SpotErrorIds.RegionUnknown },
        { "no region matches", SpotErrorIds.RegionUnknown },
        { "region not enabled", SpotErrorIds.RegionNotEnabled },
        { "unknown type", SpotErrorIds.InstanceTypeUnknown },
        { "type that is not offered", SpotErrorIds.InstanceTypeNotOffered },
        { "architecture of type", SpotErrorIds.ArchitectureMismatch },
        { "architecture of image", SpotErrorIds.ArchitectureMismatch },
        { "no image", SpotErrorIds.ImageInvalid },
        { "missing image", SpotErrorIds.ImageInvalid },
        { "missing parameter of an image", SpotErrorIds.ImageInvalid },
        { "price of zero", SpotErrorIds.PriceInvalid },
        { "price below zero", SpotErrorIds.PriceInvalid },
        { "price below the market", SpotErrorIds.SpotMaxPriceTooLow },
        { "no life", SpotErrorIds.ExpiryInvalid },
        { "missing key file", SpotErrorIds.KeyFileInvalid },
        { "large user data", SpotErrorIds.UserDataTooLarge },
        { "tag of ours", SpotErrorIds.ParameterInvalid },
        { "account not allowed", SpotErrorIds.AccountNotAllowed },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Is_refused_before_any_change(string mistake, string errorId)
    {
        var good = ClusterLab.Request(2, "us-east-1");
        var request = mistake switch
        {
            "empty name" => good with { Name = " " },
            "illegal name" => good with { Name = "my cluster" },
            "no machine" => good with { Count = 0 },
            "above the quota" => good with { Count = 100_000 },
            "no region" => good with { Regions = [] },
            "unknown region" => good with { Regions = ["us-east-9"] },
            "no region matches" => good with { Regions = ["xx-*"] },
            "region not enabled" => good with { Regions = ["us-east-1", "af-south-1"] },
            "unknown type" => good with { InstanceTypes = ["t3.medium", "t99.huge"] },
            "type that is not offered" => good with { Regions = ["eu-north-1"], InstanceTypes = ["p4d.24xlarge"] },
            "architecture of type" => good with { Architecture = SpotArchitecture.Arm64 },
            "architecture of image" => good with { Image = ImageOf("arm64") },
            "no image" => good with { Image = "ubuntu" },
            "missing image" => good with { Image = "ami-00000000000000000" },
            "missing parameter of an image" => good with { Image = "resolve:ssm:/aws/service/nope" },
            "price of zero" => good with { MaxHourlyPrice = 0 },
            "price below zero" => good with { MaxHourlyPrice = -0.01m },
            "price below the market" => good with { MaxHourlyPrice = 0.00001m },
            "no life" => good with { ExpiresIn = TimeSpan.Zero },
            "missing key file" => good with { PublicKeyPath = "/nowhere/id.pub" },
            "large user data" => good with { UserData = Noise() },
            "tag of ours" => good with { Tags = new Dictionary<string, string> { [ClusterLab.FilterKey] = "x" } },
            _ => good,
        };
        if (mistake == "region not enabled")
        {
            _lab.Cloud.EnableRegion("af-south-1", false);
        }

        if (mistake == "account not allowed")
        {
            _lab.Settings = _lab.Settings with { AllowedAccounts = ["999999999999"] };
        }

        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(request));
        Assert.Equal(errorId, error.ErrorId);
        Assert.False(string.IsNullOrWhiteSpace(error.RecommendedAction));
        Assert.DoesNotContain('\n', error.Message);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);
        Assert.Empty(_lab.Journaled);
    }

    [Fact]
    public async Task A_name_is_in_use_until_the_cluster_is_gone()
    {
        await _lab.CreateAsync(ClusterLab.Request(1, "us-east-1"));
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));
        Assert.Equal(SpotErrorIds.ClusterNameInUse, error.ErrorId);
        Assert.True((await _lab.RemoveAsync()).Proven);
        Assert.Equal(1, (await _lab.CreateAsync(ClusterLab.Request(1, "us-east-1"))).Running);
    }

    [Fact]
    public async Task A_private_key_is_recognized_and_not_shown()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "-----BEGIN OPENSSH PRIVATE KEY-----\nsecretsecret\n");
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1") with { PublicKeyPath = path }));
        Assert.Equal(SpotErrorIds.KeyFileInvalid, error.ErrorId);
        Assert.DoesNotContain("secretsecret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_have_expired_are_told_as_such()
    {
        _lab.Cloud.ExpireCredentials();
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));
        Assert.Equal(SpotErrorIds.CredentialExpired, error.ErrorId);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_stops_the_launch_before_any_change()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_lab.JournalFolder)!);
        await File.WriteAllTextAsync(_lab.JournalFolder, "a file where the folder should be");
        var error = await Assert.ThrowsAsync<SpotException>(() => _lab.CreateAsync(ClusterLab.Request(1, "us-east-1")));
        Assert.Equal(SpotErrorIds.LocalFileFailed, error.ErrorId);
        Assert.DoesNotContain(_lab.Cloud.Calls.Calls, call => call.Changes);
    }

    private string ImageOf(string architecture) => _lab.Cloud.Region("us-east-1")
        .Call("DescribeImages", ("Owner.1", "099720109477"), ("Filter.1.Name", "architecture"), ("Filter.1.Value.1", architecture))
        .Descendants().First(element => element.Name.LocalName == "imageId").Value;

    private static string Noise()
    {
        var noise = new byte[60_000];
        new Random(7).NextBytes(noise);
        return "#!/bin/sh\n# " + Convert.ToBase64String(noise) + "\n";
    }
}
