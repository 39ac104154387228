using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>Where the variants of a model come from.</summary>
internal interface IVariantSource
{
    /// <summary>The variant for a profile; null where there can be none, which a finding says.</summary>
    /// <exception cref="Diagnostics.QuantException">The model cannot be made for this profile.</exception>
    MadeVariant? Make(HardwareProfile profile);

    /// <summary>Says what only the whole job shows.</summary>
    void Finish();
}

/// <summary>A variant before anything is measured.</summary>
/// <param name="Artifact">The ONNX file.</param>
/// <param name="Plan">What was decided; without nodes where another tool decided.</param>
/// <param name="Source">The float model whose inner tensors have the names that the artifact has kept.</param>
internal sealed record MadeVariant(StoredModel Artifact, QuantizationPlan Plan, StoredModel Source)
{
    /// <summary>What the build says of it, where it is the one that is kept.</summary>
    public IReadOnlyList<Diagnostics.Diagnostic> Findings { get; init; } = [];

    /// <summary>Why it was taken among others; null where there were none.</summary>
    public SearchOutcome? Search { get; init; }
}
