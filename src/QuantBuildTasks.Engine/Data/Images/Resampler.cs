namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>
/// Resizes as Pillow's <c>Image.resize</c> does, byte for byte, since most models are trained and tested on what it makes: a filter as wide as the
/// step between new pixels (antialias), first along rows, then along columns, each rounded to 8 bits, with weights in 22-bit fixed point.
/// Source: Pillow, <c>libImaging/Resample.c</c> and, for nearest, <c>Geometry.c</c>.
/// </summary>
internal static class Resampler
{
    private const int PrecisionBits = 22;

    public static Picture Resize(Picture picture, int width, int height, ResizeFilter filter)
    {
        if (filter == ResizeFilter.Nearest)
        {
            return width == picture.Width && height == picture.Height ? picture : Nearest(picture, width, height);
        }

        Picture rows = width == picture.Width ? picture : AlongRows(picture, Weights(picture.Width, width, filter));
        return height == picture.Height ? rows : AlongColumns(rows, Weights(picture.Height, height, filter));
    }

    private static Picture Nearest(Picture picture, int width, int height)
    {
        int[] columns = Centres(picture.Width, width);
        int[] rows = Centres(picture.Height, height);
        int channels = picture.Channels;
        byte[] pixels = new byte[checked(width * height * channels)];
        int to = 0;
        foreach (int row in rows)
        {
            foreach (int column in columns)
            {
                picture.Pixels.AsSpan(((row * picture.Width) + column) * channels, channels).CopyTo(pixels.AsSpan(to));
                to += channels;
            }
        }

        return new Picture(width, height, channels, pixels);
    }

    /// <summary>The old pixel under the centre of each new one. Steps are added up, as Pillow does: a product would round otherwise.</summary>
    private static int[] Centres(int from, int to)
    {
        double step = (double)from / to;
        double at = step * 0.5;
        int[] centres = new int[to];
        for (int i = 0; i < to; i++)
        {
            centres[i] = Math.Min((int)at, from - 1);
            at += step;
        }

        return centres;
    }

    private static Picture AlongRows(Picture picture, (int First, int[] Weights)[] taps)
    {
        int channels = picture.Channels;
        byte[] pixels = new byte[checked(taps.Length * picture.Height * channels)];
        int to = 0;
        for (int y = 0; y < picture.Height; y++)
        {
            ReadOnlySpan<byte> row = picture.Pixels.AsSpan(y * picture.Width * channels, picture.Width * channels);
            foreach ((int first, int[] weights) in taps)
            {
                for (int c = 0; c < channels; c++)
                {
                    int sum = 1 << (PrecisionBits - 1);
                    for (int i = 0, at = (first * channels) + c; i < weights.Length; i++, at += channels)
                    {
                        sum += row[at] * weights[i];
                    }

                    pixels[to++] = Clip(sum);
                }
            }
        }

        return picture with { Width = taps.Length, Pixels = pixels };
    }

    private static Picture AlongColumns(Picture picture, (int First, int[] Weights)[] taps)
    {
        int stride = picture.Width * picture.Channels;
        byte[] pixels = new byte[checked(taps.Length * stride)];
        int[] sums = new int[stride];
        for (int y = 0; y < taps.Length; y++)
        {
            (int first, int[] weights) = taps[y];
            Array.Fill(sums, 1 << (PrecisionBits - 1));
            for (int i = 0; i < weights.Length; i++)
            {
                ReadOnlySpan<byte> row = picture.Pixels.AsSpan((first + i) * stride, stride);
                for (int x = 0; x < stride; x++)
                {
                    sums[x] += row[x] * weights[i];
                }
            }

            for (int x = 0; x < stride; x++)
            {
                pixels[(y * stride) + x] = Clip(sums[x]);
            }
        }

        return picture with { Height = taps.Length, Pixels = pixels };
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    /// <summary>For each new pixel the first old one that it takes in, and the weights from there; they add up to 2^22 but for rounding.</summary>
    private static (int First, int[] Weights)[] Weights(int from, int to, ResizeFilter filter)
    {
        double step = (double)from / to;
        double width = Math.Max(step, 1);
        double support = Support(filter) * width;
        double inverse = 1 / width;
        var taps = new (int, int[])[to];
        for (int i = 0; i < to; i++)
        {
            double centre = (i + 0.5) * step;
            int first = Math.Max((int)(centre - support + 0.5), 0);
            int end = Math.Min((int)(centre + support + 0.5), from);
            double[] weights = new double[end - first];
            double sum = 0;
            for (int k = 0; k < weights.Length; k++)
            {
                weights[k] = Value(filter, (k + first - centre + 0.5) * inverse);
                sum += weights[k];
            }

            taps[i] = (first, Array.ConvertAll(weights, w => Fixed(sum == 0 ? w : w / sum)));
        }

        return taps;
    }

    private static int Fixed(double weight) => (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << PrecisionBits)));

    private static double Support(ResizeFilter filter) => filter switch
    {
        ResizeFilter.Box => 0.5,
        ResizeFilter.Bilinear => 1,
        ResizeFilter.Bicubic => 2,
        _ => 3,
    };

    private static double Value(ResizeFilter filter, double x)
    {
        double d = Math.Abs(x);
        return filter switch
        {
            ResizeFilter.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
            ResizeFilter.Bilinear => d < 1 ? 1 - d : 0,
            ResizeFilter.Bicubic when d < 1 => (((1.5 * d) - 2.5) * d * d) + 1,
            ResizeFilter.Bicubic => d < 2 ? ((((d - 5) * d) + 8) * d - 4) * -0.5 : 0,
            _ => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
