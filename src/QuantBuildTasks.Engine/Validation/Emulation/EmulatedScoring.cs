using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>
/// Scores an artifact in its profile's arithmetic under an emulator, which is too slow for all samples: first those of which float32 is
/// least sure, then random ones, until the interval of the drop lies within the limit or a budget ends. docs/emulation.md has the
/// reasons and the formulas.
/// </summary>
internal static class EmulatedScoring
{
    /// <exception cref="OperationCanceledException">Between two batches.</exception>
    /// <exception cref="Diagnostics.QuantException">The labels or the outputs do not suit the metric.</exception>
    public static EmulatedReport Score(EmulatedScoringRequest request, CancellationToken cancellation = default)
    {
        if (request.Data.Count == 0)
        {
            throw new ArgumentException("There are no samples.", nameof(request));
        }

        FloatPass floats = request.FloatPass ?? FloatPass.Run(request, cancellation);
        SampleOrder order = SampleOrder.Of(request.Data.Count, floats.Margins, request.SampleBudget, request.Data.FixedBatchSize ?? 1);
        var run = new ScoringRun(request, order);
        var judge = new EmulatedVerdict(request.MaxDrop, request.Data.Count, order.LeastSure, floats.FloatValue);
        long start = request.Clock.GetTimestamp();
        while (true)
        {
            run.Round(cancellation);
            request.Progress?.Invoke((double)run.Samples / order.Places.Count);
            MetricResult result = judge.Estimate(run.Emulated, run.Differences);
            bool decided = run.Samples >= request.MinimumSamples && judge.IsDecided(result);
            bool late = request.Clock.GetElapsedTime(start) >= request.TimeBudget;
            if (run.Ended || decided || late)
            {
                RunComparison runs = run.AgainstNative();
                return new EmulatedReport
                {
                    Result = judge.Shown(result),
                    Verdict = judge.Judge(result, run.Differences, runs),
                    Population = request.Data.Count,
                    LeastSure = Math.Min(run.Samples, order.LeastSure),
                    End = run.Samples == request.Data.Count ? ScoringEnd.AllSamples : decided ? ScoringEnd.Decided : run.Ended ? ScoringEnd.SampleBudget : ScoringEnd.TimeBudget,
                    AgainstNative = runs,
                };
            }
        }
    }
}
