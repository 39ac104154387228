using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Inference;

namespace QuantBuildTasks.Engine.Validation.Timing;

/// <summary>
/// Times how long two models take to open, in turns: one after the other, the first one changing from round to round. Weights that are stored as integers and
/// computed with as float32 are unfolded then. Opening is one short piece of work that whatever else runs can only lengthen, so the least time of each counts.
/// </summary>
internal sealed class LoadMeter(IInference inference, TimeProvider clock)
{
    private const int MostRounds = 7;

    /// <summary>At least one round is timed after the one that warms caches, however long it takes.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(0.7);

    /// <summary>The least candidate time ÷ the least reference time; above 1 the candidate takes longer.</summary>
    public double Ratio(StoredModel reference, StoredModel candidate, SessionSettings candidateSettings)
    {
        long started = clock.GetTimestamp();
        Round(candidateFirst: false);
        (double leastCandidate, double leastReference) = (double.PositiveInfinity, double.PositiveInfinity);
        int rounds = 0;
        do
        {
            (double candidateSeconds, double referenceSeconds) = Round(candidateFirst: rounds % 2 == 1);
            (leastCandidate, leastReference) = (Math.Min(leastCandidate, candidateSeconds), Math.Min(leastReference, referenceSeconds));
            rounds++;
        }
        while (rounds < MostRounds && clock.GetElapsedTime(started) < Budget);

        return leastCandidate / leastReference;

        (double Candidate, double Reference) Round(bool candidateFirst)
        {
            double first = candidateFirst ? Seconds(candidate, candidateSettings) : 0;
            double referenceSeconds = Seconds(reference, new SessionSettings());
            return (candidateFirst ? first : Seconds(candidate, candidateSettings), referenceSeconds);
        }
    }

    private double Seconds(StoredModel model, SessionSettings settings)
    {
        long start = clock.GetTimestamp();
        inference.Open(model, settings).Dispose();
        return Math.Max(clock.GetElapsedTime(start).TotalSeconds, 1e-9);
    }
}
