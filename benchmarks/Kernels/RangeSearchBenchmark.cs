using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Ranges;

namespace QuantBuildTasks.Kernels;

/// <summary>The range with the least squared error: from the histogram, and from the numbers themselves over the first walk of the same search.</summary>
public class RangeSearchBenchmark
{
    private readonly float[] _values = Numbers.Activations(1 << 20);
    private readonly Histogram _histogram = new();

    public RangeSearchBenchmark() => _histogram.TryAdd(_values);

    [Benchmark(Baseline = true)]
    public double Scalar()
    {
        double least = double.PositiveInfinity;
        double best = 0;
        for (double max = _histogram.Max; max > _histogram.Max / 4; max *= 15.0 / 16)
        {
            double scale = max / 255;
            double error = 0;
            foreach (float value in _values)
            {
                double off = value - (Math.Clamp(Math.Round(value / scale), 0, 255) * scale);
                error += off * off;
            }

            (best, least) = error < least ? (max, error) : (best, least);
        }

        return best;
    }

    [Benchmark]
    public double Search() => RangeMethod.Mse.Choose(new TensorStatistics("x", _histogram)).Max;
}
