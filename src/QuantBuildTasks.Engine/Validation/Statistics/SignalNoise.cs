namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>Sums of squares of a signal and of what quantization changed in it. Sums run in double and in the order of the elements.</summary>
/// <param name="Signal">Σ x² of the float model.</param>
/// <param name="Noise">Σ (x − x̂)²; NaN where the quantized model gives NaN, or an infinity that the float model does not.</param>
internal readonly record struct SignalNoise(double Signal, double Noise)
{
    /// <summary>Noise ÷ signal; 0 where the two are equal, +∞ where there is only noise or no number at all.</summary>
    public double NoiseToSignal =>
        Noise == 0 ? 0 : double.IsFinite(Noise) && double.IsFinite(Signal) && Signal > 0 ? Noise / Signal : double.PositiveInfinity;

    /// <summary>10·log10(Σx² / Σ(x − x̂)²): +∞ where the two are equal, −∞ where there is only noise or no number at all.</summary>
    public double SqnrDb => -10 * Math.Log10(NoiseToSignal);

    public static SignalNoise operator +(SignalNoise a, SignalNoise b) => new(a.Signal + b.Signal, a.Noise + b.Noise);

    /// <summary>Compares two outputs of the same length. Equal infinities (masks) carry neither signal nor noise.</summary>
    public static SignalNoise Of(ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        double signal = 0;
        double noise = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double x = reference[i];
            double difference = x - candidate[i];
            if (double.IsInfinity(x) && x == candidate[i])
            {
                continue;
            }

            signal += x * x;
            noise += difference * difference;
        }

        return new SignalNoise(signal, noise);
    }
}
