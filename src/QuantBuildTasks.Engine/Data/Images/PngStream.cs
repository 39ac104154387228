using System.Buffers.Binary;
using System.IO.Compression;

namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>Looks at the compressed pixels of a PNG file (PNG specification, 3rd edition, 5.3) before they are decoded.</summary>
internal static class PngStream
{
    private const int HeaderLength = 8;
    private const int ChunkFrame = 12;

    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Refuses pixels that unpack to more than the size in the header allows. Other formats, and damage that the decoder sees itself, pass.</summary>
    /// <exception cref="InvalidDataException">The message is a clause for the user.</exception>
    public static void RefuseBomb(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith(Signature) || bytes.Length < HeaderLength + ChunkFrame + 13)
        {
            return;
        }

        long width = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(16));
        long height = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(20));

        // At most four channels of 16 bits; seven interlaced passes, each with a filter byte for each row.
        long allowed = (width * height * 8) + (7 * (height + width + 8));
        using var packed = new MemoryStream();
        for (long at = HeaderLength; at + ChunkFrame <= bytes.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan((int)at));
            if (length > bytes.Length - at - ChunkFrame)
            {
                throw new InvalidDataException("it is damaged or cut off");
            }

            if (bytes.AsSpan((int)at + 4, 4).SequenceEqual("IDAT"u8))
            {
                packed.Write(bytes, (int)at + 8, (int)length);
            }

            at += length + ChunkFrame;
        }

        // Deflate makes one byte of at most 1032, so small files cannot do harm.
        if (packed.Length * 1032 > allowed && Unpacked(packed, allowed) > allowed)
        {
            throw new InvalidDataException($"its pixels unpack to more than the {width} × {height} that its header claims");
        }
    }

    private static long Unpacked(MemoryStream packed, long enough)
    {
        packed.Position = 0;
        using var pixels = new ZLibStream(packed, CompressionMode.Decompress);
        byte[] block = new byte[1 << 16];
        long total = 0;
        while (total <= enough && pixels.Read(block) is > 0 and int read)
        {
            total += read;
        }

        return total;
    }
}
