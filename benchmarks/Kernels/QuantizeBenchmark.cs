using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Kernels;

/// <summary>Writes a pointwise layer's 320 × 1280 weights as int8 with a scale for each output.</summary>
public class QuantizeBenchmark
{
    private const int Outputs = 320;
    private const int Inputs = 1280;

    private readonly float[] _weights = Numbers.Weights(Outputs * Inputs);
    private readonly float[] _scales = [.. Enumerable.Repeat(2f / 127, Outputs)];
    private readonly Tensor _tensor;

    public QuantizeBenchmark() => _tensor = Tensor.Of(_weights, Outputs, Inputs);

    [Benchmark(Baseline = true)]
    public sbyte Scalar()
    {
        var integers = new sbyte[_weights.Length];
        for (int i = 0; i < integers.Length; i++)
        {
            integers[i] = (sbyte)Math.Clamp(Math.Round(_weights[i] / _scales[i / Inputs], MidpointRounding.ToEven), -127, 127);
        }

        return integers[0];
    }

    [Benchmark]
    public int Kernel() => LinearQuantizer.Quantize(_tensor, new WeightFormat("layer", 1, ElementType.Int8, _scales, 0, 0)).Bytes.Length;
}
