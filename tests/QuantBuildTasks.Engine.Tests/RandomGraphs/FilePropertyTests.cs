using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Random graphs through the file format, the checker and the upgrade of operator sets.</summary>
public sealed class FilePropertyTests
{
    [Fact]
    public void Saving_and_loading_keeps_every_bit() => RandomRuns.Sample(60, 7, 21, program =>
    {
        OnnxModel model = RandomModel.Build(program);
        byte[] file = ModelWriter.Write(model);
        OnnxModel loaded = ModelReader.Read(file);
        Assert.Equal(file, ModelWriter.Write(loaded));
        new RandomResults(model).AssertKeptBy(loaded, Fidelity.BitExact);
    });

    [Fact]
    public void The_checker_takes_every_model_that_runs() => RandomRuns.Sample(200, 7, 21, program => ModelChecker.Check(RandomModel.Build(program), null));

    [Fact]
    public void Operator_sets_from_7_on_are_upgraded_to_13_and_keep_the_outputs() => RandomRuns.Sample(60, 7, 12, program => Upgrade(program, 13));

    [Fact]
    public void Operator_sets_from_7_on_are_upgraded_to_21_and_keep_the_outputs() => RandomRuns.Sample(60, 7, 20, program => Upgrade(program, 21));

    private static void Upgrade(GraphProgram program, long target)
    {
        OnnxModel model = RandomModel.Build(program);
        var results = new RandomResults(model);
        Assert.True(OpsetUpgrade.Run(model, target, "random.onnx"));
        Assert.Equal(target, model.Opset);
        results.AssertKeptBy(model, Fidelity.KernelOrder);
        results.AssertKeptBy(ModelReader.Read(ModelWriter.Write(model)), Fidelity.KernelOrder);
        Assert.False(OpsetUpgrade.Run(model, target, "random.onnx"));
    }
}
