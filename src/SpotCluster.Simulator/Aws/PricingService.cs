using System.Globalization;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using SpotCluster.Simulator.Ec2;
using RegionInfo = SpotCluster.Simulator.Ec2.RegionInfo;

namespace SpotCluster.Simulator.Aws;

/// <summary>
/// The Price List: what EC2's machines and disks cost on demand. Like AWS's own it stands in three regions, has the prices of
/// all of them, and gives each product as a JSON text inside the JSON of the page.
/// </summary>
internal sealed class PricingService(AwsAccount account) : IAwsService
{
    private const int MostPerPage = 100;
    private const string OnDemandTerm = "JRTCKXETXF";

    private static readonly string[] Homes = ["us-east-1", "eu-central-1", "ap-south-1"];

    public string SigningName => "pricing";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (account.IsDenied(call.Operation))
        {
            throw new ServiceFaultException(
                400,
                "AccessDeniedException",
                $"User: {account.Arn} is not authorized to perform: pricing:{call.Operation} because no identity-based policy allows the pricing:{call.Operation} action");
        }

        if (!Homes.Contains(call.Region, StringComparer.Ordinal))
        {
            throw new ServiceFaultException(403, "SignatureDoesNotMatch", $"Credential should be scoped to a valid region, not '{call.Region}'.");
        }

        return call.Operation == "GetProducts"
            ? JsonProtocol.Answer(call, GetProducts(call.Json))
            : throw new ServiceFaultException(400, "UnknownOperationException", $"Unknown operation {call.Operation}");
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => JsonProtocol.Refuse(call, fault);

    private static JObject GetProducts(JObject request)
    {
        if ((string?)request["ServiceCode"] != "AmazonEC2")
        {
            throw Invalid("The simulator supports the price list of AmazonEC2 only.");
        }

        if ((string?)request["FormatVersion"] is { } format && format != "aws_v1")
        {
            throw Invalid($"Unsupported format version: {format}");
        }

        var size = (int?)request["MaxResults"] ?? MostPerPage;
        if (size is < 1 or > MostPerPage)
        {
            throw Invalid($"MaxResults is {size}; it must be between 1 and {MostPerPage}.");
        }

        var filters = Filters(request["Filters"] as JArray ?? []);
        var start = Start((string?)request["NextToken"]);
        var page = Products(filters).Where(product => product.Fits(filters)).Skip(start).Take(size + 1).ToList();
        var body = new JObject
        {
            ["FormatVersion"] = "aws_v1",
            ["PriceList"] = new JArray(page.Take(size).Select(product => product.ToJson().ToString(Formatting.None))),
        };
        if (page.Count > size)
        {
            body["NextToken"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(FormattableString.Invariant($"products/{start + size}")));
        }

        return body;
    }

    private static Dictionary<string, string> Filters(JArray filters)
    {
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var filter in filters)
        {
            if (filter is not JObject || (string?)filter["Type"] != "TERM_MATCH" || (string?)filter["Field"] is not { Length: > 0 } field || (string?)filter["Value"] is not { } value)
            {
                throw Invalid("A filter has Type, Field and Value, and the simulator supports the type TERM_MATCH only.");
            }

            wanted[field] = value;
        }

        return wanted;
    }

    private static int Start(string? token)
    {
        if (token is null)
        {
            return 0;
        }

        try
        {
            if (Encoding.ASCII.GetString(Convert.FromBase64String(token)).Split('/') is ["products", var number]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var start))
            {
                return start;
            }
        }
        catch (FormatException)
        {
            // Refused below.
        }

        throw new ServiceFaultException(400, "InvalidNextTokenException", "The pagination token is invalid. Try again without a pagination token.");
    }

    // The filters by region and type spare making products that nobody looks at.
    private static IEnumerable<Product> Products(Dictionary<string, string> filters)
    {
        foreach (var region in RegionCatalog.All.Where(region => IsWanted("regionCode", region.Name)))
        {
            var market = new Market(0, region);
            var types = InstanceTypeCatalog.All.Where(type => IsWanted("instanceType", type.Name) && region.Zones.Any(zone => InstanceTypeCatalog.IsOffered(region, zone, type)));
            foreach (var product in types.SelectMany(type => ProductsOf(region, type, market.OnDemandPrice(type))).Concat(Disks(region)))
            {
                yield return product;
            }
        }

        bool IsWanted(string field, string value) => !filters.TryGetValue(field, out var wanted) || wanted == value;
    }

    // Of each type AWS has many products; those here are what a client must tell apart.
    private static IEnumerable<Product> ProductsOf(RegionInfo region, InstanceTypeInfo type, decimal price)
    {
        yield return Machine(region, type, price, "Linux", "Shared", "Used", "BoxUsage");
        yield return Machine(region, type, price, "Linux", "Shared", "UnusedCapacityReservation", "UnusedBox");
        yield return Machine(region, type, 0, "Linux", "Shared", "AllocatedCapacityReservation", "Reservation");
        yield return Machine(region, type, price * 1.1m, "Linux", "Dedicated", "Used", "DedicatedUsage");
        yield return Machine(region, type, price + (0.046m * type.VCpus), "Windows", "Shared", "Used", "BoxUsage");
    }

    private static Product Machine(RegionInfo region, InstanceTypeInfo type, decimal price, string system, string tenancy, string capacity, string usage) => new(
        region,
        "Compute Instance",
        price,
        "Hrs",
        new(StringComparer.Ordinal)
        {
            ["instanceType"] = type.Name,
            ["vcpu"] = type.VCpus.ToString(CultureInfo.InvariantCulture),
            ["memory"] = FormattableString.Invariant($"{type.MemoryMiB / 1024m:0.#} GiB"),
            ["operatingSystem"] = system,
            ["preInstalledSw"] = "NA",
            ["licenseModel"] = "No License required",
            ["tenancy"] = tenancy,
            ["capacitystatus"] = capacity,
            ["marketoption"] = "OnDemand",
            ["operation"] = system == "Windows" ? "RunInstances:0002" : "RunInstances",
            ["usagetype"] = $"{Prefix(region)}{usage}:{type.Name}",
        });

    private static IEnumerable<Product> Disks(RegionInfo region)
    {
        (string Family, string Volume, string Usage, decimal Price, string Unit)[] all =
        [
            ("Storage", "gp2", "VolumeUsage.gp2", 0.10m, "GB-Mo"),
            ("Storage", "gp3", "VolumeUsage.gp3", 0.08m, "GB-Mo"),
            ("System Operation", "gp3", "VolumeP-IOPS.gp3", 0.005m, "IOPS-Mo"),
            ("Provisioned Throughput", "gp3", "VolumeP-Throughput.gp3", 40.96m, "GiBps-mo"),
            ("Storage", "io1", "VolumeUsage.piops", 0.125m, "GB-Mo"),
            ("System Operation", "io1", "VolumeP-IOPS.piops", 0.065m, "IOPS-Mo"),
            ("Storage", "io2", "VolumeUsage.io2", 0.125m, "GB-Mo"),
            ("System Operation", "io2", "VolumeP-IOPS.io2", 0.065m, "IOPS-Mo"),
            ("System Operation", "io2", "VolumeP-IOPS.io2.tier2", 0.0455m, "IOPS-Mo"),
            ("System Operation", "io2", "VolumeP-IOPS.io2.tier3", 0.03185m, "IOPS-Mo"),
            ("Storage", "st1", "VolumeUsage.st1", 0.045m, "GB-Mo"),
            ("Storage", "sc1", "VolumeUsage.sc1", 0.015m, "GB-Mo"),
            ("Storage", "standard", "VolumeUsage", 0.05m, "GB-Mo"),
            ("System Operation", "standard", "VolumeIOUsage", 0.00000005m, "IOs"),
        ];
        return all.Select(disk => new Product(
            region,
            disk.Family,
            disk.Price * region.PriceFactor,
            disk.Unit,
            new(StringComparer.Ordinal) { ["volumeApiName"] = disk.Volume, ["usagetype"] = $"{Prefix(region)}EBS:{disk.Usage}" }));
    }

    private static string Prefix(RegionInfo region) => region.Name == "us-east-1" ? "" : region.ZoneIdPrefix.ToUpperInvariant() + "-";

    private static ServiceFaultException Invalid(string message) => new(400, "InvalidParameterException", message);

    /// <summary>One product of the list with its price.</summary>
    private sealed record Product(RegionInfo Region, string Family, decimal Price, string Unit, Dictionary<string, string> Attributes)
    {
        public bool Fits(Dictionary<string, string> filters) => filters.All(filter => Find(filter.Key) == filter.Value);

        public JObject ToJson()
        {
            var sku = Chance.Bits(0, $"{Region.Name}/{Attributes["usagetype"]}/{Find("operatingSystem")}").ToString("X16", CultureInfo.InvariantCulture);
            var term = $"{sku}.{OnDemandTerm}";
            var rate = $"{term}.6YS6EN2CT7";
            return new JObject
            {
                ["product"] = new JObject
                {
                    ["productFamily"] = Family,
                    ["attributes"] = new JObject(Attributes.Select(pair => new JProperty(pair.Key, pair.Value)))
                    {
                        ["servicecode"] = "AmazonEC2",
                        ["regionCode"] = Region.Name,
                        ["locationType"] = "AWS Region",
                    },
                    ["sku"] = sku,
                },
                ["serviceCode"] = "AmazonEC2",
                ["terms"] = new JObject
                {
                    ["OnDemand"] = new JObject { [term] = Term(term, rate, Price, Unit) },
                    ["Reserved"] = new JObject { [$"{sku}.4NA7Y494T4"] = Term($"{sku}.4NA7Y494T4", $"{sku}.4NA7Y494T4.6YS6EN2CT7", Price * 0.63m, Unit) },
                },
                ["version"] = "20260101000000",
                ["publicationDate"] = "2026-01-01T00:00:00Z",
            };
        }

        private string? Find(string field) => field switch
        {
            "ServiceCode" or "servicecode" => "AmazonEC2",
            "productFamily" => Family,
            "regionCode" => Region.Name,
            "locationType" => "AWS Region",
            _ => Attributes.TryGetValue(field, out var value) ? value : null,
        };

        private static JObject Term(string code, string rate, decimal price, string unit) => new()
        {
            ["priceDimensions"] = new JObject
            {
                [rate] = new JObject
                {
                    ["unit"] = unit,
                    ["beginRange"] = "0",
                    ["endRange"] = "Inf",
                    ["rateCode"] = rate,
                    ["pricePerUnit"] = new JObject { ["USD"] = price.ToString("0.0000000000", CultureInfo.InvariantCulture) },
                },
            },
            ["offerTermCode"] = code.Substring(code.LastIndexOf('.') + 1),
            ["effectiveDate"] = "2026-01-01T00:00:00Z",
        };
    }
}
