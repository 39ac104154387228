using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Outputs;

/// <summary>Gathers how one output stands, batch after batch in any order and from several threads.</summary>
/// <param name="name">The output.</param>
/// <param name="samples">How many there are.</param>
internal sealed class OutputTally(string name, int samples)
{
    // A batch without rows for its samples is counted with its first one.
    private readonly SignalNoise[] _noise = new SignalNoise[samples];
    private readonly double[] _cosine = new double[samples];
    private long _nonFinite;
    private int _withoutRows;
    private int _differs;

    /// <summary>Both outputs had different sizes.</summary>
    public void AddDifferent() => Volatile.Write(ref _differs, 1);

    /// <summary>Sees both outputs for a batch.</summary>
    /// <param name="range">Which samples.</param>
    /// <param name="rows">The size of the outermost dimension.</param>
    /// <param name="reference">The float model's output.</param>
    /// <param name="candidate">The candidate's, as long.</param>
    public void Add(SampleRange range, long rows, ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        long nonFinite = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            nonFinite += !float.IsFinite(candidate[i]) && float.IsFinite(reference[i]) ? 1 : 0;
        }

        Interlocked.Add(ref _nonFinite, nonFinite);
        if (rows != range.Count)
        {
            Volatile.Write(ref _withoutRows, 1);
            _noise[range.Start] = SignalNoise.Of(reference, candidate);
            return;
        }

        int length = reference.Length / range.Count;
        for (int i = 0; i < range.Count; i++)
        {
            ReadOnlySpan<float> x = reference.Slice(i * length, length);
            ReadOnlySpan<float> y = candidate.Slice(i * length, length);
            _noise[range.Start + i] = SignalNoise.Of(x, y);
            _cosine[range.Start + i] = PerSample.Cosine(x, y);
        }
    }

    /// <summary>Over all samples, in their order.</summary>
    public SignalNoise Total => _noise.Aggregate((a, b) => a + b);

    public OutputReport Report()
    {
        bool rows = _differs == 0 && _withoutRows == 0;
        return new OutputReport(name, _differs == 0 ? Total.SqnrDb : double.NaN)
        {
            WorstSqnrDb = rows ? Least([.. _noise.Select(n => n.SqnrDb)]) : null,
            Cosine = rows ? _cosine.Sum() / samples : null,
            WorstCosine = rows ? Least(_cosine) : null,
            NonFinite = _nonFinite,
        };
    }

    private static SampleValue Least(double[] values)
    {
        int least = 0;
        for (int i = 1; i < values.Length; i++)
        {
            least = values[i] < values[least] ? i : least;
        }

        return new SampleValue(least, values[least]);
    }
}
