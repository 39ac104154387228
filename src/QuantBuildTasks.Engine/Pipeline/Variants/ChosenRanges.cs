using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>The step between calibration and planning: one range for each tensor that becomes 8-bit, chosen once for all plans of a profile.</summary>
/// <param name="run">The job.</param>
/// <param name="prepared">The model that plans are made for; not changed.</param>
/// <param name="table">What its tensors held.</param>
/// <param name="data">Its samples.</param>
/// <param name="planOf">The plan for a profile where each tensor has the range that it is given.</param>
internal sealed class ChosenRanges(
    JobRun run, OnnxModel prepared, CalibrationTable table, JobData data, Func<HardwareProfile, Func<TensorStatistics, ValueRange>, QuantizationPlan> planOf)
{
    private readonly Dictionary<HardwareProfile, IReadOnlyDictionary<string, ValueRange>> _byProfile = [];

    // Profiles that round the same tensors for the same readers share a choice.
    private readonly Dictionary<string, IReadOnlyDictionary<string, ValueRange>> _byTensors = new(StringComparer.Ordinal);

    /// <summary>The range of a tensor that held numbers. Which nodes run as integers does not depend on ranges, so a plan with plain ones tells what to choose for.</summary>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public ValueRange Of(TensorStatistics tensor, HardwareProfile profile)
    {
        if (run.Job.Recipe == Recipe.Fast || prepared.Weights is not null)
        {
            return Plain(tensor);
        }

        lock (_byProfile)
        {
            if (!_byProfile.TryGetValue(profile, out IReadOnlyDictionary<string, ValueRange>? chosen))
            {
                _byProfile.Add(profile, chosen = Choose(planOf(profile, Plain)));
            }

            return chosen.TryGetValue(tensor.Name, out ValueRange range) ? range : Plain(tensor);
        }
    }

    private ValueRange Plain(TensorStatistics tensor) => tensor.Range(run.Job.Recipe == Recipe.Fast ? RangeMethod.MinMax : RangeMethod.Mse);

    private IReadOnlyDictionary<string, ValueRange> Choose(QuantizationPlan plan)
    {
        var rounded = RoundedValues.Of(plan, prepared.Graph);
        TensorStatistics[] tensors = [.. rounded.Names.Select(table.Find).OfType<TensorStatistics>().Where(t => t.Histogram.Count > 0)];
        string key = string.Join('\n', tensors.Select(t => $"{t.Name} {rounded.Key(t.Name)}"));
        if (!_byTensors.TryGetValue(key, out IReadOnlyDictionary<string, ValueRange>? chosen))
        {
            _byTensors.Add(key, chosen = new RangeChooser(run.Inference, r => AffineFormat.Of(r.Min, r.Max, ElementType.UInt8)).Choose(
                prepared, tensors, rounded.IsReadBy, data.Learning, run.Walk("Ranges"), run.Cancellation));
        }

        return chosen;
    }
}
