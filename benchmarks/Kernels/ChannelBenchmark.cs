using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Calibration;

namespace QuantBuildTasks.Kernels;

/// <summary>Least, greatest and sum of squares of a channel of 112 × 112 numbers.</summary>
public class ChannelBenchmark
{
    private readonly float[] _values = Numbers.Activations(112 * 112);

    [Benchmark(Baseline = true)]
    public (float Min, float Max, double Squares) Scalar()
    {
        (float min, float max, double squares) = (float.PositiveInfinity, float.NegativeInfinity, 0.0);
        foreach (float value in _values)
        {
            (min, max, squares) = (Math.Min(min, value), Math.Max(max, value), squares + ((double)value * value));
        }

        return (min, max, squares);
    }

    [Benchmark]
    public (float Min, float Max, double Squares) Kernel() => ChannelKernel.Sum(_values);
}
