using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Kernels;

/// <summary>The least and greatest of a million activations, and whether all are finite.</summary>
public class RangeBenchmark
{
    private readonly float[] _values = Numbers.Activations(1 << 20);

    [Benchmark(Baseline = true)]
    public (float Min, float Max, bool IsFinite) Scalar()
    {
        (float min, float max, bool isFinite) = (_values[0], _values[0], true);
        foreach (float value in _values)
        {
            isFinite &= float.IsFinite(value);
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
        }

        return (min, max, isFinite);
    }

    [Benchmark]
    public (float Min, float Max, bool IsFinite) Kernel()
    {
        bool isFinite = HistogramKernel.TryFindRange(_values, out float min, out float max);
        return (min, max, isFinite);
    }
}
