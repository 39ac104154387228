using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Search;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Emulation;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>Quantizes one entry in this process, and tells what came out and what it cost; measuring the result does not count.</summary>
internal static class EntryRun
{
    /// <exception cref="QuantException">A name of the task means nothing.</exception>
    public static ZooRow Measure(ChildTask task)
    {
        QuantJob job = Job(task);
        var stages = new StageMeter();
        using QuantResult result = new QuantPipeline(new OrtInference(), search: new RecipeSearch()).Run(job, stages.Follow, CancellationToken.None);
        var row = new ZooRow { Entry = task.Entry.Name, Profile = task.Profile, Precision = task.Precision, Recipe = task.Recipe };
        if (result.Variants is not [var variant])
        {
            IEnumerable<string> errors = result.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => $"{d.Code}: {FindingText.Of(d)}");
            return row with { Error = string.Join(" ", errors) };
        }

        using (FileStream artifact = File.Create(task.ArtifactPath))
        {
            variant.Artifact.WriteTo(artifact);
        }

        File.WriteAllBytes(Path.ChangeExtension(task.ArtifactPath, ".html"), HtmlReport.Write(ReportBuilder.Build(result)));
        ValidationReport report = variant.Report;
        var census = KernelCensus.Of(new OrtInference(), variant.Artifact, variant.Plan);
        RunComparison? emulated = report.Emulated?.AgainstNative;
        bool isAvx2 = variant.Profile.Name == BuiltInProfiles.X64Avx2.Name;
        return row with
        {
            Samples = report.Samples,
            DropLow = report.DropInterval is { } low ? Round(low.Low, 6) : null,
            DropHigh = report.DropInterval is { } high ? Round(high.High, 6) : null,
            EmulatedValue = emulated is not null ? Round(emulated.EmulatedValue, 6) : null,
            EmulatedNativeValue = emulated is not null ? Round(emulated.NativeValue, 6) : null,
            Avx2Value = isAvx2 && emulated is not null ? Round(emulated.EmulatedValue, 6) : null,
            Avx2Samples = isAvx2 ? emulated?.Samples : null,
            EmulatedSamples = emulated?.Samples,
            EmulatedIdentical = emulated?.Identical,
            EmulatedDecisionsApart = emulated?.DecisionsApart,
            Bytes = report.ArtifactBytes,
            FloatBytes = report.FloatBytes,
            Ratio = Round(report.Compression, 4),
            Metric = MetricText.Keyword(report.Metric),
            Fp32 = Round(report.FloatValue, 6) ?? task.Entry.FloatValue,
            Value = Round(report.Value, 6),
            SqnrDb = Round(report.Outputs.First(o => o.Name == report.Output).SqnrDb, 3),
            Basis = report.Basis,
            Processor = HostProcessor.Current.ToString(),
            Speedup = report.Speedup is { } speedup ? Round(speedup, 4) : null,
            LoadRatio = report.LoadRatio is { } load ? Round(load, 3) : null,
            MemoryBytes = census.ConstantBytes,
            FloatMemoryBytes = KernelCensus.Of(new OrtInference(), File.ReadAllBytes(task.Entry.ModelPath), variant.Plan).ConstantBytes,
            IntegerShare = Round(census.IntegerShare, 5),
            UnfusedWeights = census.UnfusedWeights,
            Error = report.NonFinite > 0 ? $"{report.NonFinite} numbers of the outputs are NaN or infinite where float32 has finite ones." : census.Defect,
            StageSeconds = stages.Seconds,
            Seconds = Round(result.Quantizing.TotalSeconds, 3),
            PeakMb = stages.Quantizing is { } whole ? Round(whole, 0) : null,
            CalibrationPeakMb = stages.Calibrating is { } calibrating ? Round(calibrating, 0) : null,
        };
    }

    private static QuantJob Job(ChildTask task) => new()
    {
        ModelPath = task.Entry.ModelPath,
        DisplayPath = task.Entry.Name,
        Profiles = [BuiltInProfiles.All.FirstOrDefault(p => p.Name == task.Profile) ?? throw Unknown("profile", task.Profile)],
        CalibrationData = task.Entry.CalibrationData,
        ValidationData = task.Entry.ValidationData,
        Precision = Enum.TryParse(task.Precision.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out Precision precision) ? precision : throw Unknown("precision", task.Precision),
        Recipe = Enum.TryParse(task.Recipe, ignoreCase: true, out Recipe recipe) ? recipe : throw Unknown("recipe", task.Recipe),
        Metrics = [new MetricRequest(task.Entry.Metric) { Output = task.Entry.Output }],
        BatchSize = task.Entry.BatchSize,
        Emulation = task.EmulationSamples == 0
            ? new EmulationSettings { Emulator = EmulationSettings.Off }
            : new EmulationSettings { Samples = task.EmulationSamples, Time = TimeSpan.FromMinutes(10), Directory = task.EmulationDirectory },
        BatchAxes = task.Entry.BatchAxes,
    };

    /// <summary>JSON has no NaN and no infinity.</summary>
    private static double? Round(double value, int digits) => double.IsFinite(value) ? Math.Round(value, digits) : null;

    private static QuantException Unknown(string what, string name) => QuantException.Error(Codes.InvalidValue, $"There is no {what} '{name}' in this version.");
}
