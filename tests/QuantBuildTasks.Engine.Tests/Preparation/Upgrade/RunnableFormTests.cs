using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class RunnableFormTests
{
    private const string Path = "models/old.onnx";

    [Fact]
    public void Model_that_has_kernels_only_in_a_newer_form_is_upgraded()
    {
        // Add of opset 6 broadcasts by an attribute, which ONNX Runtime has no kernel for.
        OnnxModel model = new ModelBuilder(opset: 6).Input("x", 2, 3).Weight("b", 3).Node("Add", "x b -> y", ("broadcast", 1)).Output("y").Build();

        byte[] form = RunnableForm.Of(ModelWriter.Write(model), model, new OrtInference(), Path).Graph;

        float[] x = UpgradeCheck.Fed("x", 2, 3), b = ModelBuilder.Random("b", 3).Span<float>().ToArray();
        Assert.Equal([.. x.Select((v, i) => v + b[i % 3])], Assert.Single(PassCheck.Results(form)).Span<float>().ToArray());
        Assert.Equal(13, ModelReader.Read(form).Opset);
        Assert.Equal(6, model.Opset);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(11)]
    public void Model_that_runs_stays_as_it_is(long opset)
    {
        OnnxModel model = new ModelBuilder(opset).Input("x", 2, 3).Node("Relu", "x -> y").Output("y").Build();
        byte[] file = ModelWriter.Write(model);

        Assert.Same(file, RunnableForm.Of(file, model, new OrtInference(), Path).Graph);
    }

    [Fact]
    public void Model_that_runs_in_no_form_is_refused_with_what_is_said_of_the_file()
    {
        // Add takes no numbers of 16 bits before operator set 14.
        OnnxModel model = new ModelBuilder(opset: 6).Input("x", ElementType.Int16, 2).Input("z", ElementType.Int16, 2).Node("Add", "x z -> y").Output("y", ElementType.Int16).Build();
        byte[] file = ModelWriter.Write(model);

        Diagnostic refusal = Assert.Throws<QuantException>(() => RunnableForm.Of(file, model, new OrtInference(), Path)).Diagnostic;

        Assert.Equal((Codes.ModelUnsupported, Path), (refusal.Code, refusal.File));
        Assert.StartsWith("ONNX Runtime refuses the model:", refusal.Text, StringComparison.Ordinal);
    }
}
