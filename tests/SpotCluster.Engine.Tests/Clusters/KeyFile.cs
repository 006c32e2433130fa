using System.Text;

namespace SpotCluster.Engine.Tests.ClusterTests;

/// <summary>A public key that has the right form and belongs to nobody.</summary>
internal static class KeyFile
{
    public static string Write()
    {
        var blob = new byte[51];
        blob[3] = 11;
        Encoding.ASCII.GetBytes("ssh-ed25519").CopyTo(blob, 4);
        blob[18] = 32;
        var path = Path.GetTempFileName();
        File.WriteAllText(path, $"ssh-ed25519 {Convert.ToBase64String(blob)} someone");
        return path;
    }
}
