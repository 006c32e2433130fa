using System.IO.Compression;

namespace SpotCluster.Engine.Bacalhau;

/// <summary>Packs bytes.</summary>
internal static class Gzip
{
    public static byte[] Pack(byte[] bytes)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes, 0, bytes.Length);
        }

        return buffer.ToArray();
    }
}
