namespace QuantBuildTasks.Engine.Calibration.Histograms;

/// <summary>
/// The grid of a histogram: bin k holds [k·2^e, (k + 1)·2^e). Widths are powers of two and edges multiples of the width, so a coarser grid
/// merges whole neighbours (k → ⌊k/2⌋), and the grid of a set of numbers depends on its least and greatest alone.
/// </summary>
internal static class HistogramGrid
{
    /// <summary>Most bins that a histogram spans; it spans more than half of them unless the data are few-valued.</summary>
    public const int Budget = 4096;

    // |k| stays below 2^23: finer bins than a float's own steps would say nothing, and x·2^-e stays exact in float.
    private const int IndexBits = 22;

    // 2^126 is the greatest reciprocal that a float can hold.
    private const int LeastExponent = -126;

    /// <summary>The least e for which all of [min, max] fits into the budget. It never falls when the interval grows.</summary>
    public static int ExponentFor(float min, float max)
    {
        double greatest = Math.Max(Math.Abs((double)min), Math.Abs((double)max));
        double span = (double)max - min;
        int exponent = LeastExponent;
        if (greatest > 0)
        {
            exponent = Math.Max(exponent, Math.ILogB(greatest) - IndexBits);
        }

        if (span > 0)
        {
            exponent = Math.Max(exponent, Math.ILogB(span) - Math.ILogB(Budget));
        }

        while (IndexOf(max, exponent) - IndexOf(min, exponent) >= Budget)
        {
            exponent++;
        }

        return exponent;
    }

    /// <summary>Where bin <paramref name="index"/> lies on a grid whose bins are 2^<paramref name="steps"/> times as wide: ⌊k/2^steps⌋.</summary>
    public static int Coarsen(int index, int steps) => index >> Math.Min(steps, 31);

    /// <summary>⌊x·2^-e⌋; exact, since a double has room for every scaled float.</summary>
    public static int IndexOf(float x, int exponent) => (int)Math.Floor(Math.ScaleB(x, -exponent));
}
