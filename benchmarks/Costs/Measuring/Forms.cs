using QuantBuildTasks.Costs.Chains;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Costs.Measuring;

/// <summary>A float model and what the engine's own planner and rewriter make of it.</summary>
internal sealed class Forms
{
    public Forms(OnnxModel model)
    {
        Float = model;
        new ShapeInference(new OrtInference()).Apply(Float, []);
    }

    /// <summary>The model with the type and shape of every value.</summary>
    public OnnxModel Float { get; }

    /// <summary>A plan on a profile; ranges are made up, since no kernel's time depends on them.</summary>
    public QuantizationPlan Plan(HardwareProfile profile) =>
        Planner.Plan(Float.Graph, profile, _ => (-4, 4), n => n.Name.StartsWith(Sketch.Kept, StringComparison.Ordinal) ? "kept for the measurement" : null);

    public OnnxModel Quantized(QuantizationPlan plan)
    {
        OnnxModel copy = ModelWriter.Copy(Float);
        PlanRewriter.Rewrite(copy, plan);
        return copy;
    }

    public IReadOnlyList<WorkItem> Work(QuantizationPlan? plan) => [.. PlanWork.Of(Float.Graph, plan, new ValueSizes())];
}
