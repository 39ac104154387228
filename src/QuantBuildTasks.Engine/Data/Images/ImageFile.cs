using QuantBuildTasks.Engine.Diagnostics;
using StbImageSharp;

namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>Reads PNG, JPEG and BMP files. What a file is shows in its first bytes, not in its name.</summary>
internal static class ImageFile
{
    /// <summary>Most pixels that an image may have. The header says how many there are, before anything is allocated for them.</summary>
    public const long MaxPixels = 64_000_000;

    /// <summary>Most bytes that a file may have: four for each pixel of the largest image.</summary>
    public const long MaxBytes = 4 * MaxPixels;

    /// <summary>Grey images as one channel, all others as red, green, blue; transparency is dropped, 16-bit channels keep their upper half.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="model">The model that it is for, as the user wrote it.</param>
    /// <exception cref="QuantException">QBT1015: damaged, too large, or no such image. QBT1003: a Git LFS pointer.</exception>
    public static Picture Read(string path, string model)
    {
        byte[] bytes;
        try
        {
            long length = new FileInfo(path).Length;
            if (length > MaxBytes)
            {
                throw Unreadable(path, $"it has {length} bytes, and at most {MaxBytes} are read", model);
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e.Message.TrimEnd('.'), model, e);
        }

        GitLfs.RefusePointer(bytes, $"The image '{path}'", model);
        try
        {
            return Decode(bytes);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable(path, e.Message, model, e);
        }
    }

    /// <exception cref="InvalidDataException">The message is a clause for the user.</exception>
    internal static Picture Decode(byte[] bytes)
    {
        if (!IsKnown(bytes))
        {
            throw new InvalidDataException("it is neither PNG nor JPEG nor BMP; convert it to PNG");
        }

        try
        {
            CheckHeader(bytes);
            using var stream = new StrictStream(bytes);
            ImageResult image = ImageResult.FromStream(stream, ColorComponents.Default);
            return new Picture(image.Width, image.Height, image.Comp is ColorComponents.Grey or ColorComponents.GreyAlpha ? 1 : 3, WithoutAlpha(image.Data, (int)image.Comp));
        }
        catch (Exception e) when (e is InvalidOperationException or IndexOutOfRangeException or ArgumentException or EndOfStreamException or NullReferenceException or OverflowException)
        {
            // The decoder meets damage in its own ways; each means that the file is no image.
            throw new InvalidDataException("it is damaged or cut off", e);
        }
    }

    private static void CheckHeader(byte[] bytes)
    {
        using var stream = new StrictStream(bytes);
        if (ImageInfo.FromStream(stream) is not { } info || info.Width < 1 || info.Height < 1)
        {
            throw new InvalidDataException("its header is damaged, or of a variant that is not read");
        }

        if ((long)info.Width * info.Height > MaxPixels)
        {
            throw new InvalidDataException($"it has {info.Width} × {info.Height} pixels, and at most {MaxPixels} are read");
        }

        if ((long)info.Width * info.Height > bytes.Length * MaxPixelsPerByte(bytes))
        {
            throw new InvalidDataException($"its header claims {info.Width} × {info.Height} pixels, more than its {bytes.Length} bytes can hold");
        }

        PngStream.RefuseBomb(bytes);
    }

    private static bool IsKnown(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(PngStream.Signature) || bytes.StartsWith<byte>([0xFF, 0xD8, 0xFF]) || bytes.StartsWith("BM"u8);

    /// <summary>
    /// PNG: one bit for each pixel at least, and deflate's longest match makes 1032 bytes of one. JPEG: one bit for each block of 8 × 8 at least, which
    /// may stand for 2 × 2 blocks. BMP: one bit for each pixel at least.
    /// </summary>
    private static long MaxPixelsPerByte(ReadOnlySpan<byte> bytes) => bytes[0] switch
    {
        0x89 => 8 * 1032,
        0xFF => 8 * 64 * 4,
        _ => 8,
    };

    private static byte[] WithoutAlpha(byte[] data, int channels)
    {
        if (channels is 1 or 3)
        {
            return data;
        }

        int kept = channels - 1;
        byte[] pixels = new byte[data.Length / channels * kept];
        for (int from = 0, to = 0; to < pixels.Length; from += channels, to += kept)
        {
            data.AsSpan(from, kept).CopyTo(pixels.AsSpan(to));
        }

        return pixels;
    }

    private static QuantException Unreadable(string path, string why, string model, Exception? cause = null) =>
        QuantException.Error(Codes.ImageUnreadable, $"The image '{path}' cannot be used: {why}.", model, cause);
}
