namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>What is asked of the output for one sample.</summary>
internal static class PerSample
{
    /// <summary>Position of the largest number, the first of several; −1 where one is NaN or there is none.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = values.IsEmpty || float.IsNaN(values[0]) ? -1 : 0;
        for (int i = 1; i < values.Length && best >= 0; i++)
        {
            if (float.IsNaN(values[i]))
            {
                return -1;
            }

            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    /// <summary>Whether a place holds one of the <paramref name="k"/> largest numbers, the first of equal ones counting as larger; false where one is NaN.</summary>
    public static bool IsAmongLargest(ReadOnlySpan<float> values, int place, int k)
    {
        if (place < 0)
        {
            return false;
        }

        int larger = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (float.IsNaN(values[i]))
            {
                return false;
            }

            larger += values[i] > values[place] || (i < place && values[i] == values[place]) ? 1 : 0;
        }

        return larger < k;
    }

    /// <summary>Cosine of the angle between two outputs, −1…1. Two that are all zero agree (1); one that is all zero, or not all numbers, does not (0).</summary>
    public static double Cosine(ReadOnlySpan<float> reference, ReadOnlySpan<float> candidate)
    {
        double product = 0;
        double referenceSquares = 0;
        double candidateSquares = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double x = reference[i];
            double y = candidate[i];
            product += x * y;
            referenceSquares += x * x;
            candidateSquares += y * y;
        }

        if (referenceSquares == 0 && candidateSquares == 0)
        {
            return 1;
        }

        double cosine = product / Math.Sqrt(referenceSquares) / Math.Sqrt(candidateSquares);
        return double.IsFinite(cosine) ? Math.Clamp(cosine, -1, 1) : 0;
    }
}
