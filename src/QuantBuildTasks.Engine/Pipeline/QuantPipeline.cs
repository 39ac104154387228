using System.Diagnostics;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Emulation;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>Takes a model the whole way, once for each profile. The only place that knows the order of the steps.</summary>
/// <param name="inference">ONNX Runtime.</param>
/// <param name="host">The processor that measures; null: this process's.</param>
internal sealed class QuantPipeline(IInference inference, HostProcessor? host = null)
{
    /// <summary>Runs a job. Expected outcomes (broken input, a failed gate) are findings in the result, not exceptions.</summary>
    /// <param name="job">What to do.</param>
    /// <param name="progress">Told how far it is, from any thread; may be null.</param>
    /// <param name="cancellation">Ends the job between two batches.</param>
    public QuantResult Run(QuantJob job, Action<QuantProgress>? progress, CancellationToken cancellation)
    {
        var files = new JobFiles(job.WorkFolder, job.LargestInMemory);
        var run = new JobRun(inference, host ?? HostProcessor.Current, job, progress, cancellation);
        var variants = new List<QuantVariant>();
        long floatBytes = 0;
        long started = Stopwatch.GetTimestamp();
        TimeSpan validating = TimeSpan.Zero;
        try
        {
            (StoredModel reference, OnnxModel model) = files.Load(job.ReferencePath ?? job.ModelPath, job.ReferenceDisplayPath ?? job.DisplayPath);
            floatBytes = reference.Size;
            using JobData data = JobData.Open(job, RequiredInputs(model));
            if (data.Finding is { } borrowed)
            {
                run.Say(borrowed);
            }

            IVariantSource source = job.Precision == Precision.None ? Given(job, files, reference, model) : new QuantizedVariants(run, model, data);
            using var root = new ForeignRoot();
            var emulators = new EmulatorSearch(job.Emulation, EmulationHost.Current, root.Of);
            var measurement = new VariantMeasurement(run, reference, data, new EmulatedMeasurement(run, reference, data.Validation, emulators));
            foreach (HardwareProfile profile in job.Profiles)
            {
                if (source.Make(profile) is { } made)
                {
                    long measuring = Stopwatch.GetTimestamp();
                    ValidationReport report = measurement.Measure(profile, made);
                    validating += Stopwatch.GetElapsedTime(measuring);
                    variants.Add(new QuantVariant(profile, made.Artifact, made.Plan, report));
                }
            }

            source.Finish();
        }
        catch (QuantException e)
        {
            run.Say(e.Diagnostic);
        }
        catch
        {
            files.Dispose();
            throw;
        }

        return new QuantResult(job, floatBytes, variants, run.Findings)
        {
            Quantizing = Stopwatch.GetElapsedTime(started) - validating,
            Validating = validating,
            ExternalData = files.External,
            Files = files,
        };
    }

    /// <summary>The inputs that a caller must give.</summary>
    public static IReadOnlyList<ModelPort> RequiredInputs(OnnxModel model) =>
        [.. model.Graph.Inputs.Where(i => i.Initializer is null).Select(i => new ModelPort(i.Name, i.Type, i.Shape))];

    private static GivenVariant Given(QuantJob job, JobFiles files, StoredModel reference, OnnxModel referenceModel)
    {
        if (job.ReferencePath is null)
        {
            return new GivenVariant(reference, referenceModel, reference, referenceModel, job);
        }

        (StoredModel artifact, OnnxModel model) = files.Load(job.ModelPath, job.DisplayPath);
        return new GivenVariant(artifact, model, reference, referenceModel, job);
    }
}
