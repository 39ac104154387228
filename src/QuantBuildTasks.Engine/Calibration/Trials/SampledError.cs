namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>Noise ÷ signal on as many samples as are asked for, each of which is run once.</summary>
/// <param name="count">How many there are.</param>
/// <param name="run">Noise and signal of each result of the model, for samples from one number up to another.</param>
internal sealed class SampledError(int count, Func<int, int, IEnumerable<(double Noise, double Signal)[]>> run)
{
    private readonly List<(double Noise, double Signal)[]> _seen = [];

    public int Count => count;

    /// <summary>On all samples.</summary>
    public double Whole => Between(0, count);

    /// <summary>Σ (ŷ − y)² ÷ Σ y² on samples from one number up to another, summed over the results. Sums are added in the order of the samples.</summary>
    public double Between(int from, int to)
    {
        if (_seen.Count < to)
        {
            _seen.AddRange(run(_seen.Count, to));
        }

        return _seen.Count == 0 ? 0 : Enumerable.Range(0, _seen[0].Length).Sum(result => Ratio(_seen.Take(from..to).Select(s => s[result])));
    }

    private static double Ratio(IEnumerable<(double Noise, double Signal)> energies)
    {
        (double noise, double signal) = energies.Aggregate((Noise: 0.0, Signal: 0.0), (sum, e) => (sum.Noise + e.Noise, sum.Signal + e.Signal));
        return signal > 0 ? noise / signal : 0;
    }
}
