namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>
/// The score interval for the difference of two proportions measured on the same samples (Tango, Statistics in Medicine 17, 1998). It keeps its
/// coverage where few samples disagree, where intervals from a normal approximation or from resampling are far too short.
/// </summary>
internal static class TangoInterval
{
    /// <summary>The 97.5th percentile of the normal distribution.</summary>
    public const double Z = 1.959963984540054;

    private const int Bisections = 100;

    /// <summary>The 95 % interval of (b − c)/n.</summary>
    /// <param name="b">Samples that the float model has right and the candidate wrong.</param>
    /// <param name="c">The reverse.</param>
    /// <param name="n">All samples, at least 1.</param>
    /// <returns>Its ends within [−1, 1]: where the score reaches <see cref="Z"/>.</returns>
    public static Interval Of(int b, int c, int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(b);
        ArgumentOutOfRangeException.ThrowIfNegative(c);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(b + (long)c, n);
        double estimate = (double)(b - c) / n;
        return new Interval(Bisect(inside: estimate, outside: -1, b, c, n), Bisect(inside: estimate, outside: 1, b, c, n));
    }

    /// <summary>Where between a difference that the data allow and one that they do not the score passes <see cref="Z"/>.</summary>
    private static double Bisect(double inside, double outside, int b, int c, int n)
    {
        for (int i = 0; i < Bisections; i++)
        {
            double middle = (inside + outside) / 2;
            (inside, outside) = Score(middle, b, c, n) <= Z ? (middle, outside) : (inside, middle);
        }

        return inside;
    }

    /// <summary>|b − c − nλ| ÷ its standard error, with q the likeliest rate of the reverse disagreement if the difference is λ.</summary>
    private static double Score(double lambda, int b, int c, int n)
    {
        double quadratic = 2.0 * n;
        double linear = -b - c + (((2.0 * n) - b + c) * lambda);
        double constant = -c * lambda * (1 - lambda);
        double q = (Math.Sqrt(Math.Max(0, (linear * linear) - (4 * quadratic * constant))) - linear) / (2 * quadratic);
        double variance = n * ((2 * q) + (lambda * (1 - lambda)));
        double distance = Math.Abs(b - c - (n * lambda));
        return distance == 0 ? 0 : distance / Math.Sqrt(Math.Max(0, variance));
    }
}
