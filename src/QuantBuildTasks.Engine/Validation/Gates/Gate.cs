using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Gates;

/// <summary>Compares what a metric found with how far it may fall (or rise, where less is better).</summary>
internal static class Gate
{
    // Limits are decimal numbers, drops are fractions: 0.3 points of 1,000 samples must equal 3/1000.
    private const double Rounding = 1e-9;

    /// <summary>How far a metric may fall where the user does not say; docs/metrics.md gives the reasons.</summary>
    public static MaxDrop Default(MetricKind metric) => metric switch
    {
        MetricKind.Agreement or MetricKind.Neighbours => new MaxDrop(MaxDropKind.Points, 0.03),
        MetricKind.Cer or MetricKind.Wer => new MaxDrop(MaxDropKind.Points, 0.005),
        MetricKind.Perplexity or MetricKind.Mse => new MaxDrop(MaxDropKind.Relative, 0.02),
        _ when metric.Unit() == MetricUnit.Decibels => new MaxDrop(MaxDropKind.Absolute, 20),
        _ => new MaxDrop(MaxDropKind.Points, 0.01),
    };

    /// <summary>Refuses a limit that has no meaning for the metric; where the data decide the metric, it is not known before.</summary>
    /// <param name="metric">What is measured.</param>
    /// <param name="comparesWithFloat">Whether float32's output is the truth.</param>
    /// <param name="maxDrop">What the user wrote, or null for the default.</param>
    /// <param name="model">What messages call the model.</param>
    /// <exception cref="QuantException">QBT1021.</exception>
    public static void Check(MetricKind metric, bool comparesWithFloat, MaxDrop? maxDrop, string? model)
    {
        string name = metric.ToString().ToLowerInvariant();
        MaxDrop limit = maxDrop ?? Default(metric);
        if (metric.Unit() == MetricUnit.Decibels && limit.Kind != MaxDropKind.Absolute)
        {
            throw QuantException.Error(Codes.InvalidValue, $"The metric is {name}, and its limit is a floor in decibels: write MaxDrop=\"20 dB\", or set Metric.", model);
        }

        if (metric.Unit() == MetricUnit.Number && comparesWithFloat && limit.Kind == MaxDropKind.Relative)
        {
            throw QuantException.Error(
                Codes.InvalidValue,
                $"Without float labels the metric {name} compares with float32's output, whose own error is 0, so that a relative rise has no meaning. Write an absolute limit such as MaxDrop=\"<=0.01\", or give an array '{Data.DatasetBinder.LabelsName}' of floating point numbers.",
                model);
        }

        if (metric.Unit() is MetricUnit.Share or MetricUnit.Cosine && !metric.LessIsBetter() && limit is { Kind: MaxDropKind.Absolute, Limit: > 1 })
        {
            throw QuantException.Error(Codes.InvalidValue, $"The metric is {name}, which is at most 1, and MaxDrop asks for at least {Wording.Given(limit.Limit)}. Decibels are for Metric=\"sqnr\" and \"psnr\".", model);
        }
    }

    /// <summary>
    /// Regressed where the drop as measured exceeds the limit; too few samples where it does not, but half of its interval is wider than
    /// the limit; else passed.
    /// </summary>
    /// <param name="result">What was measured.</param>
    /// <param name="maxDrop">A limit that passed <see cref="Check"/>, or null for the default.</param>
    public static GateVerdict Judge(MetricResult result, MaxDrop? maxDrop)
    {
        MaxDrop limit = maxDrop ?? Default(result.Kind);
        if (result.Kind.Unit() == MetricUnit.Decibels)
        {
            GateOutcome reached = result.Value >= limit.Limit - Rounding ? GateOutcome.Passed : GateOutcome.Regressed;
            return new GateVerdict(reached, limit, GateText.Floor(result, limit));
        }

        double allowed = limit.Kind switch
        {
            MaxDropKind.Points => limit.Limit,
            MaxDropKind.Relative => limit.Limit * result.Reference(),
            _ when result.Kind.LessIsBetter() => limit.Limit - result.Reference(),
            _ => result.Reference() - limit.Limit,
        };
        // Numbers have any size, shares do not.
        double rounding = result.Kind.Unit() == MetricUnit.Number ? Rounding * Math.Abs(allowed) : Rounding;
        double halfWidth = result.DropInterval is { } interval ? (interval.High - interval.Low) / 2 : 0;
        GateOutcome outcome = !(result.Drop <= allowed + rounding) ? GateOutcome.Regressed
            : halfWidth > Math.Abs(allowed) + rounding ? GateOutcome.TooFewSamples
            : GateOutcome.Passed;
        double needed = outcome == GateOutcome.TooFewSamples && allowed != 0 ? EnoughSamples(result, Math.Abs(allowed), halfWidth) : 0;
        return new GateVerdict(outcome, limit, GateText.Of(result, limit, allowed, needed));
    }

    /// <summary>
    /// How many samples would make half of the interval as small as the limit. The half width is about z·√(rate/n) for proportions, and z²/n
    /// where no sample disagrees; other intervals shrink with √n.
    /// </summary>
    private static double EnoughSamples(MetricResult result, double limit, double halfWidth)
    {
        const double Z2 = TangoInterval.Z * TangoInterval.Z;
        return result.Kind.CountsSamples()
            ? Z2 * Math.Max(result.DisagreementRate / (limit * limit), 1 / limit)
            : result.Samples * Math.Pow(halfWidth / limit, 2);
    }
}
