using System.Diagnostics;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Saturation;

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
        var findings = new List<Diagnostic>();
        var variants = new List<QuantVariant>();
        long floatBytes = 0;
        long started = Stopwatch.GetTimestamp();
        TimeSpan validating = TimeSpan.Zero;
        try
        {
            byte[] source = ModelReader.ReadBytes(job.ModelPath, job.DisplayPath);
            floatBytes = source.Length;
            OnnxModel model = ModelReader.Read(source, job.DisplayPath);
            using JobData data = JobData.Open(job, JobRun.RequiredInputs(model));
            var run = new JobRun(inference, host ?? HostProcessor.Current, job, source, model, data, findings, progress, cancellation);
            foreach (HardwareProfile profile in job.Profiles)
            {
                if (run.Quantize(profile) is { } variant)
                {
                    variants.Add(variant);
                }
            }

            run.Finish();
            validating = run.Validating;
        }
        catch (QuantException e)
        {
            findings.Add(e.Diagnostic with { File = e.Diagnostic.File ?? job.DisplayPath });
        }

        return new QuantResult(job, floatBytes, variants, findings) { Quantizing = Stopwatch.GetElapsedTime(started) - validating, Validating = validating };
    }

    /// <summary>What the profiles of one job share: the prepared model, the data, the calibration table.</summary>
    private sealed class JobRun
    {
        /// <summary>Each worker holds the activations of a batch; a build shares the machine with others. A job may ask for more.</summary>
        private const int MostWorkers = 8;

        private readonly IInference _inference;
        private readonly HostProcessor _host;
        private readonly QuantJob _job;
        private readonly byte[] _source;
        private readonly List<Diagnostic> _findings;
        private readonly Action<QuantProgress>? _progress;
        private readonly CancellationToken _cancellation;
        private readonly JobData _data;
        private readonly OnnxModel _prepared;
        private readonly byte[] _preparedBytes;
        private readonly CalibrationTable _table;
        private readonly FloatPatterns _keepFloat;

        public JobRun(
            IInference inference,
            HostProcessor host,
            QuantJob job,
            byte[] source,
            OnnxModel model,
            JobData data,
            List<Diagnostic> findings,
            Action<QuantProgress>? progress,
            CancellationToken cancellation)
        {
            (_inference, _host, _job, _source, _data, _findings, _progress, _cancellation) = (inference, host, job, source, data, findings, progress, cancellation);
            if (_data.Finding is { } borrowed)
            {
                findings.Add(borrowed);
            }

            _progress?.Invoke(new QuantProgress("Preparation", 0));
            _keepFloat = new FloatPatterns(job.KeepFloat);
            PreparedModel prepared = new Preparer(inference, n => _keepFloat.Reason(n) is not null).Run(model, _data.Calibration.Batch(_data.Calibration.Batches(2)[0]), job.DisplayPath);
            findings.AddRange(prepared.Diagnostics);
            _prepared = prepared.Model;
            _preparedBytes = ModelWriter.Write(_prepared);
            _table = Calibrate();
        }

        public TimeSpan Validating { get; private set; }

        private int Workers => _job.Threads > 0 ? _job.Threads : Math.Min(Environment.ProcessorCount, MostWorkers);

        public QuantVariant? Quantize(HardwareProfile profile)
        {
            QuantizationPlan plan = Planner.Plan(_prepared.Graph, profile, Range, _keepFloat.Reason);
            if (!plan.ChangesAnything)
            {
                _findings.Add(new Diagnostic(Codes.NothingToQuantize, Severity.Error, $"No node can run as integers. {Reasons(plan)}") { File = _job.DisplayPath, Profile = profile.Name });
                return null;
            }

            OnnxModel rewritten = ModelReader.Read(_preparedBytes, _job.DisplayPath);
            PlanRewriter.Rewrite(rewritten, plan);
            if (profile.Saturation != SaturationRule.None && SaturationChecker.Check(rewritten).FirstOrDefault() is { Node: not null } pair)
            {
                throw new InvalidOperationException($"The weights made for {profile.Name} could saturate: {pair}.");
            }

            byte[] artifact = ModelWriter.WriteWithoutNotes(rewritten);
            long started = Stopwatch.GetTimestamp();
            ValidationReport report = Validate(profile, plan, artifact);
            Validating += Stopwatch.GetElapsedTime(started);
            _findings.AddRange(GateFindings.Of(_job, profile, report, _data.Calibration.Count));
            return new QuantVariant(profile, artifact, plan, report);
        }

        public void Finish()
        {
            foreach (string pattern in _keepFloat.Unused)
            {
                _findings.Add(Diagnostic.Warning(Codes.UnusedPattern, $"KeepFloat=\"{pattern}\" matches no node name and no operator type. 'dotnet quant inspect <model> --nodes' lists both.", _job.DisplayPath));
            }
        }

        private CalibrationTable Calibrate()
        {
            string[] tensors = [.. _job.Profiles.SelectMany(p => Planner.ValuesToCalibrate(_prepared.Graph, p, _keepFloat.Reason)).Select(v => v.Name).Distinct()];
            var options = new CalibrationOptions
            {
                BatchSize = _job.BatchSize ?? 8,
                Workers = Workers,
                DisplayPath = _job.DisplayPath,
                Progress = fraction => _progress?.Invoke(new QuantProgress("Calibration", fraction)),
            };
            return new Calibrator(_inference).Calibrate(_prepared, tensors, _data.Calibration, options, _cancellation);
        }

        private (double Min, double Max) Range(Value value)
        {
            RangeMethod method = _job.Recipe == Recipe.Fast ? RangeMethod.MinMax : RangeMethod.Mse;
            ValueRange range = _table.Find(value.Name)?.Range(method)
                ?? throw new InvalidOperationException($"'{value.Name}' was not calibrated.");
            return (range.Min, range.Max);
        }

        private ValidationReport Validate(HardwareProfile profile, QuantizationPlan plan, byte[] artifact)
        {
            _progress?.Invoke(new QuantProgress("Validation", 0));
            var arithmetic = HostArithmetic.Of(profile, _host);
            if (HostFinding.Of(_job, profile, _host, arithmetic) is { } finding)
            {
                _findings.Add(finding);
            }

            var request = new ValidationRequest
            {
                FloatModel = _source,
                Artifact = artifact,
                Data = _data.Validation,
                Metric = _job.Metric,
                MaxDrop = _job.MaxDrop,
                BatchSize = _job.BatchSize ?? 50,
                Workers = Workers,
                IntegerShare = plan.IntegerShare,
                Basis = arithmetic.Basis,
                Configuration = arithmetic.Configuration,
                MeasureLatency = arithmetic.IsNative,
                DisplayPath = _job.DisplayPath,
                Progress = fraction => _progress?.Invoke(new QuantProgress("Validation", fraction)),
            };
            ValidationReport report = new Validator(_inference, TimeProvider.System).Validate(request, _cancellation);
            return report with { Layers = CompareLayers(profile, plan, artifact) };
        }

        /// <summary>Where the noise comes from; on calibration data, so that the validation data is looked at for the verdict alone.</summary>
        private IReadOnlyList<LayerLoss> CompareLayers(HardwareProfile profile, QuantizationPlan plan, byte[] artifact)
        {
            ComparedLayer[] layers = [.. plan.Nodes
                .Where(n => n is { Precision: NodePrecision.Integer, Result: not null })
                .Select(n => new ComparedLayer(n.Node, n.Result!))];
            try
            {
                return new LayerComparison(_inference).Compare(_preparedBytes, artifact, layers, _data.Calibration, _cancellation);
            }
            catch (QuantException e)
            {
                // It explains a verdict that stands already: the artifact is measured, and must not be lost for want of an explanation.
                _findings.Add(Diagnostic.Message(e.Diagnostic.Code, $"The layers could not be compared, so the report lists none. {e.Diagnostic.Text}", _job.DisplayPath) with { Profile = profile.Name });
                return [];
            }
        }

        /// <summary>The inputs that a caller must give.</summary>
        public static IReadOnlyList<ModelPort> RequiredInputs(OnnxModel model) =>
            [.. model.Graph.Inputs.Where(i => i.Initializer is null).Select(i => new ModelPort(i.Name, i.Type, i.Shape))];

        private static string Reasons(QuantizationPlan plan) => string.Join(
            "; ",
            plan.Nodes.Where(n => n.Reason is not null).GroupBy(n => n.Reason!).OrderByDescending(g => g.Count()).Take(3).Select(g => $"{g.First().Node}: {g.Key}"));
    }
}
