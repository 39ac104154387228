using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;

namespace QuantBuildTasks.Engine.Search;

/// <summary>The recipes <c>careful</c> and <c>auto</c>: see docs/search.md.</summary>
internal sealed class RecipeSearch : IVariantSearch
{
    /// <summary>How many candidates are measured for a profile at most.</summary>
    public int Budget { get; init; } = 12;

    public IVariantSource Over(JobRun run, QuantizedVariants variants, StoredModel floatModel, JobData data) =>
        new SearchedVariants(run, variants, floatModel, data, Budget);
}
