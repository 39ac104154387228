using System.Security.Cryptography;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>The hash by which artifacts are known: SHA-256 in lower-case hexadecimal.</summary>
internal static class ContentHash
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
