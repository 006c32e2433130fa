// Instance types and where they are offered.
using System.Xml.Linq;

namespace SpotCluster.Engine.Aws.Ec2;

internal sealed class DescribeInstanceTypesRequest : Ec2Request, IPagedRequest
{
    public List<string> InstanceTypes { get; set; } = [];
    public List<Filter> Filters { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeInstanceTypes";

    bool IPagedRequest.NamesItems => InstanceTypes.Count > 0;

    int IPagedRequest.PageSize => 100;

    internal override void Write(QueryWriter w)
    {
        w.Add("InstanceType", InstanceTypes);
        w.Add("Filter", Filters);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeInstanceTypesResponse : Ec2Response, IPagedResponse
{
    public List<InstanceTypeInfo> InstanceTypes { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeInstanceTypesResponse Read(XElement e) => new()
    {
        InstanceTypes = e.Items("instanceTypeSet", InstanceTypeInfo.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class InstanceTypeInfo
{
    public string InstanceType { get; set; } = "";
    public bool? CurrentGeneration { get; set; }
    public List<string> SupportedUsageClasses { get; set; } = [];
    public bool? BareMetal { get; set; }
    public string? Hypervisor { get; set; }
    public ProcessorInfo? ProcessorInfo { get; set; }
    public VCpuInfo? VCpuInfo { get; set; }
    public MemoryInfo? MemoryInfo { get; set; }
    public bool? InstanceStorageSupported { get; set; }
    public InstanceStorageInfo? InstanceStorageInfo { get; set; }
    public GpuInfo? GpuInfo { get; set; }
    public bool? BurstablePerformanceSupported { get; set; }

    public static InstanceTypeInfo Read(XElement e) => new()
    {
        InstanceType = e.Text("instanceType") ?? "",
        CurrentGeneration = e.Bool("currentGeneration"),
        SupportedUsageClasses = e.Texts("supportedUsageClasses"),
        BareMetal = e.Bool("bareMetal"),
        Hypervisor = e.Text("hypervisor"),
        ProcessorInfo = e.Structure("processorInfo", ProcessorInfo.Read),
        VCpuInfo = e.Structure("vCpuInfo", VCpuInfo.Read),
        MemoryInfo = e.Structure("memoryInfo", MemoryInfo.Read),
        InstanceStorageSupported = e.Bool("instanceStorageSupported"),
        InstanceStorageInfo = e.Structure("instanceStorageInfo", InstanceStorageInfo.Read),
        GpuInfo = e.Structure("gpuInfo", GpuInfo.Read),
        BurstablePerformanceSupported = e.Bool("burstablePerformanceSupported"),
    };
}

internal sealed class ProcessorInfo
{
    public List<string> SupportedArchitectures { get; set; } = [];
    public string? Manufacturer { get; set; }

    public static ProcessorInfo Read(XElement e) => new()
    {
        SupportedArchitectures = e.Texts("supportedArchitectures"),
        Manufacturer = e.Text("manufacturer"),
    };
}

internal sealed class VCpuInfo
{
    public int? DefaultVCpus { get; set; }
    public int? DefaultCores { get; set; }
    public int? DefaultThreadsPerCore { get; set; }

    public static VCpuInfo Read(XElement e) => new()
    {
        DefaultVCpus = e.Int("defaultVCpus"),
        DefaultCores = e.Int("defaultCores"),
        DefaultThreadsPerCore = e.Int("defaultThreadsPerCore"),
    };
}

internal sealed class MemoryInfo
{
    public long? SizeInMiB { get; set; }

    public static MemoryInfo Read(XElement e) => new()
    {
        SizeInMiB = e.Long("sizeInMiB"),
    };
}

internal sealed class InstanceStorageInfo
{
    public long? TotalSizeInGB { get; set; }

    public static InstanceStorageInfo Read(XElement e) => new()
    {
        TotalSizeInGB = e.Long("totalSizeInGB"),
    };
}

internal sealed class GpuInfo
{
    public List<GpuDeviceInfo> Gpus { get; set; } = [];
    public int? TotalGpuMemoryInMiB { get; set; }

    public static GpuInfo Read(XElement e) => new()
    {
        Gpus = e.Items("gpus", GpuDeviceInfo.Read),
        TotalGpuMemoryInMiB = e.Int("totalGpuMemoryInMiB"),
    };
}

internal sealed class GpuDeviceInfo
{
    public string? Name { get; set; }
    public string? Manufacturer { get; set; }
    public int? Count { get; set; }
    public GpuDeviceMemoryInfo? MemoryInfo { get; set; }

    public static GpuDeviceInfo Read(XElement e) => new()
    {
        Name = e.Text("name"),
        Manufacturer = e.Text("manufacturer"),
        Count = e.Int("count"),
        MemoryInfo = e.Structure("memoryInfo", GpuDeviceMemoryInfo.Read),
    };
}

internal sealed class GpuDeviceMemoryInfo
{
    public int? SizeInMiB { get; set; }

    public static GpuDeviceMemoryInfo Read(XElement e) => new()
    {
        SizeInMiB = e.Int("sizeInMiB"),
    };
}

internal sealed class DescribeInstanceTypeOfferingsRequest : Ec2Request, IPagedRequest
{
    public string? LocationType { get; set; }
    public List<Filter> Filters { get; set; } = [];
    public int? MaxResults { get; set; }
    public string? NextToken { get; set; }

    internal override string Operation => "DescribeInstanceTypeOfferings";

    bool IPagedRequest.NamesItems => false;

    int IPagedRequest.PageSize => 1000;

    internal override void Write(QueryWriter w)
    {
        w.Add("LocationType", LocationType);
        w.Add("Filter", Filters);
        w.Add("MaxResults", MaxResults);
        w.Add("NextToken", NextToken);
    }
}

internal sealed class DescribeInstanceTypeOfferingsResponse : Ec2Response, IPagedResponse
{
    public List<InstanceTypeOffering> InstanceTypeOfferings { get; set; } = [];
    public string? NextToken { get; set; }

    public static DescribeInstanceTypeOfferingsResponse Read(XElement e) => new()
    {
        InstanceTypeOfferings = e.Items("instanceTypeOfferingSet", InstanceTypeOffering.Read),
        NextToken = e.Text("nextToken"),
    };
}

internal sealed class InstanceTypeOffering
{
    public string InstanceType { get; set; } = "";
    public string? LocationType { get; set; }
    public string Location { get; set; } = "";

    public static InstanceTypeOffering Read(XElement e) => new()
    {
        InstanceType = e.Text("instanceType") ?? "",
        LocationType = e.Text("locationType"),
        Location = e.Text("location") ?? "",
    };
}
