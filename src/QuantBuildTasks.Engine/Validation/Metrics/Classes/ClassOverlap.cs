namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>For each sample and class how many pixels the truth has, how many a model gives, and how many both.</summary>
internal sealed class ClassOverlap(int samples)
{
    private readonly int[][] _truth = new int[samples][];
    private readonly int[][] _answers = new int[samples][];
    private readonly int[][] _both = new int[samples][];

    /// <summary>Counts one sample.</summary>
    /// <param name="sample">Its place.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="truth">The class of each pixel; below 0 it counts for nothing.</param>
    /// <param name="answers">What a model says of each pixel; −1 is no class.</param>
    public void Add(int sample, int classes, ReadOnlySpan<int> truth, ReadOnlySpan<int> answers)
    {
        _truth[sample] = new int[classes];
        _answers[sample] = new int[classes];
        _both[sample] = new int[classes];
        for (int i = 0; i < truth.Length; i++)
        {
            if (truth[i] < 0)
            {
                continue;
            }

            _truth[sample][truth[i]]++;
            if (answers[i] >= 0)
            {
                _answers[sample][answers[i]]++;
                _both[sample][truth[i]] += answers[i] == truth[i] ? 1 : 0;
            }
        }
    }

    /// <summary>Mean over the classes that the truth of the drawn samples has of intersection ÷ union; NaN where it has none.</summary>
    public double MeanIou(ReadOnlySpan<int> drawn)
    {
        int classes = _truth.Max(t => t.Length);
        long[] truth = Sum(_truth, drawn, classes);
        long[] answers = Sum(_answers, drawn, classes);
        long[] both = Sum(_both, drawn, classes);
        double sum = 0;
        int present = 0;
        for (int c = 0; c < classes; c++)
        {
            if (truth[c] > 0)
            {
                sum += (double)both[c] / (truth[c] + answers[c] - both[c]);
                present++;
            }
        }

        return sum / present;
    }

    private static long[] Sum(int[][] counts, ReadOnlySpan<int> drawn, int classes)
    {
        long[] sums = new long[classes];
        foreach (int i in drawn)
        {
            int[] sample = counts[i];
            for (int c = 0; c < sample.Length; c++)
            {
                sums[c] += sample[c];
            }
        }

        return sums;
    }
}
