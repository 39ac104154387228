using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Outputs;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>The first output of a session for one batch, as numbers and as bits. For one thread; the memory is used again for the next batch.</summary>
internal sealed class FirstOutput(IInferenceSession session)
{
    private readonly OutputBuffer _numbers = new();
    private byte[] _bytes = [];
    private int _byteCount;

    public ReadOnlySpan<float> Values => _numbers.Values;

    /// <summary>The elements in the session's own type.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _byteCount);

    public void Run(IReadOnlyDictionary<string, Tensor> inputs) => session.Run(inputs, (index, dims, bytes) =>
    {
        if (index != 0)
        {
            return;
        }

        _numbers.Fill(session.Outputs[0].Type, dims, bytes);
        _byteCount = bytes.Length;
        if (_bytes.Length < _byteCount)
        {
            _bytes = new byte[_byteCount];
        }

        bytes.CopyTo(_bytes);
    });

    /// <summary>Whether there is one row for each sample.</summary>
    public bool HasRows(int samples) => _numbers.Dims is [var rows, ..] && rows == samples;

    /// <summary>Whether each sample has one row of at least two scores: [N, C], or more dimensions of size 1.</summary>
    public bool HasScores(int samples) => HasRows(samples) && _numbers.Dims is [_, > 1, .. var others] && others.All(d => d == 1);

    /// <summary>The numbers of one sample of a batch.</summary>
    public ReadOnlySpan<float> Row(int sample, int samples) => Row(Values, sample, samples);

    /// <summary>The bits of one sample of a batch.</summary>
    public ReadOnlySpan<byte> RowBytes(int sample, int samples) => Row(Bytes, sample, samples);

    /// <summary>Shows the outputs of two models for a batch to a metric.</summary>
    public static SignalNoise Compare(Metric metric, SampleRange range, FirstOutput reference, FirstOutput candidate)
    {
        if (reference.Values.Length != candidate.Values.Length)
        {
            throw QuantException.Error(Codes.ReferenceMismatch, $"The output of the float model has {reference.Values.Length} elements, that of the artifact {candidate.Values.Length}.");
        }

        metric.Add(range, reference._numbers.Dims, reference.Values, candidate.Values);
        return SignalNoise.Of(reference.Values, candidate.Values);
    }

    private static ReadOnlySpan<T> Row<T>(ReadOnlySpan<T> all, int sample, int samples)
    {
        int length = all.Length / samples;
        return all.Slice(sample * length, length);
    }
}
