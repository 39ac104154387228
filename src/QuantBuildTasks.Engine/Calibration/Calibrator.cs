using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>
/// Watches the tensors of a float model on the calibration data, in one pass and bounded memory. Each batch runs on one thread, so its numbers
/// do not depend on the worker; and a <see cref="Histogram"/> does not depend on the order in which batches come.
/// </summary>
internal sealed class Calibrator(IInference inference)
{
    /// <summary>Of so many samples one is looked at first, where that can spare the others work.</summary>
    private const int FirstPart = 32;

    private const int MostFirst = 8;

    /// <summary>Statistics of the tensors that are float32.</summary>
    /// <param name="model">The float model; it is not changed.</param>
    /// <param name="tensors">
    /// Graph inputs and values that nodes compute, by names that are unique over all branches and bodies; of those in branches and bodies only float32 ones.
    /// What is never computed, since no sample takes its branch, has a histogram without numbers.
    /// </param>
    /// <param name="data">The samples.</param>
    /// <param name="options">How to walk over them.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="QuantException">QBT1005: a tensor became NaN or infinite; QBT1004: the model does not run on the data.</exception>
    public CalibrationTable Calibrate(
        OnnxModel model,
        IReadOnlyList<string> tensors,
        Dataset data,
        CalibrationOptions options,
        CancellationToken cancellation = default)
    {
        int first = Math.Min(data.Count / FirstPart, MostFirst);
        string[] bounded = options.OnlyRanges && first > 0 ? [.. tensors.Where(t => options.BoundsOf(t) is not null)] : [];
        if (bounded.Length == 0)
        {
            return new CalibrationTable(Watch(model, tensors, data, options, cancellation));
        }

        // To see a tensor takes as long as to compute it, and most Relu6 give both 0 and 6 in any few samples: no other sample can widen their ranges.
        TensorStatistics[] filled = [.. Watch(model, bounded, data.First(first), options with { Progress = null }, cancellation).Where(FillsItsBounds)];
        return new CalibrationTable([.. filled, .. Watch(model, [.. tensors.Except(filled.Select(f => f.Name))], data, options, cancellation)]);

        bool FillsItsBounds(TensorStatistics seen) =>
            seen is { Outliers: null, Histogram.Count: > 0 } && options.BoundsOf(seen.Name) is { } bounds && seen.Histogram.Min <= bounds.Low && seen.Histogram.Max >= bounds.High;
    }

    private IEnumerable<TensorStatistics> Watch(OnnxModel model, IReadOnlyList<string> tensors, Dataset data, CalibrationOptions options, CancellationToken cancellation)
    {
        using ExposedPass pass = ExposedPass.Open(inference, model, tensors, data, options);
        var scopes = new Scopes(model.Graph);
        HashSet<string> marked = [.. tensors.Where(w => scopes.Find(w) is { } value && MaskReaders.Know(value))];
        var averages = new MovingAverages();
        var inOrder = new OrderedMerge<IReadOnlyDictionary<string, (float Min, float Max)>>(averages.Add);
        IReadOnlyList<Worker> workers = pass.Run(
            () => new Worker(pass, marked, options),
            (worker, range, inputs) => inOrder.Add(range, worker.Watch(inputs, range)),
            cancellation);
        var merged = new Dictionary<string, TensorWatch>(StringComparer.Ordinal);
        foreach ((string name, TensorWatch watch) in workers.SelectMany(w => w.Watches))
        {
            if (!merged.TryAdd(name, watch))
            {
                merged[name].Merge(watch);
            }
        }

        return [.. tensors.Distinct().Where(merged.ContainsKey)
            .Select(t => merged[t].ToStatistics(t, averages.Of(t), scopes.Find(t) is { } value ? MaskReaders.Room(value) : 0))];
    }

    private sealed class Worker(ExposedPass pass, HashSet<string> marked, CalibrationOptions options)
    {
        public Dictionary<string, TensorWatch> Watches { get; } = new(StringComparer.Ordinal);

        /// <summary>Watches one batch.</summary>
        /// <returns>The extremes of each tensor that held numbers.</returns>
        public Dictionary<string, (float Min, float Max)> Watch(IReadOnlyDictionary<string, Tensor> inputs, SampleRange range)
        {
            var extremes = new Dictionary<string, (float Min, float Max)>(StringComparer.Ordinal);
            pass.Show(inputs, (name, _, numbers) => Add(name, numbers, range, extremes));
            return extremes;
        }

        private void Add(string name, ReadOnlySpan<float> numbers, SampleRange range, Dictionary<string, (float Min, float Max)> extremes)
        {
            if (!Watches.TryGetValue(name, out TensorWatch? watch))
            {
                Watches.Add(name, watch = new TensorWatch(marked.Contains(name)));
            }

            int batches = options.OnlyRanges ? int.MaxValue : pass.Batches.Count;
            if (!watch.TryAdd(numbers, batches, range.Start / pass.Batches[0].Count, out float min, out float max))
            {
                throw QuantException.Error(
                    Codes.NotFinite,
                    $"The tensor '{name}' of the float model became NaN or infinite on {range} of the calibration data. Check the model on these samples, and that the data are prepared as the app prepares them.",
                    options.DisplayPath);
            }

            if (numbers.Length > 0)
            {
                extremes[name] = (min, max);
            }
        }
    }
}
