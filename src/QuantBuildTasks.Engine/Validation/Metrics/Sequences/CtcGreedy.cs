using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Sequences;

/// <summary>The best path of connectionist temporal classification (Graves et al. 2006).</summary>
internal static class CtcGreedy
{
    /// <summary>A frame with NaN: a symbol that no label has.</summary>
    public const int Nothing = -1;

    /// <summary>The largest class of each frame; of equal neighbours one stays, and blanks go.</summary>
    /// <param name="frames">Scores [T, C] of one sample.</param>
    /// <param name="classes">C.</param>
    /// <param name="blank">The class that stands for "no symbol".</param>
    public static int[] Decode(ReadOnlySpan<float> frames, int classes, int blank)
    {
        var symbols = new List<int>();
        int last = blank;
        for (int start = 0; start < frames.Length; start += classes)
        {
            int best = PerSample.ArgMax(frames.Slice(start, classes));
            if (best != last && best != blank)
            {
                symbols.Add(best < 0 ? Nothing : best);
            }

            last = best;
        }

        return [.. symbols];
    }

    /// <summary>The words of a sequence, as text that is equal where the symbols are; separators at the ends and beside each other part nothing.</summary>
    public static string[] Words(ReadOnlySpan<int> symbols, int separator)
    {
        var words = new List<string>();
        int start = 0;
        for (int i = 0; i <= symbols.Length; i++)
        {
            if (i == symbols.Length || symbols[i] == separator)
            {
                if (i > start)
                {
                    words.Add(string.Join(' ', symbols[start..i].ToArray()));
                }

                start = i + 1;
            }
        }

        return [.. words];
    }
}
