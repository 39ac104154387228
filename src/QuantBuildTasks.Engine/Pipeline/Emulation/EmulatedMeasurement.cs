using System.Diagnostics;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Inference.Emulation;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation.Emulation;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Pipeline.Emulation;

/// <summary>Scores variants in the arithmetic of processors that this machine has not, as far as an emulator is there.</summary>
/// <param name="run">The job.</param>
/// <param name="floatModel">The ONNX file that variants are compared with.</param>
/// <param name="data">The samples.</param>
/// <param name="search">Finds emulators.</param>
internal sealed class EmulatedMeasurement(JobRun run, StoredModel floatModel, Dataset data, EmulatorSearch search)
{
    /// <summary>A batch that takes longer counts as hanging. Batches are made so that they should take seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>About so many times slower than this machine is an emulated one.</summary>
    private const double Slowness = 50;

    private const int LargestBatch = 32;
    private const int FewestSamples = 8;

    private FloatPass? _floats;

    /// <summary>The report; or null and why there is none (null where the user wants none).</summary>
    /// <param name="profile">Whose processors.</param>
    /// <param name="artifact">The ONNX file.</param>
    /// <param name="exactSums">How the session of this machine adds that the emulated run is compared with.</param>
    /// <param name="metric">What was measured here.</param>
    /// <exception cref="QuantException">QBT5007: the emulator that the user names cannot be used.</exception>
    public (EmulatedReport? Report, string? Missing) Score(HardwareProfile profile, StoredModel artifact, bool exactSums, MetricKind metric)
    {
        if (!floatModel.IsWhole || !artifact.IsWhole)
        {
            return (null, "a model of this size is not copied into an emulator's process");
        }

        try
        {
            (ScoringProgram? program, string? missing) = search.Find(profile);
            if (program is null)
            {
                return (null, missing);
            }

            run.Tell("Emulation", 0);
            using IInferenceSession reference = run.Inference.Open(floatModel, new SessionSettings());
            if (run.Job.Metrics[0].Output is { } output && output != reference.Outputs[0].Name)
            {
                return (null, $"an emulator's runs are compared by the first output alone, and the first metric looks at '{output}'");
            }

            using IInferenceSession native = run.Inference.Open(artifact, new SessionSettings { ExactSums = exactSums });
            using IInferenceSession emulated = new EmulatedInference(program, Patience, run.Cancellation).Open(artifact, new SessionSettings());
            Pace pace = PaceOf(native);
            var request = new EmulatedScoringRequest
            {
                Float = reference,
                Native = native,
                Emulated = emulated,
                Data = data,
                Metric = metric,
                MaxDrop = run.Job.Metrics[0].MaxDrop,
                Options = run.Job.Metrics[0].Options,
                SampleBudget = Math.Min(run.Job.Emulation.Samples, pace.Most),
                TimeBudget = run.Job.Emulation.Time,
                RoundSize = pace.Round,
                BatchSize = pace.Batch,
                DisplayPath = run.Job.DisplayPath,
                Progress = fraction => run.Tell("Emulation", fraction),
            };

            // The float model runs here, where several batches may run at once; the same for every profile.
            _floats ??= FloatPass.Run(request with { Workers = run.Workers }, run.Cancellation);
            return (EmulatedScoring.Score(request with { FloatPass = _floats }, run.Cancellation), null);
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.EmulatorFailed)
        {
            // An emulator that breaks says nothing of the model: the build goes on with what it knows without one.
            run.Say(e.Diagnostic with { Severity = Severity.Warning, Profile = profile.Name });
            return (null, "the emulator failed");
        }
        catch (QuantException e) when (e.Diagnostic.Code is Codes.LabelsMismatch or Codes.InvalidValue or Codes.ReferenceMismatch)
        {
            // All samples together were measured here before, so it is the part of them that the metric cannot be computed on.
            return (null, $"the metric has no value on the samples that were tried ({e.Diagnostic.Text.TrimEnd('.')})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            run.Say(Diagnostic.Warning(Codes.EmulatorFailed, $"A root folder for emulated programs cannot be made: {e.Message}") with { Profile = profile.Name });
            return (null, "its root folder cannot be made");
        }
    }

    /// <summary>How many samples should fit into the time budget, and in what portions, judged by how long this machine takes for one.</summary>
    private Pace PaceOf(IInferenceSession native)
    {
        SampleRange one = data.Batches(1)[0];
        IReadOnlyDictionary<string, Model.Tensor> inputs = data.Batch(one);
        native.Run(inputs, (_, _, _) => { });
        long started = Stopwatch.GetTimestamp();
        native.Run(inputs, (_, _, _) => { });
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds / one.Count * Slowness;
        double fitting = run.Job.Emulation.Time.TotalSeconds / seconds;

        // The clock is looked at between rounds, and each round is judged: a quarter of the time each, on models that are slow.
        return new Pace(
            Batch: (int)Math.Clamp(2 / seconds, 1, LargestBatch),
            Round: (int)Math.Clamp(fitting / 4, 1, LargestBatch),
            Most: (int)Math.Clamp(fitting * 2, FewestSamples, int.MaxValue));
    }

    /// <param name="Batch">Samples for each inference: about two seconds.</param>
    /// <param name="Round">Samples between two looks at the clock.</param>
    /// <param name="Most">More would not fit even if the emulator were twice as fast as supposed.</param>
    private readonly record struct Pace(int Batch, int Round, int Most);
}
