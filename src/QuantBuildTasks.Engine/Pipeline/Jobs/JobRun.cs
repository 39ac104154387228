using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>What the steps of one job share, and where they leave what they find.</summary>
/// <param name="inference">ONNX Runtime.</param>
/// <param name="host">The processor that measures.</param>
/// <param name="job">What was asked.</param>
/// <param name="progress">Told how far the job is, from any thread; may be null.</param>
/// <param name="cancellation">Ends the job between two batches.</param>
internal sealed class JobRun(IInference inference, HostProcessor host, QuantJob job, Action<QuantProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Each worker holds the activations of a batch; a build shares the machine with others. A job may ask for more.</summary>
    private const int MostWorkers = 8;

    private readonly List<Diagnostic> _findings = [];

    public IInference Inference => inference;

    public HostProcessor Host => host;

    public QuantJob Job => job;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Batches that may run side by side.</summary>
    public int Workers => job.Threads > 0 ? job.Threads : Math.Min(Environment.ProcessorCount, MostWorkers);

    public IReadOnlyList<Diagnostic> Findings => _findings;

    /// <summary>Keeps a finding; it is about the job's model unless it names another file.</summary>
    public void Say(Diagnostic finding) => _findings.Add(finding with { File = finding.File ?? job.DisplayPath });

    /// <param name="stage">The step that is at work.</param>
    /// <param name="fraction">How far it is, 0…1.</param>
    public void Tell(string stage, double fraction) => progress?.Invoke(new QuantProgress(stage, fraction));

    /// <summary>How a step walks over the calibration data.</summary>
    /// <param name="stage">The step, for <see cref="Tell"/>.</param>
    public CalibrationOptions Walk(string stage) => new()
    {
        BatchSize = job.BatchSize ?? 8,
        Workers = Workers,
        OnlyRanges = job.Recipe == Recipe.Fast,
        DisplayPath = job.DisplayPath,
        Progress = fraction => Tell(stage, fraction),
    };
}
