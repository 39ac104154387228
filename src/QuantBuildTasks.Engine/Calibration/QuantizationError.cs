namespace QuantBuildTasks.Engine.Calibration;

/// <summary>What asymmetric 8-bit quantization does to the numbers of a histogram.</summary>
internal static class QuantizationError
{
    /// <summary>Steps between the least and the greatest of 8-bit integers.</summary>
    private const int Steps = 255;

    /// <summary>
    /// Σ (x − Q(x))² over all numbers, where those of a bin are taken as evenly spread over it and zeros are exact. The error of an evenly
    /// spread bin [a, b] is (F(b) − F(a))/(b − a) with F the integral of (x − Q(x))² from 0: with u = x/s, n the nearest step inside the
    /// range and f = u − n, F = s³·(n/12 + f³/3), since each whole step adds s³/12, and outside of the range f alone grows.
    /// </summary>
    /// <param name="histogram">At least one number.</param>
    /// <param name="range">Becomes s = (max − min)/255, z = round(−min/s).</param>
    public static double Of(Histogram histogram, ValueRange range)
    {
        double scale = (range.Max - range.Min) / Steps;
        if (scale == 0)
        {
            scale = double.Epsilon * Steps;
        }

        double least = -Math.Clamp(Math.Round(-range.Min / scale), 0, Steps);
        double greatest = Steps + least;
        double width = histogram.BinWidth;
        ReadOnlySpan<long> counts = histogram.Counts;
        double sum = 0;
        double a = histogram.Min;
        double integralToA = Integral(a / scale, least, greatest);
        for (int i = 0; i < counts.Length; i++)
        {
            int bin = histogram.FirstBin + i;
            double b = Math.Min((bin + 1) * width, histogram.Max);
            double integralToB = Integral(b / scale, least, greatest);
            long count = counts[i] - (bin == 0 ? histogram.ZeroCount : 0);
            if (count > 0)
            {
                double mean = b > a ? (integralToB - integralToA) * scale / (b - a) : Square(a / scale, least, greatest);
                sum += count * mean;
            }

            (a, integralToA) = (b, integralToB);
        }

        return sum * scale * scale;
    }

    private static double Integral(double u, double least, double greatest)
    {
        double n = Math.Clamp(Math.Round(u), least, greatest);
        double f = u - n;
        return (n / 12) + (f * f * f / 3);
    }

    private static double Square(double u, double least, double greatest)
    {
        double f = u - Math.Clamp(Math.Round(u), least, greatest);
        return f * f;
    }
}
