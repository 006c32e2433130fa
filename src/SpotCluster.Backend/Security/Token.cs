using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace SpotCluster.Backend.Security;

/// <summary>
/// Tokens are 256 random bits, so a plain SHA-256 is enough to store: there is nothing to guess. Comparisons take the same time
/// whatever the answer.
/// </summary>
internal static class Token
{
    public const int MinAdminLength = 32;

    public static string New(string prefix) => prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public static bool HashEquals(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));
}
