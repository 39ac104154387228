namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>A decoded image with 8 bits for each channel.</summary>
/// <param name="Width">Columns; at least 1.</param>
/// <param name="Height">Rows; at least 1.</param>
/// <param name="Channels">1: grey. 3: red, green, blue.</param>
/// <param name="Pixels">Height × Width × Channels, row after row from the top.</param>
internal sealed record Picture(int Width, int Height, int Channels, byte[] Pixels)
{
    /// <summary>The same with one channel: ITU-R BT.601 luma in 16-bit fixed point, as Pillow's <c>convert("L")</c> computes it.</summary>
    public Picture ToGray()
    {
        if (Channels == 1)
        {
            return this;
        }

        byte[] gray = new byte[Width * Height];
        for (int i = 0; i < gray.Length; i++)
        {
            gray[i] = (byte)(((Pixels[3 * i] * 19595) + (Pixels[(3 * i) + 1] * 38470) + (Pixels[(3 * i) + 2] * 7471) + 0x8000) >> 16);
        }

        return new Picture(Width, Height, 1, gray);
    }

    /// <summary>The same with three channels; a grey one becomes three equal ones.</summary>
    public Picture ToColour()
    {
        if (Channels == 3)
        {
            return this;
        }

        byte[] colour = new byte[3 * Pixels.Length];
        for (int i = 0; i < Pixels.Length; i++)
        {
            colour.AsSpan(3 * i, 3).Fill(Pixels[i]);
        }

        return new Picture(Width, Height, 3, colour);
    }

    /// <summary>The middle of it. Where the margins cannot be equal, half a pixel is rounded to even, as torchvision's <c>CenterCrop</c> does.</summary>
    /// <param name="width">At most <see cref="Width"/>.</param>
    /// <param name="height">At most <see cref="Height"/>.</param>
    public Picture Centre(int width, int height)
    {
        if (width == Width && height == Height)
        {
            return this;
        }

        int left = Half(Width - width);
        int top = Half(Height - height);
        byte[] part = new byte[width * height * Channels];
        for (int y = 0; y < height; y++)
        {
            Row(top + y).Slice(left * Channels, width * Channels).CopyTo(part.AsSpan(y * width * Channels));
        }

        return new Picture(width, height, Channels, part);
    }

    /// <summary>It in the middle of a larger one of one colour.</summary>
    /// <param name="width">At least <see cref="Width"/>.</param>
    /// <param name="height">At least <see cref="Height"/>.</param>
    /// <param name="colour">One value for each channel, or one for all.</param>
    public Picture PadTo(int width, int height, IReadOnlyList<byte> colour)
    {
        if (width == Width && height == Height)
        {
            return this;
        }

        byte[] padded = new byte[width * height * Channels];
        for (int i = 0; i < padded.Length; i++)
        {
            padded[i] = colour[i % Channels % colour.Count];
        }

        int left = Half(width - Width);
        int top = Half(height - Height);
        for (int y = 0; y < Height; y++)
        {
            Row(y).CopyTo(padded.AsSpan((((top + y) * width) + left) * Channels));
        }

        return new Picture(width, height, Channels, padded);
    }

    private ReadOnlySpan<byte> Row(int y) => Pixels.AsSpan(y * Width * Channels, Width * Channels);

    private static int Half(int margin) => (int)Math.Round(margin / 2.0, MidpointRounding.ToEven);
}
