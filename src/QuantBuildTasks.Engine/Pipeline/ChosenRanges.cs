using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>The step between calibration and planning: one range for each tensor that becomes 8-bit on any profile, chosen once for all plans.</summary>
/// <param name="run">The job.</param>
/// <param name="prepared">The model that plans are made for; not changed.</param>
/// <param name="table">What its tensors held.</param>
/// <param name="data">Its samples.</param>
/// <param name="keepFloat">The reason to keep a node float32, or null.</param>
internal sealed class ChosenRanges(JobRun run, OnnxModel prepared, CalibrationTable table, JobData data, Func<Node, string?> keepFloat)
{
    // Each costs a run of the trials' samples.
    private static readonly (int Blocks, int Rivals) Usual = (4, 1);
    private static readonly (int Blocks, int Rivals) Careful = (16, 2);

    private readonly Lazy<IReadOnlyDictionary<string, ValueRange>> _chosen = new(() => Choose(run, prepared, table, data, keepFloat));

    /// <summary>The range of a tensor that held numbers.</summary>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public ValueRange Of(TensorStatistics tensor) =>
        _chosen.Value.TryGetValue(tensor.Name, out ValueRange chosen) ? chosen : tensor.Range(run.Job.Recipe == Recipe.Fast ? RangeMethod.MinMax : RangeMethod.Mse);

    private static IReadOnlyDictionary<string, ValueRange> Choose(JobRun run, OnnxModel prepared, CalibrationTable table, JobData data, Func<Node, string?> keepFloat)
    {
        if (run.Job.Recipe == Recipe.Fast || prepared.Weights is not null)
        {
            return new Dictionary<string, ValueRange>();
        }

        TensorStatistics[] tensors =
        [
            .. run.Job.Profiles.Where(p => p.Format == NumberFormat.Integer8).SelectMany(p => Planner.ValuesToCalibrate(prepared.Graph, p, keepFloat)).Distinct()
                .Where(v => KnownRange.Of(v) is null).Select(v => table.Find(v.Name)).OfType<TensorStatistics>().Where(t => t.Histogram.Count > 0),
        ];
        (int blocks, int rivals) = run.Job.Recipe == Recipe.Balanced ? Usual : Careful;
        return new RangeChooser(run.Inference, r => AffineFormat.Of(r.Min, r.Max, ElementType.UInt8)).Choose(
            prepared, tensors, data.Learning, blocks, rivals, run.Walk("Ranges"), run.Cancellation);
    }
}
