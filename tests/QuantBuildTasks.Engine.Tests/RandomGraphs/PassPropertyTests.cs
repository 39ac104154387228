using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>What every pass promises, on graphs that nobody thought of.</summary>
public sealed class PassPropertyTests
{
    [Fact]
    public void The_generator_makes_models_that_run() => RandomRuns.Sample(100, 7, 21, program =>
        Assert.All(RandomResults.Run(RandomModel.Build(program)), outputs => Assert.NotEmpty(outputs)));

    [Fact]
    public void Each_pass_alone_keeps_the_outputs_and_says_whether_it_changed_something() => RandomRuns.Sample(30, 13, 21, program =>
    {
        OnnxModel model = RandomModel.Build(program);
        var results = new RandomResults(model);
        new ShapeInference(new OrtInference()).Apply(model, []);
        byte[] inferred = ModelWriter.Write(model);
        foreach (IPass pass in Preparer.Passes(new OrtInference(), static _ => false))
        {
            OnnxModel rewritten = ModelReader.Read(inferred);
            var run = new PassSequence([pass]);
            bool changed = pass.Apply(rewritten, []);
            if (!changed)
            {
                Assert.Equal(inferred, ModelWriter.Write(rewritten));
                continue;
            }

            rewritten = ModelReader.Read(inferred);
            run.Apply(rewritten);
            Exception? failure = Record.Exception(() => results.AssertKeptBy(rewritten, run.Keeps));
            Assert.True(failure is null, $"{pass.Name}: {failure?.Message}");
        }
    });

    [Fact]
    public void All_passes_together_keep_the_outputs_after_every_step() => RandomRuns.Sample(60, 13, 21, program =>
    {
        OnnxModel model = RandomModel.Build(program);
        var results = new RandomResults(model);
        new PassSequence(Preparer.Passes(new OrtInference(), static _ => false)).Apply(model, (pass, keeps, rewritten) =>
        {
            Exception? failure = Record.Exception(() => results.AssertKeptBy(rewritten, keeps));
            Assert.True(failure is null, $"after {pass.Name}: {failure?.Message}");
            return true;
        });
    });

    [Fact]
    public void The_preparer_leaves_no_pass_out() => RandomRuns.Sample(60, 7, 21, program =>
    {
        PreparedModel prepared = new Preparer(new OrtInference()).Run(RandomModel.Build(program));
        Assert.True(prepared.Checked);
        Assert.Empty(prepared.Diagnostics);
    });
}
