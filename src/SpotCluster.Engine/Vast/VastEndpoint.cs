namespace SpotCluster.Engine.Vast;

/// <summary>
/// A limit of the API: the least time between two requests of one account to one endpoint and method, as Vast.ai
/// documents it in <c>x-rate-limit</c>, and what it adds when the limit was broken.
/// </summary>
internal sealed record VastEndpoint(string Name, TimeSpan Interval, TimeSpan Penalty)
{
    public static readonly VastEndpoint Search = Every("search", 6);
    public static readonly VastEndpoint Create = new("create", TimeSpan.FromSeconds(4.5), TimeSpan.FromSeconds(12));
    public static readonly VastEndpoint List = Every("list", 1);
    public static readonly VastEndpoint Show = Every("show", 2);
    public static readonly VastEndpoint Destroy = Every("destroy", 3);
    public static readonly VastEndpoint DestroyMany = Every("destroy-many", 3);
    public static readonly VastEndpoint Manage = Every("manage", 1);
    public static readonly VastEndpoint Bid = Every("bid", 5.5);
    public static readonly VastEndpoint User = Every("user", 1);
    public static readonly VastEndpoint Keys = Every("ssh", 1);
    public static readonly VastEndpoint KeyCreate = Every("ssh-create", 1);
    public static readonly VastEndpoint Charges = Every("charges", 1);

    public static readonly VastEndpoint GpuNames = Every("gpu-names", 1);

    public static readonly VastEndpoint Volumes = Every("volumes", 1);
    public static readonly VastEndpoint VolumeDelete = Every("volume-delete", 2);

    public static readonly VastEndpoint Restart = Every("restart", 1);
    public static readonly VastEndpoint Logs = Every("logs", 1);

    private static VastEndpoint Every(string name, double seconds) => new(name, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds));
}
