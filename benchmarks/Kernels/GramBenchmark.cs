using BenchmarkDotNet.Attributes;
using QuantBuildTasks.Engine.Calibration.Moments;

namespace QuantBuildTasks.Kernels;

/// <summary>Sums of products of 128 patches on one thread: a pointwise layer, a 3 × 3 one, and a depthwise one.</summary>
public class GramBenchmark
{
    private const int Count = 128;

    private float[] _patches = [];

    [Params("1 x 480", "1 x 864", "480 x 25")]
    public string Layer { get; set; } = "";

    private int Groups => int.Parse(Layer.Split(" x ")[0], null);

    private int Length => int.Parse(Layer.Split(" x ")[1], null);

    [GlobalSetup]
    public void Setup() => _patches = Numbers.Activations(Count * Groups * Length);

    [Benchmark(Baseline = true)]
    public float Scalar()
    {
        var sums = new float[Groups * Length * Length];
        for (int p = 0; p < Count; p++)
        {
            for (int g = 0; g < Groups; g++)
            {
                ReadOnlySpan<float> patch = _patches.AsSpan(((p * Groups) + g) * Length, Length);
                for (int i = 0; i < patch.Length; i++)
                {
                    Span<float> row = sums.AsSpan(((g * Length) + i) * Length, Length);
                    for (int j = i; j < patch.Length; j++)
                    {
                        row[j] += patch[i] * patch[j];
                    }
                }
            }
        }

        return sums[0];
    }

    [Benchmark]
    public float Kernel()
    {
        var sums = new MomentSums(Groups, Length);
        sums.Add(_patches, Count, threads: 1);
        return sums.ToMoments().Second[0];
    }
}
