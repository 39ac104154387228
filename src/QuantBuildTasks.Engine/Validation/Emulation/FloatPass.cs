using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Selection;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>What the float model says of all samples.</summary>
/// <param name="Margins">
/// By sample, how far its largest output lies above the second largest; 0 where one is no number. Null where samples cannot be ordered by it:
/// the output is no row of scores for each sample, or the metric is no mean over samples.
/// </param>
/// <param name="FloatValue">The float model's value of the metric; NaN for metrics that compare with the float model itself.</param>
internal sealed record FloatPass(IReadOnlyList<double>? Margins, double FloatValue)
{
    /// <summary>Runs the float model once over all samples.</summary>
    /// <exception cref="Diagnostics.QuantException">The labels do not suit the metric.</exception>
    public static FloatPass Run(EmulatedScoringRequest request, CancellationToken cancellation = default)
    {
        Dataset data = request.Data;
        Metric metric = MetricChoice.Make(request.Metric, request.Options, data, request.DisplayPath);
        IReadOnlyList<SampleRange> batches = data.Batches(request.BatchSize);
        var sums = new SignalNoise[batches.Count];
        double[] margins = new double[data.Count];
        bool scores = true;
        BatchWalk.Run(
            batches,
            request.Workers,
            () => new FirstOutput(request.Float),
            (output, range) =>
            {
                output.Run(data.Batch(range));
                sums[range.Start / batches[0].Count] = FirstOutput.Compare(metric, range, output, output);
                if (!output.HasScores(range.Count))
                {
                    Volatile.Write(ref scores, false);
                    return;
                }

                for (int i = 0; i < range.Count; i++)
                {
                    margins[range.Start + i] = Margin(output.Row(i, range.Count));
                }
            },
            null,
            cancellation);
        SignalNoise sum = sums.Aggregate((a, b) => a + b);
        return new FloatPass(scores && metric.Differences is not null ? margins : null, metric.Result(sum).FloatValue);
    }

    /// <summary>The largest number less the second largest.</summary>
    internal static double Margin(ReadOnlySpan<float> scores)
    {
        double first = double.NegativeInfinity;
        double second = double.NegativeInfinity;
        foreach (float score in scores)
        {
            if (float.IsNaN(score))
            {
                return 0;
            }

            (first, second) = score > first ? (score, first) : (first, Math.Max(second, score));
        }

        double margin = first - second;
        return double.IsNaN(margin) ? 0 : margin;
    }
}
