namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>Noise ÷ signal on as many samples as are asked for, each of which is run once.</summary>
/// <param name="samples">How many there are.</param>
/// <param name="run">Noise and signal of each result of the model, for samples from one number up to another.</param>
internal sealed class SampledError(int samples, Func<int, int, IEnumerable<(double Noise, double Signal)[]>> run)
{
    /// <summary>Fewer than these say nothing.</summary>
    private const int Least = 4;

    private readonly List<(double Noise, double Signal)[]> _seen = [];

    /// <summary>On all samples.</summary>
    public double Whole => On(samples);

    /// <summary>On one of so many samples, four at least; the first ones.</summary>
    public double OnOneOf(int parts) => On(Math.Min(samples, Math.Max(Least, (samples + parts - 1) / parts)));

    /// <summary>Σ (ŷ − y)² ÷ Σ y², summed over the results. Sums are added in the order of the samples.</summary>
    private double On(int some)
    {
        if (_seen.Count < some)
        {
            _seen.AddRange(run(_seen.Count, some));
        }

        return _seen.Count == 0 ? 0 : Enumerable.Range(0, _seen[0].Length)
            .Sum(i => _seen.Take(some).Sum(s => s[i].Signal) is > 0 and double signal ? _seen.Take(some).Sum(s => s[i].Noise) / signal : 0);
    }
}
