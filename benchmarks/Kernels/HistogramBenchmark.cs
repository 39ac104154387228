using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Kernels;

/// <summary>Counts a million activations.</summary>
public class HistogramBenchmark
{
    private readonly float[] _values = Numbers.Activations(1 << 20);

    [Benchmark(Baseline = true)]
    public long Scalar()
    {
        (float min, float max) = (_values[0], _values[0]);
        foreach (float value in _values)
        {
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        }

        int exponent = HistogramGrid.ExponentFor(min, max);
        int first = HistogramGrid.IndexOf(min, exponent);
        var counts = new long[HistogramGrid.IndexOf(max, exponent) - first + 1];
        foreach (float value in _values)
        {
            counts[HistogramGrid.IndexOf(value, exponent) - first]++;
        }

        return counts[0];
    }

    [Benchmark]
    public long AllNumbers()
    {
        var histogram = new Histogram();
        histogram.TryAdd(_values);
        return histogram.Counts[0];
    }

    /// <summary>As calibration does it with tensors of this size.</summary>
    [Benchmark]
    public long SomeBlocks()
    {
        var histogram = new Histogram();
        HistogramKernel.TryFindRange(_values, out float min, out float max);
        CountedBlocks.Add(histogram, _values, (min, max), 100, 0);
        return histogram.Counts[0];
    }
}
