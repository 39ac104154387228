using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Statistics;
namespace QuantBuildTasks.Engine.Validation.Emulation;

/// <summary>How two runs of one artifact compare on a batch; units as in <see cref="RunComparison"/>.</summary>
internal readonly record struct BatchComparison(int? DecisionsApart, int Identical, double GreatestDifference)
{
    /// <summary>Compares sample by sample; outputs without a row for each sample are one for all of them.</summary>
    public static BatchComparison Of(FirstOutput native, FirstOutput emulated, int samples)
    {
        if (native.Bytes.Length != emulated.Bytes.Length)
        {
            throw QuantException.Error(Codes.ReferenceMismatch, $"The output of the artifact has {native.Bytes.Length} bytes natively and {emulated.Bytes.Length} under emulation.");
        }

        double greatest = GreatestOf(native.Values, emulated.Values);
        if (!native.HasRows(samples))
        {
            return new BatchComparison(null, native.Bytes.SequenceEqual(emulated.Bytes) ? samples : 0, greatest);
        }

        int apart = 0;
        int identical = 0;
        for (int i = 0; i < samples; i++)
        {
            apart += PerSample.ArgMax(native.Row(i, samples)) != PerSample.ArgMax(emulated.Row(i, samples)) ? 1 : 0;
            identical += native.RowBytes(i, samples).SequenceEqual(emulated.RowBytes(i, samples)) ? 1 : 0;
        }

        return new BatchComparison(native.HasScores(samples) ? apart : null, identical, greatest);
    }

    private static double GreatestOf(ReadOnlySpan<float> native, ReadOnlySpan<float> emulated)
    {
        double greatest = 0;
        for (int i = 0; i < native.Length; i++)
        {
            // Equal infinities and two NaN are no difference.
            double difference = native[i].Equals(emulated[i]) ? 0 : Math.Abs((double)native[i] - emulated[i]);
            greatest = Math.Max(greatest, double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }

        return greatest;
    }
}
