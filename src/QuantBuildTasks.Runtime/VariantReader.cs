using System.Security.Cryptography;

namespace QuantBuildTasks.Runtime;

/// <summary>Reads a variant's bytes from its resource, and lets none pass that are not those that the build measured.</summary>
internal static class VariantReader
{
    /// <summary>The ONNX file in one array of exactly its length.</summary>
    /// <exception cref="QuantModelException">The resource is missing, or its length or hash is not that of the index.</exception>
    public static byte[] Read(ModelVariant variant, string model, string owner, Func<string, Stream?> open)
    {
        using Stream stream = open(variant.Resource) ?? throw Corrupt(variant, model, owner, "the resource is missing");

        // Compared before the array is made, so that a wrong index does not cost memory.
        if (stream.CanSeek && stream.Length != variant.Length)
        {
            throw Corrupt(variant, model, owner, $"it has {stream.Length} bytes in place of {variant.Length}");
        }

        var bytes = new byte[variant.Length];
        int read = 0;
        while (read < bytes.Length)
        {
            int count = stream.Read(bytes, read, bytes.Length - read);
            if (count == 0)
            {
                throw Corrupt(variant, model, owner, $"it has {read} bytes in place of {variant.Length}");
            }

            read += count;
        }

        if (stream.ReadByte() >= 0)
        {
            throw Corrupt(variant, model, owner, $"it has more than {variant.Length} bytes");
        }

        string hash = Sha256(bytes);
        return hash == variant.Sha256 ? bytes : throw Corrupt(variant, model, owner, $"its SHA-256 is {hash} in place of {variant.Sha256}");
    }

    private static string Sha256(byte[] bytes)
    {
#if NET8_0_OR_GREATER
        byte[] hash = SHA256.HashData(bytes);
#else
        using SHA256 algorithm = SHA256.Create();
        byte[] hash = algorithm.ComputeHash(bytes);
#endif
        return string.Concat(hash.Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static QuantModelException Corrupt(ModelVariant variant, string model, string owner, string what) =>
        new(
            Codes.VariantCorrupt,
            $"Variant {variant.Profile} of model '{model}' (resource '{variant.Resource}' of assembly '{owner}') is not the one that was built: {what}. Rebuild or reinstall the application.");
}
