using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>
/// The mean difference over all samples, from a census of the least sure ones and a random sample of the rest (stratified sampling; Cochran,
/// Sampling Techniques, chapter 5): Σ over both strata of (its share of the samples) · (its mean difference).
/// </summary>
/// <param name="Drop">The estimate.</param>
/// <param name="Interval">Its 95 % interval: only the random stratum is uncertain. Null where nothing bounds the samples not tried.</param>
internal sealed record StratifiedEstimate(double Drop, Interval? Interval)
{
    /// <param name="differences">Of the samples tried, in order: the least sure ones, then the random ones.</param>
    /// <param name="leastSure">How many the census has; fewer differences mean that it is not finished.</param>
    /// <param name="population">All samples, tried or not.</param>
    /// <param name="floatValue">The float model's value on all samples; NaN where the metric compares with it.</param>
    /// <param name="shares">Whether the metric counts samples; differences of another one can all be 0 by chance.</param>
    public static StratifiedEstimate Of(IReadOnlyList<double> differences, int leastSure, int population, double floatValue, bool shares = true)
    {
        double sum = differences.Sum();
        if (differences.Count >= population)
        {
            return new StratifiedEstimate(sum / population, new Interval(sum / population, sum / population));
        }

        double[] random = [.. differences.Skip(leastSure)];
        if (random.Length == 0)
        {
            return WithoutRandom(differences, population, floatValue, shares);
        }

        double census = differences.Take(leastSure).Sum() / population;
        double weight = (double)(population - leastSure) / population;
        Interval rest = OfRandom(random, shares);
        return new StratifiedEstimate(census + (weight * random.Sum() / random.Length), new Interval(census + (weight * rest.Low), census + (weight * rest.High)));
    }

    /// <summary>Tango's interval where a sample is right or wrong, else by resampling.</summary>
    private static Interval OfRandom(double[] differences, bool shares) => shares && CountsSamples(differences)
        ? TangoInterval.Of(differences.Count(d => d == 1), differences.Count(d => d == -1), differences.Length)
        : PairedBootstrap.OfMean(differences);

    public static bool CountsSamples(IReadOnlyList<double> differences) => differences.All(d => d is 0 or 1 or -1);

    /// <summary>
    /// While the census runs nothing is known of the rest. The drop is what it would be if the rest did not change. The interval is no
    /// estimate but a bound: all of the rest could be lost, and what could be gained is nothing for a metric that compares with the float
    /// model, and at most the samples that the float model has wrong for a share of right samples.
    /// </summary>
    private static StratifiedEstimate WithoutRandom(IReadOnlyList<double> differences, int population, double floatValue, bool shares)
    {
        double drop = differences.Sum() / population;
        if (!shares || !CountsSamples(differences))
        {
            return new StratifiedEstimate(drop, null);
        }

        double unseen = (double)(population - differences.Count) / population;
        double gain = double.IsNaN(floatValue) ? 0 : Math.Clamp(1 - floatValue, 0, unseen);
        return new StratifiedEstimate(drop, new Interval(drop - gain, drop + unseen));
    }
}
