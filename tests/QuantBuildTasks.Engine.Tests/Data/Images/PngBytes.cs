using System.Buffers.Binary;
using System.IO.Compression;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Data.Images;

namespace QuantBuildTasks.Engine.Tests.Data.Images;

/// <summary>Writes PNG files (PNG specification, 3rd edition): 8 bits for each channel, no filter.</summary>
internal static class PngBytes
{
    /// <summary>A picture that is different everywhere: (37x + 91y + 53c + 7xy) mod 256.</summary>
    public static Picture Pattern(int width, int height, int channels, int seed = 0)
    {
        byte[] pixels = new byte[width * height * channels];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int c, int x, int y) = (i % channels, i / channels % width, i / channels / width);
            pixels[i] = (byte)((x * 37) + (y * 91) + (c * 53) + (x * y * 7) + seed);
        }

        return new Picture(width, height, channels, pixels);
    }

    public static byte[] Of(Picture picture)
    {
        using var rows = new MemoryStream();
        int stride = picture.Width * picture.Channels;
        for (int y = 0; y < picture.Height; y++)
        {
            rows.WriteByte(0);
            rows.Write(picture.Pixels.AsSpan(y * stride, stride));
        }

        return Of(picture.Width, picture.Height, picture.Channels, rows.ToArray());
    }

    /// <param name="width">What the header claims.</param>
    /// <param name="height">What the header claims.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="rows">What is compressed, whatever the header claims.</param>
    public static byte[] Of(int width, int height, int channels, byte[] rows)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = (byte)(channels == 1 ? 0 : 2);
        Chunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        Chunk(file, "IDAT"u8, packed.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Append(Crc32.Of(type), content));
        file.Write(number);
    }
}
