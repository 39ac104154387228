using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Measures, in one run over some samples, what each of several ranges of a value would do to what its readers compute: noise ÷ signal,
/// Σ (ŷ − y)² ÷ Σ y², summed over the readers (<see cref="ReaderCopies"/>). Everything else stays float32.
/// </summary>
internal sealed class RangeTrial(IInference inference)
{
    /// <summary>The error of each range, by value name; values that the samples never reach are left out.</summary>
    /// <param name="model">The float model, its names unique; it is not changed.</param>
    /// <param name="trials">The ranges to try, at least one for each value.</param>
    /// <param name="data">The samples.</param>
    /// <param name="options">How to walk over them; sums are added in the order of the data.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public IReadOnlyDictionary<string, double[]> Measure(
        OnnxModel model,
        IReadOnlyDictionary<string, IReadOnlyList<TrialRange>> trials,
        Dataset data,
        CalibrationOptions options,
        CancellationToken cancellation = default)
    {
        TrialModel trial = TrialModel.Extend(ModelWriter.Copy(model), trials.OrderBy(t => t.Key, StringComparer.Ordinal));
        var wanted = trial.Outputs.ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<SampleRange> batches = data.Batches(1);
        using IInferenceSession session = OneSizeSession.Open(
            inference, ExposedModel.Expose(trial.Model, trial.Outputs), data.Batch(batches[0]), new SessionSettings { Threads = 1, Optimization = GraphOptimization.None, PlansMemory = false });
        var totals = wanted.ToDictionary(w => w, _ => 0.0, StringComparer.Ordinal);
        var inOrder = new OrderedMerge<Dictionary<string, double>>(sums =>
        {
            foreach ((string name, double sum) in sums)
            {
                totals[name] += sum;
            }
        });

        // One sample at a time: every range of every value has tensors of its own, and many of them are alive at once.
        BatchWalk.Run(
            batches,
            options.Workers,
            () => session,
            (_, range) => inOrder.Add(range, Sums(session, data.Batch(range), wanted)),
            options.Progress,
            cancellation);

        return trial.Values.Where(v => v.Signals.Any(s => totals[s] > 0)).ToDictionary(v => v.Value, v => Errors(v, totals), StringComparer.Ordinal);
    }

    private static double[] Errors(TrialModel.Measured value, Dictionary<string, double> totals) =>
        [.. value.Noises.Select(noises => noises.Zip(value.Signals, (n, s) => totals[s] > 0 ? totals[n] / totals[s] : 0).Sum())];

    private static Dictionary<string, double> Sums(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs, HashSet<string> wanted)
    {
        var sums = new Dictionary<string, double>(StringComparer.Ordinal);
        session.Run(inputs, (index, _, bytes) =>
        {
            ModelPort port = session.Outputs[index];
            if (port.Type == ElementType.Float32 && wanted.Contains(port.Name))
            {
                double sum = 0;
                foreach (float part in MemoryMarshal.Cast<byte, float>(bytes))
                {
                    sum += part;
                }

                sums.Add(port.Name, sum);
            }
        });
        return sums;
    }
}
