using QuantBuildTasks.Conformance.Running;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Engine.Tests.Conformance;

public sealed class ModelBatchesTests
{
    [Fact]
    public void A_model_that_a_process_dies_of_is_named_and_the_others_are_examined()
    {
        string[] models = [.. Enumerable.Range(0, 250).Select(i => $"m{i}")];

        IReadOnlyList<ModelFinding> findings = new ModelBatches(DiesOf("m0", "m120", "m249")).Run(models, 3);

        Assert.Equal(models, findings.Select(f => f.Model));
        Assert.Equal(["m0", "m120", "m249"], findings.Where(f => f.Saved.Verdict == Verdict.Fails).Select(f => f.Model));
        Assert.Equal("The process died of it: exit code 139.", findings[120].Runs.Reason);
    }

    [Fact]
    public void A_process_that_ends_early_without_a_word_is_a_death_too()
    {
        ModelFinding finding = Assert.Single(new ModelBatches(_ => new BatchEnd([], null)).Run(["m"], 1));

        Assert.Equal(Verdict.Fails, finding.RunsAfterSave.Verdict);
    }

    private static Func<IReadOnlyList<string>, BatchEnd> DiesOf(params string[] deadly) => models =>
    {
        string[] done = [.. models.TakeWhile(m => !deadly.Contains(m))];
        return new BatchEnd([.. done.Select(Fine)], done.Length < models.Count ? "exit code 139" : null);
    };

    private static ModelFinding Fine(string model) => new() { Model = model, Saved = StepResult.Passes, Runs = StepResult.Passes, RunsAfterSave = StepResult.Passes };
}
