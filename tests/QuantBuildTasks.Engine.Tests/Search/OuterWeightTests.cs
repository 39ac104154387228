using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Search;
using QuantBuildTasks.Engine.Tests.Pipeline;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Search;

/// <summary>The whole way of models whose main graph holds the weights that layers in branches and bodies read, as exporters that keep all initializers in one place write them.</summary>
public sealed class OuterWeightTests : IDisposable
{
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Weight_that_only_layers_in_branches_read_is_quantized(bool integers, bool searches)
    {
        QuantVariant variant = Run(InBranches(), integers, searches);

        Assert.InRange(variant.Report.Compression, 3, 4);
        Assert.InRange(variant.Report.SqnrDb, 30, 90);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Weight_that_only_a_layer_in_the_body_of_a_loop_reads_is_quantized(bool integers, bool searches)
    {
        QuantVariant variant = Run(InLoop(), integers, searches);

        Assert.InRange(variant.Report.Compression, 3, 4);
        Assert.InRange(variant.Report.SqnrDb, 25, 90);
    }

    [Fact]
    public void Search_can_keep_a_weight_that_only_a_layer_in_a_branch_reads()
    {
        double stored = Run(InBranches(), integers: false, searches: false).Report.SqnrDb;

        QuantVariant variant = Run(InBranches(), integers: false, searches: true, leastDb: stored + 2);

        Assert.True(variant.Report.SqnrDb > stored + 1, $"{variant.Report.SqnrDb} dB after {stored} dB");
    }

    /// <summary>Both branches are taken: the mean of a sample is above zero or below.</summary>
    private static ModelBuilder InBranches() => new ModelBuilder().Input("x", "N", 64).Constant("zero", Tensor.Scalar(0f))
        .Weight("w", 64, 96).Weight("b", 96).Weight("v", 96, 64).Weight("u", 64, 64).Weight("d", 64)
        .Node("ReduceMean", "x -> m", ("keepdims", 0)).Node("Greater", "m zero -> c")
        .Node("If", "c -> y",
            ("then_branch", Body(t => t.Node("Gemm", "x w b -> h").Node("Relu", "h -> r").Node("Gemm", "r v d -> t").Output("t"))),
            ("else_branch", Body(e => e.Node("Gemm", "x u d -> e").Output("e"))))
        .Output("y");

    private static ModelBuilder InLoop() => new ModelBuilder().Input("x", "N", 64).Constant("times", Tensor.Scalar(2L)).Constant("yes", Tensor.Scalar(true)).Weight("w", 64, 64).Weight("b", 64)
        .Node("Loop", "times yes x -> y",
            ("body", Body(t => t.Input("i", ElementType.Int64).Input("go", ElementType.Bool).Input("s", "N", 64)
                .Node("Identity", "go -> on").Node("Gemm", "s w b -> g").Node("Tanh", "g -> n").Output("on", ElementType.Bool).Output("n"))))
        .Output("y");

    private QuantVariant Run(ModelBuilder model, bool integers, bool searches, double leastDb = 10)
    {
        QuantJob job = _folder.Job(model.Build(), leastDb, ("x", Random("x", 40, 64))) with
        {
            Precision = integers ? Precision.Auto : Precision.Int8Weights,
            Recipe = searches ? Recipe.Careful : Recipe.Balanced,
            BatchSize = 1,
        };
        QuantResult result = JobFolder.Run(job, search: new RecipeSearch());
        Assert.DoesNotContain(result.Diagnostics, d => d.Severity == Severity.Error);
        return Assert.Single(result.Variants);
    }
}
