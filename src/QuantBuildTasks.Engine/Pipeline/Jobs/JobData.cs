using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>The samples of a job.</summary>
/// <param name="Calibration">What ranges are learnt from.</param>
/// <param name="Validation">What the gate looks at.</param>
/// <param name="Finding">QBT1030 where validation had to borrow samples, else null.</param>
internal sealed record JobData(Dataset Calibration, Dataset Validation, Diagnostic? Finding) : IDisposable
{
    /// <summary>Without validation data, one calibration sample of so many is set aside for it.</summary>
    private const int Share = 5;

    /// <summary>How the calibration data are parted where a recipe measures several candidates; null elsewhere.</summary>
    public HeldOutSplit? Split { get; init; }

    /// <summary>What rounding learns from.</summary>
    public Dataset Learning => Split?.Learning ?? Calibration;

    /// <summary>Closes the files that the samples lie in.</summary>
    public void Dispose()
    {
        Calibration.Dispose();
        Validation.Dispose();
    }

    /// <summary>The inputs that a caller must give.</summary>
    public static IReadOnlyList<ModelPort> RequiredInputs(OnnxModel model) =>
        [.. model.Graph.Inputs.Where(i => !i.IsStored).Select(i => new ModelPort(i.Name, i.Type, i.Shape))];

    /// <exception cref="QuantException">QBT1005, QBT1010–QBT1016, QBT1021.</exception>
    public static JobData Open(QuantJob job, IReadOnlyList<ModelPort> inputs)
    {
        JobData data = OpenFiles(job, inputs);
        return job.Recipe is Recipe.Careful or Recipe.Auto && job.CalibrationData.Count > 0 ? data with { Split = HeldOutSplit.Of(data.Calibration) } : data;
    }

    private static JobData OpenFiles(QuantJob job, IReadOnlyList<ModelPort> inputs)
    {
        if (job.Precision is Precision.None or Precision.Int8Weights && job.CalibrationData.Count == 0 && job.ValidationData.Count > 0)
        {
            Dataset measured = Dataset.Open(job.ValidationData, inputs, job.BatchAxes, job.DisplayPath, job.Preprocess);
            return new JobData(measured, measured, null);
        }

        if (job.CalibrationData.Count == 0)
        {
            string what = job.Precision switch
            {
                Precision.None => "There is nothing to measure the model on: set ValidationData to an .npz file with a few hundred typical inputs.",
                Precision.Int8Weights => "There is nothing to measure the model on: set ValidationData or CalibrationData to an .npz file with a few hundred typical inputs.",
                _ => "Integer arithmetic needs calibration data: name an .npz file with a few hundred typical inputs.",
            };
            throw QuantException.Error(Codes.DataMissing, what, job.DisplayPath);
        }

        Dataset calibration = Dataset.Open(job.CalibrationData, inputs, job.BatchAxes, job.DisplayPath, job.Preprocess);
        if (job.ValidationData.Count > 0)
        {
            return new JobData(calibration, Dataset.Open(job.ValidationData, inputs, job.BatchAxes, job.DisplayPath, job.Preprocess), null);
        }

        int batches = calibration.Count / (calibration.FixedBatchSize ?? 1);
        (Dataset validation, Dataset rest) = calibration.Part((batches + Share - 1) / Share);
        if (validation.Count == 0 || rest.Count == 0)
        {
            throw QuantException.Error(
                Codes.DataMissing,
                $"{calibration.Count} calibration samples are too few to set one in {Share} aside for validation. Name ValidationData, or give more samples.",
                job.DisplayPath);
        }

        return new JobData(rest, validation, Diagnostic.Message(
            Codes.ValidationFromCalibration,
            $"There is no ValidationData: one calibration sample of five ({validation.Count}) is set aside for validation. A set of its own is a fairer judge.",
            job.DisplayPath));
    }
}
