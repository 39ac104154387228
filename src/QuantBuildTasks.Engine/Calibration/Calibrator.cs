using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>
/// Watches the tensors of a float model on the calibration data, in one pass and bounded memory. Each batch runs on one thread, so its numbers
/// do not depend on the worker; and a <see cref="Histograms.Histogram"/> does not depend on the order in which batches come.
/// </summary>
internal sealed class Calibrator(IInference inference)
{
    /// <summary>Samples that tell which tensors fill their bounds.</summary>
    private const int FirstSamples = 8;

    /// <summary>And those that tell enough of the numbers between, where these are wanted: 8 million (<see cref="Histograms.CountedBlocks"/>) of a tensor of 65,536.</summary>
    private const int CountedSamples = 128;

    /// <summary>With fewer samples than so many times the first ones another session costs more than it spares.</summary>
    private const int LeastTimes = 4;

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
        // To see a tensor takes as long as to compute it, and most Relu6 give both 0 and 6 in any few samples: no other sample can widen their ranges.
        Dictionary<string, (float Low, float High)> bounded = tensors.Distinct().Where(t => options.BoundsOf(t) is not null).ToDictionary(t => t, t => options.BoundsOf(t)!.Value, StringComparer.Ordinal);
        int some = options.OnlyRanges ? FirstSamples : CountedSamples;
        bool isPart = bounded.Count > 0 && data.Count >= LeastTimes * some;
        var seen = new SeenTensors(model.Graph, tensors, options);
        (SampleRange[] first, SampleRange[] others, string[] open) = ([], [], []);
        int Batches(string tensor) => bounded.ContainsKey(tensor) ? first.Length : first.Length + others.Length;
        using (ExposedPass pass = ExposedPass.Open(inference, model, tensors, data, options))
        {
            HashSet<int> places = [.. Strata.Of(pass.Batches.Count, isPart ? (some + pass.Batches[0].Count - 1) / pass.Batches[0].Count : int.MaxValue)];
            first = [.. pass.Batches.Where((_, i) => places.Contains(i))];
            others = [.. pass.Batches.Where((_, i) => !places.Contains(i))];
            seen.Add(pass, first, Batches, cancellation);
            open = [.. tensors.Where(t => !bounded.TryGetValue(t, out (float Low, float High) bounds) || !seen.Fills(t, bounds))];
            if (open.Length == tensors.Count)
            {
                seen.Add(pass, others, Batches, cancellation);
            }
        }

        if (open.Length < tensors.Count && open.Length * others.Length > 0)
        {
            using ExposedPass pass = ExposedPass.Open(inference, model, open, data, options with { BatchSize = first[0].Count });
            seen.Add(pass, others, Batches, cancellation);
        }

        return new CalibrationTable(seen.ToStatistics());
    }
}
