using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>Makes several candidates for each profile and takes one of them. It stands above this room, which only gives it the ground.</summary>
internal interface IVariantSearch
{
    /// <summary>A source whose variants are the best of their candidates.</summary>
    /// <param name="run">The job.</param>
    /// <param name="variants">What makes candidates.</param>
    /// <param name="floatModel">The ONNX file that candidates are compared with.</param>
    /// <param name="data">Of which the search may see the held-out part of the calibration data.</param>
    IVariantSource Over(JobRun run, QuantizedVariants variants, StoredModel floatModel, JobData data);
}
