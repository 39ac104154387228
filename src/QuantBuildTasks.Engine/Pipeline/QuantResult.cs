using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>What became of one model.</summary>
/// <param name="Job">What was asked.</param>
/// <param name="FloatBytes">Size of the float model's file, and of the weights that it names in others.</param>
/// <param name="Variants">One per profile, in the job's order; a profile that failed has none.</param>
/// <param name="Diagnostics">All findings; an error among them means that the build must fail.</param>
internal sealed record QuantResult(QuantJob Job, long FloatBytes, IReadOnlyList<QuantVariant> Variants, IReadOnlyList<Diagnostic> Diagnostics) : IDisposable
{
    /// <summary>Time spent on reading, preparing, calibrating, planning and rewriting, all profiles together.</summary>
    public TimeSpan Quantizing { get; init; }

    /// <summary>Time spent on measuring what came out.</summary>
    public TimeSpan Validating { get; init; }

    /// <summary>The files beside the models that weights were read from, in ordinal order.</summary>
    public IReadOnlyCollection<ExternalFile> ExternalData { get; init; } = [];

    /// <summary>What the artifacts lie in where they are too large for memory; goes when the result is disposed.</summary>
    public IDisposable? Files { get; init; }

    public bool Succeeded => Diagnostics.All(d => d.Severity != Severity.Error);

    public void Dispose() => Files?.Dispose();
}

/// <summary>The quantized model for one profile, and how it compares.</summary>
/// <param name="Profile">Whom it is for.</param>
/// <param name="Artifact">The ONNX file; it may have weights in files that live as long as the result.</param>
/// <param name="Plan">What was decided, node by node.</param>
/// <param name="Report">What was measured.</param>
internal sealed record QuantVariant(HardwareProfile Profile, StoredModel Artifact, QuantizationPlan Plan, ValidationReport Report)
{
    /// <summary>
    /// Bytes that a session holds of the artifact: those of the file, but with what is stored small at the size that it is unfolded to. Copies that kernels lay out for themselves depend on the
    /// processor and do not count, neither here nor for float32.
    /// </summary>
    public long MemoryBytes => Artifact.Size + Plan.Stored.Sum(s => s.Growth);

    /// <summary>Whether an app on an x64 processor without VNNI cannot open it with right results (<see cref="Inference.UnsignedWeights.AreOutOfReach"/>).</summary>
    public bool NeedsVnni { get; init; }

    /// <summary>What else was tried; null where nothing was.</summary>
    public SearchOutcome? Search { get; init; }
}
