using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Selection;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>
/// Runs the samples in their order and knows, at the end of each round, what a measurement would be that ends there. A metric belongs to a
/// set number of samples, so that each end has metrics of its own; next to emulated inference they cost nothing.
/// </summary>
internal sealed class ScoringRun
{
    private readonly EmulatedScoringRequest _request;
    private readonly Dataset _chosen;
    private readonly IReadOnlyList<SampleRange> _batches;
    private readonly BatchOutcome[] _outcomes;
    private readonly int[] _ends;
    private readonly Metric[] _native;
    private readonly Metric[] _emulated;
    private int _batchesDone;

    public ScoringRun(EmulatedScoringRequest request, SampleOrder order)
    {
        _request = request;
        _chosen = request.Data.Select(order.Places);
        _batches = _chosen.Batches(Math.Min(request.BatchSize, request.RoundSize));
        _outcomes = new BatchOutcome[_batches.Count];
        int perRound = Math.Max(1, request.RoundSize / _batches[0].Count);
        _ends = [.. _batches.Chunk(perRound).Select(round => round[^1].Start + round[^1].Count)];
        Metric Make(int end) => MetricChoice.Make(request.Metric, request.Options, request.Data.Select(order.Places.Take(end)), request.DisplayPath);
        _native = [.. _ends.Select(Make)];
        _emulated = [.. _ends.Select(Make)];
    }

    /// <summary>Rounds that ended.</summary>
    public int Rounds { get; private set; }

    public bool Ended => Rounds == _ends.Length;

    /// <summary>Samples tried.</summary>
    public int Samples => Rounds == 0 ? 0 : _ends[Rounds - 1];

    /// <summary>For each sample tried how much worse the emulated artifact is than the float model; null where the metric is no mean.</summary>
    public IReadOnlyList<double>? Differences => _emulated[Rounds - 1].Differences;

    /// <summary>The metric of the emulated artifact on the samples tried.</summary>
    public MetricResult Emulated => _emulated[Rounds - 1].Result(Sum(o => o.Emulated));

    public void Round(CancellationToken cancellation)
    {
        SampleRange[] round = [.. _batches.Skip(_batchesDone).TakeWhile(b => b.Start < _ends[Rounds])];
        BatchWalk.Run(
            round,
            _request.Workers,
            () => new Outputs(new FirstOutput(_request.Float), new FirstOutput(_request.Native), new FirstOutput(_request.Emulated)),
            (outputs, range) => _outcomes[range.Start / _batches[0].Count] = Visit(outputs, range),
            null,
            cancellation);
        _batchesDone += round.Length;
        Rounds++;
    }

    public RunComparison AgainstNative()
    {
        BatchOutcome[] done = _outcomes[.._batchesDone];
        return new RunComparison
        {
            Samples = Samples,
            DecisionsApart = done.All(o => o.Runs.DecisionsApart is not null) ? done.Sum(o => o.Runs.DecisionsApart) : null,
            Identical = done.Sum(o => o.Runs.Identical),
            GreatestDifference = done.Max(o => o.Runs.GreatestDifference),
            NativeValue = _native[Rounds - 1].Result(Sum(o => o.Native)).Value,
            EmulatedValue = Emulated.Value,
        };
    }

    private BatchOutcome Visit(Outputs outputs, SampleRange range)
    {
        IReadOnlyDictionary<string, Model.Tensor> inputs = _chosen.Batch(range);
        outputs.Float.Run(inputs);
        outputs.Native.Run(inputs);
        outputs.Emulated.Run(inputs);
        SignalNoise native = default;
        SignalNoise emulated = default;
        for (int i = Rounds; i < _ends.Length; i++)
        {
            native = FirstOutput.Compare(_native[i], range, outputs.Float, outputs.Native);
            emulated = FirstOutput.Compare(_emulated[i], range, outputs.Float, outputs.Emulated);
        }

        return new BatchOutcome(native, emulated, BatchComparison.Of(outputs.Native, outputs.Emulated, range.Count));
    }

    /// <summary>In the order of the batches, whoever ran them.</summary>
    private SignalNoise Sum(Func<BatchOutcome, SignalNoise> part) => _outcomes.Take(_batchesDone).Select(part).Aggregate((a, b) => a + b);

    private sealed record Outputs(FirstOutput Float, FirstOutput Native, FirstOutput Emulated);

    private readonly record struct BatchOutcome(SignalNoise Native, SignalNoise Emulated, BatchComparison Runs);
}
