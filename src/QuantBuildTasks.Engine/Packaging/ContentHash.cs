using System.Security.Cryptography;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>The hash by which artifacts are known: SHA-256 in lower-case hexadecimal.</summary>
internal static class ContentHash
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Of the file that holds all of a model; where one file cannot, of its weights' file and the graph behind it.</summary>
    public static string Of(StoredModel model)
    {
        if (model.IsWhole)
        {
            return Of(model.Graph);
        }

        using var sha = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write))
        {
            if (model.Size <= StoredModel.LargestFile)
            {
                model.WriteTo(stream);
            }
            else
            {
                stream.Write(model.WriteParts("weights.data", stream));
            }
        }

        return Convert.ToHexStringLower(sha.Hash!);
    }
}
