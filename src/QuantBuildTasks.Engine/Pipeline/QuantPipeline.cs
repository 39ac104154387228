using System.Diagnostics;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Emulation;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Pinning;
using QuantBuildTasks.Engine.Preparation.Upgrade;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>Takes a model the whole way, once for each profile. The only place that knows the order of the steps.</summary>
/// <param name="inference">ONNX Runtime.</param>
/// <param name="host">The processor that measures; null: this process's.</param>
/// <param name="search">What recipes that try several candidates need; null: they are not asked for.</param>
internal sealed class QuantPipeline(IInference inference, HostProcessor? host = null, IVariantSearch? search = null)
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
            using JobData data = JobData.Open(job, InputPinning.Apply(model, job.PinnedInputs, job.ReferenceDisplayPath ?? job.DisplayPath));
            if (data.Finding is { } borrowed)
            {
                run.Say(borrowed);
            }

            (model, reference) = Pinned(run, model, reference, data);
            IVariantSource source;
            if (job.Precision == Precision.None)
            {
                source = Given(run, files, reference, model, data);
            }
            else
            {
                StoredModel read = reference;
                reference = RunnableForm.Of(reference, model, inference, job.DisplayPath);

                // A model holds its weights beside those of the file, and what was read is not needed any more.
                source = Quantized(run, reference, ReferenceEquals(reference, read) && job.PinnedInputs.Count == 0 ? model : ModelReader.Read(reference, job.DisplayPath), data);
            }

            using var root = new ForeignRoot();
            var emulators = new EmulatorSearch(job.Emulation, EmulationHost.Current, root.Of);
            var measurement = new VariantMeasurement(run, reference, floatBytes, data, new EmulatedMeasurement(run, reference, data.Validation, emulators));
            foreach (HardwareProfile profile in job.Profiles)
            {
                if (source.Make(profile) is { } made)
                {
                    long measuring = Stopwatch.GetTimestamp();
                    Verdict verdict = measurement.Measure(profile, made);
                    validating += Stopwatch.GetElapsedTime(measuring);
                    foreach (Diagnostic finding in (IEnumerable<Diagnostic>)[.. made.Findings, .. verdict.Findings])
                    {
                        run.Say(finding);
                    }

                    variants.Add(new QuantVariant(profile, made.Artifact, made.Plan, verdict.Report)
                    {
                        NeedsVnni = verdict.NeedsVnni,
                        Search = made.Search,
                    });
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

    private IVariantSource Quantized(JobRun run, StoredModel reference, OnnxModel model, JobData data)
    {
        var variants = new QuantizedVariants(run, model, data);
        return run.Job.Recipe is not (Recipe.Careful or Recipe.Auto) ? variants
            : search?.Over(run, variants, reference, data) ?? throw new InvalidOperationException($"{run.Job.Recipe} needs a search.");
    }

    private static GivenVariant Given(JobRun run, JobFiles files, StoredModel reference, OnnxModel referenceModel, JobData data)
    {
        QuantJob job = run.Job;
        if (job.ReferencePath is null)
        {
            return new GivenVariant(reference, referenceModel, reference, referenceModel, job);
        }

        (StoredModel artifact, OnnxModel model) = files.Load(job.ModelPath, job.DisplayPath);
        InputPinning.Apply(model, job.PinnedInputs, job.DisplayPath);
        (model, artifact) = Pinned(run, model, artifact, data);
        return new GivenVariant(artifact, model, reference, referenceModel, job);
    }

    /// <summary>
    /// What stands for the user's file from here on, where something is pinned. It is folded before ONNX Runtime optimizes it: 1.31.1 dies of some models
    /// with nested Ifs whose conditions it can fold itself.
    /// </summary>
    private static (OnnxModel Model, StoredModel File) Pinned(JobRun run, OnnxModel model, StoredModel file, JobData data)
    {
        if (run.Job.PinnedInputs.Count == 0)
        {
            return (model, file);
        }

        PreparedModel folded = Preparer.OfPinned(run.Inference).Run(model, data.Calibration.Batch(data.Calibration.Batches(2)[0]), run.Job.DisplayPath);
        foreach (Diagnostic finding in folded.Diagnostics)
        {
            run.Say(finding);
        }

        return (folded.Model, ModelWriter.Store(folded.Model));
    }
}
