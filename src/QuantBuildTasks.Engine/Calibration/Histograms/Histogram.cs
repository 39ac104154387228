namespace QuantBuildTasks.Engine.Calibration.Histograms;

/// <summary>
/// Counts of the numbers that a tensor took, in bounded memory. The bins are those of <see cref="HistogramGrid"/>: when the range grows, they
/// are merged in pairs. So the histogram is a function of the numbers alone, not of their order, nor of how they were spread over histograms
/// that are merged later.
/// </summary>
internal sealed class Histogram
{
    private const int BlockLength = 1024;

    private long[] _counts = [];
    private int _exponent;

    /// <summary>The least number; meaningless while <see cref="Count"/> is 0.</summary>
    public float Min { get; private set; }

    /// <summary>The greatest number; meaningless while <see cref="Count"/> is 0.</summary>
    public float Max { get; private set; }

    /// <summary>How many numbers were added.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them were zero (Relu makes many); they are counted in their bin, too.</summary>
    public long ZeroCount { get; private set; }

    /// <summary>Width of each bin, a power of two.</summary>
    public double BinWidth => Math.ScaleB(1, _exponent);

    /// <summary>Index of the bin of <see cref="Min"/>: bin i of <see cref="Counts"/> starts at (<see cref="FirstBin"/> + i)·<see cref="BinWidth"/>.</summary>
    public int FirstBin { get; private set; }

    /// <summary>Counts from the bin of <see cref="Min"/> to that of <see cref="Max"/>.</summary>
    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Adds numbers; false, with the histogram in no useful state, where one is NaN or infinite.</summary>
    public bool TryAdd(ReadOnlySpan<float> values)
    {
        Span<int> bins = stackalloc int[BlockLength];
        for (; values.Length > 0; values = values[Math.Min(BlockLength, values.Length)..])
        {
            ReadOnlySpan<float> block = values[..Math.Min(BlockLength, values.Length)];
            if (!HistogramKernel.TryFindRange(block, out float min, out float max))
            {
                return false;
            }

            Include(min, max);
            ZeroCount += HistogramKernel.FindBins(block, MathF.ScaleB(1, -_exponent), FirstBin, bins);
            Count += block.Length;
            foreach (int bin in bins[..block.Length])
            {
                _counts[bin]++;
            }
        }

        return true;
    }

    /// <summary>Makes <see cref="Min"/> and <see cref="Max"/> hold numbers that are not counted; false, with the histogram in no useful state, where one is NaN or infinite.</summary>
    public bool TryInclude(ReadOnlySpan<float> values)
    {
        if (values.Length == 0)
        {
            return true;
        }

        bool isFinite = HistogramKernel.TryFindRange(values, out float min, out float max);
        if (isFinite)
        {
            Include(min, max);
        }

        return isFinite;
    }

    /// <summary>Adds all that <paramref name="other"/> counted.</summary>
    public void Merge(Histogram other)
    {
        if (other._counts.Length == 0)
        {
            return;
        }

        Include(other.Min, other.Max);
        ReadOnlySpan<long> counts = other.Counts;
        for (int i = 0; i < counts.Length; i++)
        {
            _counts[HistogramGrid.Coarsen(other.FirstBin + i, _exponent - other._exponent) - FirstBin] += counts[i];
        }

        Count += other.Count;
        ZeroCount += other.ZeroCount;
    }

    /// <summary>Makes room for an interval.</summary>
    private void Include(float min, float max)
    {
        bool isFirst = _counts.Length == 0;
        if (!isFirst && min >= Min && max <= Max)
        {
            return;
        }

        Min = isFirst ? min : Math.Min(Min, min);
        Max = isFirst ? max : Math.Max(Max, max);
        int exponent = HistogramGrid.ExponentFor(Min, Max);
        int first = HistogramGrid.IndexOf(Min, exponent);
        int length = HistogramGrid.IndexOf(Max, exponent) - first + 1;
        if ((exponent, first, length) == (_exponent, FirstBin, _counts.Length))
        {
            return;
        }

        long[] counts = new long[length];
        for (int i = 0; i < _counts.Length; i++)
        {
            counts[HistogramGrid.Coarsen(FirstBin + i, exponent - _exponent) - first] += _counts[i];
        }

        (_counts, FirstBin, _exponent) = (counts, first, exponent);
    }
}
