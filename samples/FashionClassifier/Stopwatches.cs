using System.Diagnostics;

namespace FashionClassifier;

internal static class Stopwatches
{
    /// <summary>How many times faster <paramref name="second"/> is. Timed in turns, so that whatever else the machine does hits both alike.</summary>
    public static double MedianRatio(Action first, Action second)
    {
        const int Rounds = 51, Calls = 20;
        double[] ratios = [.. Enumerable.Range(0, Rounds).Select(_ => Time(first) / Time(second)).Order()];
        return ratios[Rounds / 2];

        static double Time(Action action)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Calls; i++)
            {
                action();
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}
