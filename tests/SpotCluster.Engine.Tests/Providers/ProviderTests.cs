using System.Globalization;
using SpotCluster.Engine.Clusters;
using SpotCluster.Engine.Costs;
using SpotCluster.Model;

namespace SpotCluster.Engine.Tests.Providers;

/// <summary>The contract at AWS.</summary>
public sealed class AwsContractTests : ProviderContract
{
    protected override SpotProvider Provider => SpotProvider.Aws;

    protected override string EmptyRegion => "eu-west-1";

    private protected override OfferQuery Offers => new() { Regions = ["us-east-1"], InstanceTypes = ["t3.*"], IncludeScore = false };

    private protected override ClusterRequest Request(string name, int count) => new() { Name = name, Count = count, Regions = ["us-east-1"], InstanceTypes = ["t3.micro"] };

    private protected override Task<string> AddUnmanagedAsync() => Task.FromResult(Cloud.Region("us-east-1").AddInstances(1)[0]);

    private protected override bool Exists(string id) => Cloud.Region("us-east-1").LiveInstances.Any(instance => instance.Id == id);
}

/// <summary>The contract at Vast.ai.</summary>
public sealed class VastContractTests : ProviderContract
{
    protected override SpotProvider Provider => SpotProvider.Vast;

    protected override string EmptyRegion => "*, ZZ";

    private protected override ClusterRequest Request(string name, int count) => base.Request(name, count) with { MaxHourlyPrice = 2 };

    private protected override Task<string> AddUnmanagedAsync() => Task.FromResult(Cloud.Vast.AddMachine("a colleague's").ToString(CultureInfo.InvariantCulture));

    private protected override bool Exists(string id) => Cloud.Vast.Machines.Any(machine => machine.Id.ToString(CultureInfo.InvariantCulture) == id);
}

/// <summary>The contract at a third provider, which the engine does not know.</summary>
public sealed class FakeContractTests : ProviderContract
{
    protected override SpotProvider Provider => FakeProvider.Provider;

    protected override string EmptyRegion => "lab-2";

    private protected override Task<string> AddUnmanagedAsync() => Task.FromResult(Fake.Add(null).Id);

    private protected override bool Exists(string id) => Fake.Has(id);
}
