using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>A file that another tool made, for every profile the same (<c>Precision="none"</c>).</summary>
internal sealed class GivenVariant : IVariantSource
{
    private readonly StoredModel _artifact;
    private readonly StoredModel _reference;

    /// <param name="artifact">The ONNX file as it is.</param>
    /// <param name="model">The same, read.</param>
    /// <param name="reference">The float model that it is compared with.</param>
    /// <param name="referenceModel">The same, read.</param>
    /// <param name="job">What was asked.</param>
    /// <exception cref="QuantException">QBT1018: the two do not take the same inputs or do not give the same outputs.</exception>
    public GivenVariant(StoredModel artifact, OnnxModel model, StoredModel reference, OnnxModel referenceModel, QuantJob job)
    {
        Require("takes", Inputs(model), Inputs(referenceModel));
        Require("gives", [.. model.Graph.Outputs.Select(o => o.Name)], [.. referenceModel.Graph.Outputs.Select(o => o.Name)]);
        (_artifact, _reference) = (artifact, reference);

        void Require(string verb, string[] has, string[] wanted)
        {
            if (!has.SequenceEqual(wanted, StringComparer.Ordinal))
            {
                throw QuantException.Error(
                    Codes.ReferenceMismatch,
                    $"The model {verb} {string.Join(", ", has)}, but its Reference '{job.ReferenceDisplayPath}' {verb} {string.Join(", ", wanted)}. Name the float32 model that this file was made from.",
                    job.DisplayPath);
            }
        }
    }

    public MadeVariant Make(HardwareProfile profile) =>
        new(_artifact, new QuantizationPlan { Profile = profile.Name, Activations = [], Weights = [], Nodes = [] }, _reference);

    public void Finish()
    {
        // Nothing was decided here.
    }

    private static string[] Inputs(OnnxModel model) =>
        [.. JobData.RequiredInputs(model).Select(i => $"{i.Name} ({i.Type})").Order(StringComparer.Ordinal)];
}
