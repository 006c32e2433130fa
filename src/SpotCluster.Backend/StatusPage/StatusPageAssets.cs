using System.Reflection;
using SpotCluster.Backend.Endpoints;
using SpotCluster.Backend.Security;

namespace SpotCluster.Backend.StatusPage;

/// <summary>The status page: three files of the assembly. It holds no data; what it shows it asks for with the admin's token.</summary>
internal static class StatusPageAssets
{
    private static readonly (string Path, string File, string Type)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/assets/status.css", "status.css", "text/css; charset=utf-8"),
        ("/assets/status.js", "status.js", "text/javascript; charset=utf-8"),
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, file, type) in Files)
        {
            var content = Read(file);
            routes.MapGet(path, (HttpContext http) =>
                {
                    http.Response.Headers.CacheControl = "no-cache";
                    return Results.Bytes(content, type);
                })
                .For(Access.Public).ExcludeFromDescription();
        }
    }

    private static byte[] Read(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"StatusPage/{file}")
            ?? throw new InvalidOperationException($"The assembly does not contain {file}.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
