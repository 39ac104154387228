using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Validation.Timing;

/// <summary>What <see cref="LatencyMeter"/> found.</summary>
/// <param name="Reference">Time of one run of the float model: the median over the rounds.</param>
/// <param name="Candidate">Time of one run of the candidate: the median over the rounds.</param>
/// <param name="Speedup">The median over the rounds of float time ÷ candidate time; above 1 the candidate is faster.</param>
internal sealed record Latency(TimeSpan Reference, TimeSpan Candidate, double Speedup);

/// <summary>
/// Times two models in pairs: in each round one after the other on the same input, so that whatever slows the machine down slows both. The
/// one that goes first changes from round to round, and the median forgets disturbed rounds.
/// </summary>
internal sealed class LatencyMeter(TimeProvider clock)
{
    private const int WarmUpRuns = 3;

    /// <summary>An odd number has a middle one.</summary>
    private const int MostRounds = 25;

    /// <summary>Long beside the clock's resolution and a thread switch.</summary>
    private static readonly TimeSpan LeastBlock = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1.5);

    /// <summary>Runs both models on <paramref name="inputs"/>; it takes about 1.5 seconds, or five runs of slow models.</summary>
    public Latency Measure(IInferenceSession reference, IInferenceSession candidate, IReadOnlyDictionary<string, Tensor> inputs)
    {
        TimeSpan pair = WarmUp(reference, inputs) + WarmUp(candidate, inputs);
        int runs = (int)Math.Clamp(Math.Ceiling(2 * LeastBlock / Floor(pair)), 1, 10_000);
        int rounds = (int)Math.Clamp(Budget / (Floor(pair) * runs), 1, MostRounds);

        double[] references = new double[rounds];
        double[] candidates = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
            {
                references[round] = Time(reference, inputs, runs);
                candidates[round] = Time(candidate, inputs, runs);
            }
            else
            {
                candidates[round] = Time(candidate, inputs, runs);
                references[round] = Time(reference, inputs, runs);
            }
        }

        double[] ratios = [.. references.Zip(candidates, (r, c) => r / c)];
        return new Latency(TimeSpan.FromSeconds(Median(references)), TimeSpan.FromSeconds(Median(candidates)), Median(ratios));
    }

    /// <summary>Lets caches and arenas fill; gives the time of the last run, or of the first where the model is slow.</summary>
    private TimeSpan WarmUp(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs)
    {
        double seconds = 0;
        for (int i = 0; i < WarmUpRuns && seconds < Budget.TotalSeconds / 10; i++)
        {
            seconds = Time(session, inputs, 1);
        }

        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Seconds for one run.</summary>
    private double Time(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs, int runs)
    {
        long start = clock.GetTimestamp();
        for (int i = 0; i < runs; i++)
        {
            session.Run(inputs, static (_, _, _) => { });
        }

        return Math.Max(clock.GetElapsedTime(start).TotalSeconds, 1e-9) / runs;
    }

    private static TimeSpan Floor(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.FromTicks(1);

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
