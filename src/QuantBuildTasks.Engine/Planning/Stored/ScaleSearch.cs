namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>
/// The scale with the least error for one group of weights: min over s of Σe² + ρ·(Σe)² with e = w − s·clamp(round(w/s), −127, 127), where ρ says how much
/// a shift of the output counts (<see cref="GroupRounding"/>). Three kinds of candidates:
/// smaller scales, which clip outliers; for small groups also slightly larger ones, among which some lie so that most weights fall near a multiple;
/// and the least-squares scale Σ w·q / Σ q² of the best integers found.
/// </summary>
internal static class ScaleSearch
{
    private const int Clipping = 16;
    private const double ClippingStep = 0.025;

    /// <summary>The largest weight is stored as 127/1.25 at the least: coarser steps cost more than chance gives back.</summary>
    private const double Widest = 1.25;

    /// <summary>More candidates find a better fit only where few weights must agree on one.</summary>
    private const int FittingWork = 1 << 13;
    private const int MostFitting = 256;

    /// <summary>The scale and its error.</summary>
    /// <param name="group">Finite numbers.</param>
    /// <param name="shift">ρ.</param>
    /// <param name="round">Brings a scale to one that can be stored.</param>
    public static (float Scale, double Error) Best(ReadOnlySpan<float> group, double shift, Func<double, float> round)
    {
        double largest = 0;
        foreach (float value in group)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        double plain = largest / WeightScales.Largest;
        float best = round(plain);
        double least = Error(group, best, shift, double.PositiveInfinity);
        for (int i = 1; i <= Clipping; i++)
        {
            Try(plain * (1 - (i * ClippingStep)), group, ref best, ref least);
        }

        int fitting = Math.Min(FittingWork / Math.Max(1, group.Length), MostFitting);
        for (int i = 1; i <= fitting; i++)
        {
            Try(plain * (1 + ((Widest - 1) * i / fitting)), group, ref best, ref least);
        }

        Try(LeastSquares(group, best), group, ref best, ref least);
        return (best, least);

        void Try(double scale, ReadOnlySpan<float> weights, ref float bestScale, ref double leastError)
        {
            if (leastError == 0)
            {
                return;
            }

            float candidate = round(scale);
            double error = Error(weights, candidate, shift, leastError);
            if (error < leastError)
            {
                (bestScale, leastError) = (candidate, error);
            }
        }
    }

    /// <summary>The integer that stands for a weight.</summary>
    public static float Integer(float weight, float scale) =>
        Math.Clamp(MathF.Round(weight / scale, MidpointRounding.ToEven), -WeightScales.Largest, WeightScales.Largest);

    /// <summary>Σe² + ρ·(Σe)²; more than <paramref name="enough"/> is not counted to the end.</summary>
    private static double Error(ReadOnlySpan<float> group, float scale, double shift, double enough)
    {
        double sum = 0;
        double errors = 0;
        for (int start = 0; start < group.Length && sum < enough; start += 256)
        {
            foreach (float value in group.Slice(start, Math.Min(256, group.Length - start)))
            {
                double error = value - (Integer(value, scale) * (double)scale);
                sum += error * error;
                errors += error;
            }
        }

        return sum + (shift * errors * errors);
    }

    private static double LeastSquares(ReadOnlySpan<float> group, float scale)
    {
        double products = 0;
        double squares = 0;
        foreach (float value in group)
        {
            double integer = Integer(value, scale);
            products += value * integer;
            squares += integer * integer;
        }

        return squares > 0 ? products / squares : scale;
    }
}
