using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Inference;

public sealed class ExposedModelTests
{
    [Fact]
    public void Values_come_behind_the_outputs_that_there_were_and_the_model_stays_as_it_is()
    {
        var graph = new Graph("g");
        Value x = graph.AddInput("x", ElementType.Float32, Shape.Of([2]));
        Value y = graph.Append("Relu", "y", [x]);
        graph.AddOutput(graph.Append("Neg", "z", [y]));
        var model = new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17 } };
        byte[] before = ModelWriter.Write(model);

        ExposedModel exposed = ExposedModel.From(model, ["y", "x", "z"]);

        Assert.Equal(["z", "y"], exposed.Names);
        Assert.Equal(["z", "y"], ModelReader.Read(exposed.File).Graph.Outputs.Select(o => o.Name));
        Assert.Equal(before, ModelWriter.Write(model));
    }
}
