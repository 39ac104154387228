using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>Compares what a metric found with how far it may fall.</summary>
internal static class Gate
{
    // Limits are decimal numbers, drops are fractions: 0.3 points of 1,000 samples must equal 3/1000.
    private const double Rounding = 1e-9;

    /// <summary>How far a metric may fall where the user does not say; docs/metrics.md gives the reasons.</summary>
    public static MaxDrop Default(MetricKind metric) => metric switch
    {
        MetricKind.Top1 => new MaxDrop(MaxDropKind.Points, 0.01),
        MetricKind.Agreement => new MaxDrop(MaxDropKind.Points, 0.03),
        MetricKind.Cosine => new MaxDrop(MaxDropKind.Points, 0.01),
        MetricKind.Sqnr => new MaxDrop(MaxDropKind.Absolute, 20),
        _ => throw new ArgumentOutOfRangeException(nameof(metric)),
    };

    /// <summary>Refuses a limit that has no meaning for the metric; where the data decide the metric, it is not known before.</summary>
    /// <exception cref="QuantException">QBT1021.</exception>
    public static void Check(MetricKind metric, MaxDrop? maxDrop, string? model)
    {
        if (metric == MetricKind.Sqnr && maxDrop is { Kind: not MaxDropKind.Absolute })
        {
            throw QuantException.Error(Codes.InvalidValue, "The metric is sqnr, and its limit is a floor in decibels: write MaxDrop=\"20 dB\", or set Metric.", model);
        }

        if (metric != MetricKind.Sqnr && maxDrop is { Kind: MaxDropKind.Absolute, Limit: > 1 })
        {
            string name = metric.ToString().ToLowerInvariant();
            throw QuantException.Error(Codes.InvalidValue, $"The metric is {name}, which is at most 1, and MaxDrop asks for at least {Wording.Given(maxDrop.Limit)}. Decibels are for Metric=\"sqnr\".", model);
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
        if (result.Kind == MetricKind.Sqnr)
        {
            return JudgeFloor(result, limit);
        }

        double reference = Reference(result);
        double allowed = limit.Kind switch
        {
            MaxDropKind.Points => limit.Limit,
            MaxDropKind.Relative => limit.Limit * reference,
            _ => reference - limit.Limit,
        };
        bool regressed = !(result.Drop <= allowed + Rounding);
        double halfWidth = result.DropInterval is { } interval ? (interval.High - interval.Low) / 2 : 0;
        GateOutcome outcome = regressed ? GateOutcome.Regressed
            : halfWidth > Math.Abs(allowed) + Rounding ? GateOutcome.TooFewSamples
            : GateOutcome.Passed;
        string enough = outcome == GateOutcome.TooFewSamples ? EnoughSamples(result, Math.Abs(allowed), halfWidth) : "";
        int digits = Digits(result, limit, allowed);
        string[] details = [$"limit {DescribeLimit(result, limit, allowed)}", .. DescribeInterval(result, digits), Wording.Samples(result.Samples) + enough];
        return new GateVerdict(outcome, limit, $"{DescribeValue(result, digits)} ({string.Join("; ", details)})");
    }

    /// <summary>The value from which a drop is counted.</summary>
    private static double Reference(MetricResult result) => result.Kind == MetricKind.Top1 ? result.FloatValue : 1;

    private static GateVerdict JudgeFloor(MetricResult result, MaxDrop limit)
    {
        GateOutcome outcome = result.Value >= limit.Limit - Rounding ? GateOutcome.Passed : GateOutcome.Regressed;
        string text = $"SQNR of the output is {Wording.Decibels(result.Value, Wording.Digits(result.Value, limit.Limit))} (limit at least {Wording.Given(limit.Limit)} dB; {Wording.Samples(result.Samples)})";
        return new GateVerdict(outcome, limit, text);
    }

    /// <summary>Decimals that show on which side of the limit a share lies, and that a drop is not none.</summary>
    private static int Digits(MetricResult result, MaxDrop limit, double allowed)
    {
        int side = limit.Kind == MaxDropKind.Absolute || result.Kind != MetricKind.Top1
            ? Wording.Digits(result.Value * 100, (Reference(result) - allowed) * 100)
            : Wording.Digits(result.Drop * 100, allowed * 100);
        return Math.Max(side, Wording.Digits(result.Drop * 100, 0));
    }

    private static string DescribeValue(MetricResult result, int digits) => result.Kind switch
    {
        MetricKind.Top1 when result.Drop == 0 => $"top-1 stayed at {Wording.Percent(result.Value, digits)}",
        MetricKind.Top1 =>
            $"top-1 {(result.Drop > 0 ? "fell" : "rose")} by {Wording.Points(Math.Abs(result.Drop), digits)} "
            + $"from {Wording.Percent(result.FloatValue, digits)} to {Wording.Percent(result.Value, digits)}",
        MetricKind.Agreement => $"the largest output agrees with float32 on {Wording.Percent(result.Value, digits)} of the samples",
        _ => $"mean cosine to the float32 output is {Wording.Cosine(result.Value)}",
    };

    private static string DescribeLimit(MetricResult result, MaxDrop limit, double allowed)
    {
        bool cosine = result.Kind == MetricKind.Cosine;
        bool top1 = result.Kind == MetricKind.Top1;
        return limit.Kind switch
        {
            MaxDropKind.Absolute => "at least " + (cosine ? Wording.Given(limit.Limit) : Wording.PercentLimit(limit.Limit)),
            MaxDropKind.Relative when top1 => $"{Wording.PercentLimit(limit.Limit)} relative, {Wording.PointsLimit(allowed)}",
            _ when cosine => $"{Wording.Given(allowed)} below 1",
            _ when top1 => Wording.PointsLimit(allowed),
            _ => $"{Wording.PointsLimit(allowed)} below 100 %",
        };
    }

    private static IEnumerable<string> DescribeInterval(MetricResult result, int digits)
    {
        if (result.DropInterval is not { } drop)
        {
            return [];
        }

        var value = new Interval(1 - drop.High, 1 - drop.Low);
        return
        [
            "95 % interval " + result.Kind switch
            {
                MetricKind.Top1 => Wording.PointsInterval(drop, digits),
                MetricKind.Cosine => Wording.CosineInterval(value),
                _ => Wording.PointsInterval(new Interval(value.Low, Math.Min(value.High, 1)), digits) + " %",
            },
        ];
    }

    /// <summary>
    /// How many samples would make half of the interval as small as the limit, to two digits. The half width is about z·√(rate/n) for
    /// proportions, and z²/n where no sample disagrees; other intervals shrink with √n.
    /// </summary>
    private static string EnoughSamples(MetricResult result, double limit, double halfWidth)
    {
        if (limit <= 0)
        {
            return "";
        }

        const double Z2 = TangoInterval.Z * TangoInterval.Z;
        double needed = result.Kind == MetricKind.Cosine
            ? result.Samples * Math.Pow(halfWidth / limit, 2)
            : Z2 * Math.Max(result.DisagreementRate / (limit * limit), 1 / limit);
        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(needed)) - 1));
        return $", and about {Wording.Count(Math.Ceiling(needed / unit) * unit)} would tell";
    }
}
