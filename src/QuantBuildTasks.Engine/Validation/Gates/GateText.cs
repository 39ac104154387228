using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Gates;

/// <summary>
/// What a verdict rests on, as a clause for messages: <c>top-1 fell by 2.3 points from 91.7 % to 89.4 % (limit 0.5 points; 95 % interval 1.8–2.8; 10,000 samples)</c>.
/// </summary>
internal static class GateText
{
    /// <summary>For metrics with a floor in decibels.</summary>
    public static string Floor(MetricResult result, MaxDrop limit) =>
        $"{(result.Kind == MetricKind.Psnr ? "PSNR" : "SQNR")} of the output is {Wording.Decibels(result.Value, Wording.Digits(result.Value, limit.Limit))} "
        + $"(limit at least {Wording.Given(limit.Limit)} dB; {Wording.Samples(result.Samples)})";

    /// <summary>For all others.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="limit">What was asked.</param>
    /// <param name="allowed">The same as a difference in the metric's unit.</param>
    /// <param name="enough">How many samples would tell; 0 where it need not be said.</param>
    public static string Of(MetricResult result, MaxDrop limit, double allowed, double enough)
    {
        string more = enough > 0 ? $", and about {Wording.Rounded(enough)} would tell" : "";
        int digits = result.Kind.Unit() == MetricUnit.Number ? NumberDigits(result, limit) : ShareDigits(result, limit, allowed);
        string[] details = [$"limit {Limit(result, limit, allowed)}", .. Interval(result, limit, digits), Wording.Samples(result.Samples) + more];
        return $"{Value(result, limit, digits)} ({string.Join("; ", details)})";
    }

    /// <summary>What the metric is called in messages.</summary>
    public static string Name(MetricKind metric) => metric switch
    {
        MetricKind.Top1 => "top-1",
        MetricKind.Top5 => "top-5",
        MetricKind.F1 => "macro F1",
        MetricKind.Iou => "mean IoU",
        MetricKind.Cer => "character error rate",
        MetricKind.Wer => "word error rate",
        MetricKind.Sqnr => "SQNR",
        MetricKind.Psnr => "PSNR",
        MetricKind.Mse => "mean squared error",
        _ => metric.ToString().ToLowerInvariant(),
    };

    private static bool HasOwnValue(MetricResult result) => !double.IsNaN(result.FloatValue);

    /// <summary>Decimals that show on which side of the limit a share lies, and that a drop is not none.</summary>
    private static int ShareDigits(MetricResult result, MaxDrop limit, double allowed)
    {
        double bound = result.Kind.LessIsBetter() ? result.Reference() + allowed : result.Reference() - allowed;
        int side = limit.Kind == MaxDropKind.Absolute || !HasOwnValue(result)
            ? Wording.Digits(result.Value * 100, bound * 100)
            : Wording.Digits(result.Drop * 100, allowed * 100);
        return Math.Max(side, Wording.Digits(result.Drop * 100, 0));
    }

    /// <summary>The significant digits that tell both models, and the value and its bound, apart.</summary>
    private static int NumberDigits(MetricResult result, MaxDrop limit)
    {
        int digits = HasOwnValue(result) ? Wording.SignificantDigits(result.Value, result.FloatValue) : 3;
        return limit.Kind == MaxDropKind.Absolute ? Math.Max(digits, Wording.SignificantDigits(result.Value, limit.Limit)) : digits;
    }

    private static string Value(MetricResult result, MaxDrop limit, int digits)
    {
        string share = Wording.Percent(result.Value, digits);
        if (HasOwnValue(result))
        {
            return Change(result, limit, digits);
        }

        return result.Kind switch
        {
            MetricKind.Agreement => $"the largest output agrees with float32 on {share} of the samples",
            MetricKind.Neighbours => $"the nearest neighbour is float32's for {share} of the samples",
            MetricKind.Iou => $"mean IoU with the float32 map is {share}",
            MetricKind.Mse => $"mean squared error to the float32 output is {Wording.Significant(result.Value, digits)}",
            _ => $"mean cosine to the float32 output is {Wording.Cosine(result.Value)}",
        };
    }

    private static string Change(MetricResult result, MaxDrop limit, int digits)
    {
        bool number = result.Kind.Unit() == MetricUnit.Number;
        string Text(double value) => number ? Wording.Significant(value, digits) : Wording.Percent(value, digits);
        string name = Name(result.Kind);
        if (result.Drop == 0)
        {
            return $"{name} stayed at {Text(result.Value)}";
        }

        string verb = result.Drop > 0 != result.Kind.LessIsBetter() ? "fell" : "rose";
        string by = !number ? $" by {Wording.Points(Math.Abs(result.Drop), digits)}"
            : result.FloatValue > 0 && double.IsFinite(result.Drop) ? $" by {RelativeText(result, limit)}"
            : "";
        return $"{name} {verb}{by} from {Text(result.FloatValue)} to {Text(result.Value)}";
    }

    private static string RelativeText(MetricResult result, MaxDrop limit)
    {
        double relative = Math.Abs(result.Drop) / result.FloatValue * 100;
        int side = limit.Kind == MaxDropKind.Relative ? Wording.Digits(relative, limit.Limit * 100) : 1;
        return Wording.Percent(relative / 100, Math.Max(side, Wording.Digits(relative, 0)));
    }

    private static string Limit(MetricResult result, MaxDrop limit, double allowed)
    {
        bool share = result.Kind.Unit() == MetricUnit.Share;
        string bound = result.Kind.LessIsBetter() ? "at most " : "at least ";
        return limit.Kind switch
        {
            MaxDropKind.Absolute => bound + (share ? Wording.PercentLimit(limit.Limit) : Wording.Given(limit.Limit)),
            MaxDropKind.Relative when share && HasOwnValue(result) => $"{Wording.PercentLimit(limit.Limit)} relative, {Wording.PointsLimit(allowed)}",
            MaxDropKind.Relative when result.Kind.Unit() == MetricUnit.Number => $"{Wording.PercentLimit(limit.Limit)} relative",
            _ when share && HasOwnValue(result) => Wording.PointsLimit(allowed),
            _ when share => $"{Wording.PointsLimit(allowed)} below 100 %",
            _ when result.Kind.Unit() == MetricUnit.Cosine => $"{Wording.Given(allowed)} below 1",
            _ => Wording.Given(allowed),
        };
    }

    private static IEnumerable<string> Interval(MetricResult result, MaxDrop limit, int digits)
    {
        if (result.DropInterval is not { } drop)
        {
            return [];
        }

        var value = new Interval(1 - drop.High, 1 - drop.Low);
        string text = result.Kind.Unit() switch
        {
            MetricUnit.Cosine => Wording.CosineInterval(value),
            MetricUnit.Number when limit.Kind == MaxDropKind.Relative && result.FloatValue > 0 =>
                Wording.PointsInterval(new Interval(drop.Low / result.FloatValue, drop.High / result.FloatValue)) + " %",
            MetricUnit.Number => Wording.SignificantInterval(drop, digits),
            _ when HasOwnValue(result) => Wording.PointsInterval(drop, digits),
            _ => Wording.PointsInterval(new Interval(value.Low, Math.Min(value.High, 1)), digits) + " %",
        };
        return [$"95 % interval {text}"];
    }
}
