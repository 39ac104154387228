using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Calibration.Channels;

namespace QuantBuildTasks.Kernels;

/// <summary>Least, greatest, sum and sum of squares of a channel of 112 × 112 numbers.</summary>
public class ChannelBenchmark
{
    private readonly float[] _values = Numbers.Activations(112 * 112);

    [Benchmark(Baseline = true)]
    public (float Min, float Max, double Sum, double Squares) Scalar()
    {
        (float min, float max, double sum, double squares) = (float.PositiveInfinity, float.NegativeInfinity, 0.0, 0.0);
        foreach (float value in _values)
        {
            (min, max, sum, squares) = (Math.Min(min, value), Math.Max(max, value), sum + value, squares + ((double)value * value));
        }

        return (min, max, sum, squares);
    }

    [Benchmark]
    public (float Min, float Max, double Sum, double Squares) Kernel() => ChannelKernel.Sum(_values);
}
