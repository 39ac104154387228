using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Inference;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>
/// Times how long two models take to open, in pairs: one after the other, the first one changing from round to round. Weights that are stored as integers and
/// computed with as float32 are unfolded then.
/// </summary>
internal sealed class LoadMeter(IInference inference, TimeProvider clock)
{
    private const int MostRounds = 7;

    /// <summary>At least one round is timed after the one that warms caches, however long it takes.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(0.7);

    /// <summary>The median over the rounds of candidate time ÷ reference time; above 1 the candidate takes longer.</summary>
    public double Ratio(StoredModel reference, StoredModel candidate, SessionSettings candidateSettings)
    {
        long started = clock.GetTimestamp();
        Pair(candidateFirst: false);
        var ratios = new List<double>();
        do
        {
            ratios.Add(Pair(candidateFirst: ratios.Count % 2 == 1));
        }
        while (ratios.Count < MostRounds && clock.GetElapsedTime(started) < Budget);

        ratios.Sort();
        return (ratios[(ratios.Count - 1) / 2] + ratios[ratios.Count / 2]) / 2;

        double Pair(bool candidateFirst)
        {
            double candidateSeconds = candidateFirst ? Seconds(candidate, candidateSettings) : 0;
            double referenceSeconds = Seconds(reference, new SessionSettings());
            return (candidateFirst ? candidateSeconds : Seconds(candidate, candidateSettings)) / referenceSeconds;
        }
    }

    private double Seconds(StoredModel model, SessionSettings settings)
    {
        long start = clock.GetTimestamp();
        inference.Open(model, settings).Dispose();
        return Math.Max(clock.GetElapsedTime(start).TotalSeconds, 1e-9);
    }
}
