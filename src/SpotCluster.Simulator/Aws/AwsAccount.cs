using SpotCluster.Simulator.Ec2;
using SpotCluster.Simulator.Faults;

namespace SpotCluster.Simulator.Aws;

/// <summary>The account: who it is, which regions it may use, what it is refused, and its state per region.</summary>
internal sealed class AwsAccount
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Ec2Region> _regions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _enabled;
    private readonly HashSet<string> _denied = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unknownKeys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SessionKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Region, string Code), double> _quotas = [];
    private long _sessions;

    public AwsAccount(SimulatorOptions options, TimeProvider clock, FaultPlan faults)
    {
        Options = options;
        Clock = clock;
        Faults = faults;
        _enabled = [.. RegionCatalog.All.Where(region => region.EnabledByDefault).Select(region => region.Name)];
    }

    public SimulatorOptions Options { get; }

    public TimeProvider Clock { get; }

    public FaultPlan Faults { get; }

    public int Seed => Options.Seed;

    public string Id => Options.AccountId;

    public string? Alias { get; set; } = "spotcluster-simulator";

    /// <summary>Roles of IAM; locked while they are read or changed.</summary>
    public List<IamRole> Roles { get; } = [];

    public static string UserId => "AIDASIMULATEDUSER0001";

    public string Arn => $"arn:aws:iam::{Id}:user/simulated";

    /// <summary>Names of the enabled regions, sorted.</summary>
    public IReadOnlyList<string> EnabledRegions
    {
        get
        {
            lock (_gate)
            {
                return [.. _enabled.OrderBy(name => name, StringComparer.Ordinal)];
            }
        }
    }

    public static bool Exists(string region) => RegionCatalog.Find(region) is not null;

    public bool IsEnabled(string region)
    {
        lock (_gate)
        {
            return _enabled.Contains(region);
        }
    }

    public void Enable(string region, bool enabled)
    {
        _ = RegionCatalog.Find(region) ?? throw new ArgumentException($"AWS has no region '{region}'.", nameof(region));
        lock (_gate)
        {
            _ = enabled ? _enabled.Add(region) : _enabled.Remove(region);
        }
    }

    public bool IsDenied(string operation)
    {
        lock (_gate)
        {
            return _denied.Contains(operation);
        }
    }

    /// <summary>The code that every device shows.</summary>
    public string MfaCode { get; set; } = "123456";

    /// <summary>The only actions that are allowed, as IAM names them; null for all.</summary>
    public IReadOnlyCollection<string>? Allowed { get; set; }

    public void Deny(string operation, bool denied)
    {
        lock (_gate)
        {
            _ = denied ? _denied.Add(operation) : _denied.Remove(operation);
        }
    }

    public bool IsUnknownKey(string accessKeyId)
    {
        lock (_gate)
        {
            return _unknownKeys.Contains(accessKeyId);
        }
    }

    public void RefuseKey(string accessKeyId)
    {
        lock (_gate)
        {
            _unknownKeys.Add(accessKeyId);
        }
    }

    /// <summary>By how much the clock of the cloud is ahead of those of its clients, as far as signatures go.</summary>
    public TimeSpan ClockAhead { get; set; }

    /// <summary>Makes a lasting key whose secret is known: signatures with it are checked from now on.</summary>
    public void AddKey(string id, string secret)
    {
        lock (_gate)
        {
            _keys[id] = new SessionKey(id, secret, Arn, null, null);
        }
    }

    /// <summary>Makes the credentials of a session of a role.</summary>
    public SessionKey NewSession(string arn, TimeSpan lifetime)
    {
        lock (_gate)
        {
            var number = ++_sessions;
            string Bits(string what) => Chance.Bits(Seed, FormattableString.Invariant($"session/{number}/{what}")).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
            var key = new SessionKey(
                "ASIA" + Bits("id").ToUpperInvariant(), Bits("a") + Bits("b"), arn, "session" + Bits("c") + Bits("d") + Bits("e"), Clock.GetUtcNow() + lifetime);
            return _keys[key.Id] = key;
        }
    }

    /// <summary>A key whose secret is known; null for any other, which is taken as it is.</summary>
    public SessionKey? FindKey(string? id)
    {
        lock (_gate)
        {
            return id is not null && _keys.TryGetValue(id, out var key) ? key : null;
        }
    }

    /// <summary>Who a key belongs to.</summary>
    public string ArnOf(string? accessKeyId) => FindKey(accessKeyId)?.Arn ?? Arn;

    public double QuotaOf(string region, string code)
    {
        lock (_gate)
        {
            return _quotas.TryGetValue((region, code), out var value) ? value : Quotas.Default(code);
        }
    }

    public void SetQuota(string region, string code, double value)
    {
        lock (_gate)
        {
            _quotas[(region, code)] = value;
        }
    }

    /// <summary>The state of a region, made at its first use.</summary>
    public Ec2Region Region(string name)
    {
        lock (_gate)
        {
            if (!_regions.TryGetValue(name, out var region))
            {
                var info = RegionCatalog.Find(name) ?? throw new ArgumentException($"AWS has no region '{name}'.", nameof(name));
                _regions[name] = region = new Ec2Region(this, info);
            }

            return region;
        }
    }

    /// <summary>The regions that were ever used.</summary>
    public IReadOnlyList<Ec2Region> UsedRegions()
    {
        lock (_gate)
        {
            return [.. _regions.Values.OrderBy(region => region.Name, StringComparer.Ordinal)];
        }
    }
}
