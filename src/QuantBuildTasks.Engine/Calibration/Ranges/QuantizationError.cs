using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>What asymmetric 8-bit quantization does to the numbers of a histogram.</summary>
internal static class QuantizationError
{
    /// <summary>Steps between the least and the greatest of 8-bit integers.</summary>
    private const int Steps = 255;

    /// <summary>
    /// Σ (x − Q(x))² over all numbers, where those of a bin are taken as evenly spread over it and zeros are exact. The error of an evenly
    /// spread bin [a, b] is (F(b) − F(a))/(b − a) with F the integral of (x − Q(x))² from 0: with u = x/s, n the nearest step inside the
    /// range and f = u − n, F = s³·(n/12 + f³/3), since each whole step adds s³/12, and outside of the range f alone grows. Beyond half a step, where numbers are clipped, f² counts
    /// as 1/4 + w·(f² − 1/4), so F has 1/24 + (|f| − 1/2)·(1 − w)/4 + w·(|f|³ − 1/8)/3 with the sign of f in place of f³/3.
    /// </summary>
    /// <param name="histogram">At least one number.</param>
    /// <param name="range">Becomes s = (max − min)/255, z = round(−min/s).</param>
    /// <param name="clipping">The weight w of what clipping adds.</param>
    public static double Of(Histogram histogram, ValueRange range, double clipping = 1)
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
        double integralToA = Integral(a / scale, least, greatest, clipping);
        for (int i = 0; i < counts.Length; i++)
        {
            int bin = histogram.FirstBin + i;
            double b = Math.Min((bin + 1) * width, histogram.Max);
            double integralToB = Integral(b / scale, least, greatest, clipping);
            long count = counts[i] - (bin == 0 ? histogram.ZeroCount : 0);
            if (count > 0)
            {
                double mean = b > a ? (integralToB - integralToA) * scale / (b - a) : Square(a / scale, least, greatest, clipping);
                sum += count * mean;
            }

            (a, integralToA) = (b, integralToB);
        }

        return sum * scale * scale;
    }

    private static double Integral(double u, double least, double greatest, double clipping)
    {
        double n = Math.Clamp(Math.Round(u), least, greatest);
        double f = u - n;
        double size = Math.Abs(f);
        return (n / 12) + (size <= 0.5 ? f * f * f / 3 : Math.Sign(f) * ((1.0 / 24) + ((size - 0.5) * (1 - clipping) / 4) + (clipping * ((size * size * size) - 0.125) / 3)));
    }

    private static double Square(double u, double least, double greatest, double clipping)
    {
        double f = u - Math.Clamp(Math.Round(u), least, greatest);
        return Math.Abs(f) <= 0.5 ? f * f : 0.25 + (clipping * ((f * f) - 0.25));
    }
}
