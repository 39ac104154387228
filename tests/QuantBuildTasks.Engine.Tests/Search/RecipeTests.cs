using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Search;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Tests.Pipeline;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Search;

/// <summary>The whole way with recipes that search, on a chain of convolutions of which the second makes one channel a thousand times larger, and the third takes that back.</summary>
public sealed class RecipeTests : IDisposable
{
    private const int Samples = 40;
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Planted_outlier_stays_float32_and_the_rest_becomes_integer()
    {
        QuantVariant balanced = Assert.Single(Run(Job() with { Recipe = Recipe.Balanced }).Variants);

        QuantVariant searched = Assert.Single(Run(Job() with { Recipe = Recipe.Careful }).Variants);

        Assert.InRange(balanced.Report.SqnrDb, -10, 15);
        Assert.True(searched.Report.SqnrDb > 25, $"{searched.Report.SqnrDb} dB");
        Assert.Equal(NodePrecision.Float32, Precision(searched, "Conv_c2"));
        Assert.Equal(NodePrecision.Float32, Precision(searched, "Conv_c3"));
        Assert.Contains("the search keeps it float32", searched.Plan.Nodes.Single(n => n.Node == "Conv_c3").Reason, StringComparison.Ordinal);
        Assert.Contains(searched.Plan.Nodes, n => n.Precision == NodePrecision.Integer);
    }

    [Fact]
    public void Report_and_one_message_tell_what_was_tried()
    {
        QuantResult result = Run(Job() with { Recipe = Recipe.Careful });

        SearchOutcome search = result.Variants[0].Search!;
        Diagnostic message = Assert.Single(result.Diagnostics, d => d.Code == Codes.Searched);
        Assert.Equal(Severity.Message, message.Severity);
        Assert.StartsWith($"Of {search.Candidates.Count} candidates on 8 calibration samples that were held out, ", message.Text, StringComparison.Ordinal);
        Assert.Equal("balanced", search.Candidates[0].What);
        Assert.False(search.Candidates[0].HoldsGate);
        Assert.True(search.Candidates[search.Taken].HoldsGate);
        ReportSearch reported = ReportBuilder.Build(result).Variants[0].Search!;
        Assert.Equal((search.Taken, search.Candidates.Count, 1), (reported.Taken, reported.Candidates.Count, reported.ValidationLooks));
    }

    [Fact]
    public void Auto_is_content_with_a_balanced_candidate_that_is_good()
    {
        QuantJob job = Job(outlier: 1);
        byte[] balanced = Run(job with { Recipe = Recipe.Balanced }).Variants[0].Artifact.Graph;

        QuantVariant variant = Run(job with { Recipe = Recipe.Auto }).Variants[0];

        Assert.Single(variant.Search!.Candidates);
        Assert.Equal(0, variant.Search.Probes);
        Assert.Equal(balanced.Length, variant.Artifact.Graph.Length);
    }

    [Fact]
    public void Gate_that_nothing_holds_gives_the_most_exact_candidate_and_says_what_was_tried()
    {
        QuantResult result = Run(Job() with { Recipe = Recipe.Auto, Metrics = [new MetricRequest(MetricKind.Sqnr) { MaxDrop = new MaxDrop(MaxDropKind.Absolute, 500) }] });

        SearchOutcome search = result.Variants[0].Search!;
        Assert.Equal(search.Candidates.Max(c => c.SqnrDb), search.Candidates[search.Taken].SqnrDb);
        Diagnostic error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Equal(Codes.AccuracyRegressed, error.Code);
        Assert.Contains($"none of the {search.Candidates.Count} candidates that were tried holds the limit", error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Recipe=", error.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void No_more_candidates_are_measured_than_the_budget_allows(int budget)
    {
        QuantResult result = JobFolder.Run(Job() with { Recipe = Recipe.Careful }, search: new RecipeSearch { Budget = budget });

        Assert.InRange(result.Variants[0].Search!.Candidates.Count, 1, budget);
    }

    [Theory]
    [InlineData(nameof(Recipe.Careful))]
    [InlineData(nameof(Recipe.Auto))]
    public void Same_inputs_give_the_same_bytes_on_any_number_of_threads(string recipe)
    {
        QuantJob job = Job() with { Recipe = Enum.Parse<Recipe>(recipe) };

        QuantVariant[] variants = [.. new[] { 1, 2, 3 }.Select(threads => Run(job with { Threads = threads }).Variants[0])];

        Assert.All(variants, v => Assert.Equal(variants[0].Artifact.Graph, v.Artifact.Graph));
        Assert.All(variants, v => Assert.Equal(variants[0].Search!.Candidates, v.Search!.Candidates));
        Assert.Contains(variants[0].Search!.Candidates, c => c.What.EndsWith("rounded layer after layer", StringComparison.Ordinal));
    }

    [Fact]
    public void Findings_are_said_once_for_each_verdict()
    {
        QuantResult result = Run(Job() with { Recipe = Recipe.Careful, Profiles = [BuiltInProfiles.X64Vnni, BuiltInProfiles.X64Avx2], KeepFloat = ["nothing*"] });

        Assert.Equal(2, result.Diagnostics.Count(d => d.Code == Codes.Searched));
        Assert.Single(result.Diagnostics, d => d.Code == Codes.UnusedPattern);
        Assert.Equal(result.Diagnostics.Select(d => (d.Code, d.Profile)).Distinct().Count(), result.Diagnostics.Count);
    }

    [Fact]
    public void Stored_weights_that_miss_the_gate_become_float32_where_they_matter()
    {
        QuantJob job = Job() with { Precision = Engine.Pipeline.Jobs.Precision.Int8Weights };
        double stored = Run(job with { Recipe = Recipe.Balanced }).Variants[0].Report.SqnrDb;

        QuantVariant variant = Run(job with
        {
            Recipe = Recipe.Careful,
            Metrics = [new MetricRequest(MetricKind.Sqnr) { Output = "y", MaxDrop = new MaxDrop(MaxDropKind.Absolute, stored + 2) }],
        }).Variants[0];

        Assert.True(variant.Report.SqnrDb > stored + 1, $"{variant.Report.SqnrDb} dB after {stored} dB");
        Assert.InRange(variant.Plan.Stored.Count(s => s.Type == ElementType.Int8), 1, 3);
    }

    [Fact]
    public void Weights_of_float16_layers_that_miss_the_gate_are_stored_as_float16()
    {
        QuantJob job = Job(outlier: 1) with { Profiles = [BuiltInProfiles.Cuda] };
        QuantVariant balanced = Run(job with { Recipe = Recipe.Balanced }).Variants[0];

        QuantVariant variant = Run(job with
        {
            Recipe = Recipe.Auto,
            Metrics = [new MetricRequest(MetricKind.Sqnr) { Output = "y", MaxDrop = new MaxDrop(MaxDropKind.Absolute, balanced.Report.SqnrDb + 2) }],
        }).Variants[0];

        Assert.True(variant.Report.SqnrDb > balanced.Report.SqnrDb + 1, $"{variant.Report.SqnrDb} dB after {balanced.Report.SqnrDb} dB");
        Assert.All(variant.Plan.Nodes.Where(n => n.OpType == "Conv"), n => Assert.Equal(NodePrecision.Float16, n.Precision));
        Assert.InRange(variant.Plan.Stored.Count(s => s.Type == ElementType.Int8), 1, 3);
        Assert.True(variant.Artifact.Size > balanced.Artifact.Size);
        Assert.All(variant.Search!.Candidates, c => Assert.Null(c.Time));
    }

    [Fact]
    public void Float16_is_not_equalized_for_the_integers_of_another_profile()
    {
        QuantJob job = Job(outlier: 1) with { Recipe = Recipe.Balanced };
        QuantVariant alone = Run(job with { Profiles = [BuiltInProfiles.Cuda] }).Variants[0];

        QuantResult both = Run(job with { Profiles = [JobFolder.AllIntegers, BuiltInProfiles.Cuda] });

        Assert.Equal(alone.Artifact.Graph, both.Variants[1].Artifact.Graph);
    }

    private static NodePrecision Precision(QuantVariant variant, string node) => variant.Plan.Nodes.Single(n => n.Node == node).Precision;

    private static QuantResult Run(QuantJob job) => JobFolder.Run(job, search: new RecipeSearch());

    private QuantJob Job(float outlier = 1000)
    {
        // Tanh between the layers keeps equalization from taking the outlier away.
        Tensor up = Random("up", 32, 32, 3, 3);
        Tensor down = Random("down", 32, 32, 3, 3);
        float[] large = up.Span<float>().ToArray();
        float[] small = down.Span<float>().ToArray();
        for (int i = 0; i < 32 * 9; i++)
        {
            large[i] *= outlier;
        }

        for (int o = 0; o < 32; o++)
        {
            for (int i = 0; i < 9; i++)
            {
                small[(o * 32 * 9) + i] /= outlier;
            }
        }

        OnnxModel model = new ModelBuilder().Input("x", "N", 16, 12, 12)
            .Weight("w1", 32, 16, 3, 3).Node("Conv", "x w1 -> c1").Node("Relu", "c1 -> r1")
            .Constant("w2", Tensor.Of(large, 32, 32, 3, 3)).Node("Conv", "r1 w2 -> c2").Node("Sin", "c2 -> r2")
            .Constant("w3", Tensor.Of(small, 32, 32, 3, 3)).Node("Conv", "c2 w3 -> c3").Node("Relu", "c3 -> r3")
            .Weight("w4", 32, 32, 3, 3).Node("Conv", "r3 w4 -> y").Output("y").Output("r2").Build();
        return _folder.Job(model, 20, ("x", Random("x", Samples, 16, 12, 12))) with
        {
            Metrics = [new MetricRequest(MetricKind.Sqnr) { Output = "y" }],
        };
    }
}
