namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>
/// Rounds weights that share a scale so that Σe² + ρ·(Σe)² is small, where e are the errors in steps: the noise at the layer's output for inputs whose squared
/// mean is ρ times their variance. Each weight goes to the nearest integer first; then those nearest to the middle between two are turned to the other
/// one, as long as that lowers the sum (as the channel step of SQuant does, Guo et al., ICLR 2022, which turns until the errors sum up to half a step).
/// </summary>
internal static class GroupRounding
{
    /// <summary>
    /// ρ for what lies behind a Relu: mean² ÷ variance of the positive half of a normal distribution is
    /// (2/π) ÷ (1 − 2/π) = 1.75. Pictures are smooth, so that neighbours under a kernel share their mean.
    /// </summary>
    public const double BehindRelu = 1.75;

    /// <summary>The integers, −127…127.</summary>
    /// <param name="weights">Finite numbers.</param>
    /// <param name="scale">Positive.</param>
    /// <param name="shift">ρ; 0 rounds to nearest.</param>
    /// <param name="integers">As many as there are weights.</param>
    public static void Round(ReadOnlySpan<float> weights, float scale, double shift, Span<sbyte> integers)
    {
        var errors = new double[weights.Length];
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            integers[i] = (sbyte)ScaleSearch.Integer(weights[i], scale);
            errors[i] = integers[i] - ((double)weights[i] / scale);
            sum += errors[i];
        }

        if (shift == 0)
        {
            return;
        }

        int direction = Math.Sign(sum);
        foreach (int index in Enumerable.Range(0, errors.Length).Where(i => errors[i] * direction > 0).OrderByDescending(i => Math.Abs(errors[i])))
        {
            if (shift * ((2 * Math.Abs(sum)) - 1) <= 1 - (2 * Math.Abs(errors[index])))
            {
                break;
            }

            if (Math.Abs(integers[index] - direction) <= WeightScales.Largest)
            {
                integers[index] = (sbyte)(integers[index] - direction);
                sum -= direction;
            }
        }
    }
}
