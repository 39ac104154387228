using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Calibration.Trials;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>
/// Chooses each tensor's range by the error that it causes where it is read, not by its own. Every method proposes a range for every tensor; a trial measures what each
/// does to the results of the tensor's readers, and the least error of each makes one set of ranges. Since errors of layers add up in ways that no layer shows by itself, that set
/// and each method's own are then compared at the model's results.
/// </summary>
/// <param name="inference">Runs the trials.</param>
/// <param name="format">The scale and zero point of a range.</param>
internal sealed class RangeChooser(IInference inference, Func<ValueRange, (float Scale, int ZeroPoint)> format)
{
    /// <summary>Samples of the trials at each tensor's readers at most: one of sixteen, which bounds the time, spread evenly over the data.</summary>
    private const int MostSamples = 16;
    private const int LeastSamples = 4;

    /// <summary>Other samples, at most, that whole sets are compared on besides.</summary>
    private const int OtherSamples = 32;

    // Ends nearer than this share of the wider range make formats that no trial could tell apart.
    private const double Alike = 1.0 / 64;

    private static readonly RangeMethod[] Methods =
    [
        RangeMethod.Mse, RangeMethod.WeightedMse(0.25), RangeMethod.WeightedMse(4), RangeMethod.WeightedMse(16), RangeMethod.MinMax, RangeMethod.MovingAverage,
        RangeMethod.Percentile(99.999), RangeMethod.Percentile(99.99), RangeMethod.Percentile(99.9), RangeMethod.Entropy,
    ];

    /// <summary>The range of each tensor, by name.</summary>
    /// <param name="model">The float model, its names unique; it is not changed.</param>
    /// <param name="tensors">What the tensors held that have a format of their own, in the order in which the model computes them, each with numbers.</param>
    /// <param name="isReadBy">Whether a reader, both given by name, reads the 8-bit numbers of a tensor; else it reads float32.</param>
    /// <param name="data">Calibration data.</param>
    /// <param name="options">How to walk over the samples.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public IReadOnlyDictionary<string, ValueRange> Choose(
        OnnxModel model,
        IReadOnlyList<TensorStatistics> tensors,
        Func<string, string, bool> isReadBy,
        Dataset data,
        CalibrationOptions options,
        CancellationToken cancellation = default)
    {
        if (tensors.Count == 0)
        {
            return new Dictionary<string, ValueRange>();
        }

        int batch = data.FixedBatchSize ?? 1;
        int known = (Math.Clamp(data.Count / 16, LeastSamples, MostSamples) + batch - 1) / batch * batch;
        Dataset samples = data.Spread((known + OtherSamples + batch - 1) / batch * batch).Mixed();
        var proposals = new TrialRange[tensors.Count][];
        Parallel.For(
            0,
            tensors.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Workers), CancellationToken = cancellation },
            t => proposals[t] = [.. Methods.Select(m => Trial(tensors[t].Range(m)))]);
        List<Dictionary<string, TrialRange>> sets = [.. Methods.Select((_, m) => tensors.Index().ToDictionary(t => t.Item.Name, t => proposals[t.Index][m], StringComparer.Ordinal))];
        sets.Insert(1, BestAtReaders(model, sets, samples.First(known), options, cancellation));
        using var simulation = new RangeSimulation(inference, model, tensors.Select(t => t.Name), isReadBy, samples, options.Workers);
        IReadOnlyDictionary<string, TrialRange> best = RangeSearch.Run(sets, Error, known / batch);
        return best.ToDictionary(r => r.Key, r => r.Value.Range, StringComparer.Ordinal);

        SampledError Error(IReadOnlyDictionary<string, TrialRange> set)
        {
            cancellation.ThrowIfCancellationRequested();
            return simulation.Error(set);
        }
    }

    /// <summary>For each tensor the range with the least error at its readers; that of the first set where no sample reaches it.</summary>
    private Dictionary<string, TrialRange> BestAtReaders(
        OnnxModel model, List<Dictionary<string, TrialRange>> sets, Dataset samples, CalibrationOptions options, CancellationToken cancellation)
    {
        Dictionary<string, IReadOnlyList<TrialRange>> trials = sets[0].Keys.ToDictionary(name => name, name => (IReadOnlyList<TrialRange>)Distinct(sets.Select(s => s[name])), StringComparer.Ordinal);
        IReadOnlyDictionary<string, double[]> errors = new RangeTrial(inference).Measure(
            model, trials.Where(t => t.Value.Count > 1).ToDictionary(StringComparer.Ordinal), samples, options, cancellation);
        return trials.ToDictionary(
            t => t.Key,
            t => errors.TryGetValue(t.Key, out double[]? seen) ? t.Value[Array.IndexOf(seen, seen.Min())] : t.Value[0],
            StringComparer.Ordinal);
    }

    private static List<TrialRange> Distinct(IEnumerable<TrialRange> ranges)
    {
        var distinct = new List<TrialRange>();
        foreach (TrialRange range in ranges)
        {
            double alike = Alike * (range.Range.Max - range.Range.Min);
            if (!distinct.Any(r => Math.Abs(r.Range.Min - range.Range.Min) <= alike && Math.Abs(r.Range.Max - range.Range.Max) <= alike))
            {
                distinct.Add(range);
            }
        }

        return distinct;
    }

    private TrialRange Trial(ValueRange range)
    {
        (float scale, int zeroPoint) = format(range);
        return new TrialRange(range, scale, checked((byte)zeroPoint));
    }
}
