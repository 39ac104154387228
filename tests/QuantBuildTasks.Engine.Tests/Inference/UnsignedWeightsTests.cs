using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Tests.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Inference;

public sealed class UnsignedWeightsTests
{
    private static readonly Dictionary<string, ModelBuilder> s_models = new()
    {
        ["each layer has its own"] = new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Weight("v", 8, 8).Node("MatMul", "x w -> a").Node("MatMul", "a v -> y").Output("y"),
        ["two layers read one"] = new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Node("MatMul", "x w -> a").Node("MatMul", "a w -> y").Output("y"),
        ["convolution"] = new ModelBuilder().Input("x", 1, 8, 6, 6).Weight("w", 8, 8, 3, 3).Weight("b", 8).Node("Conv", "x w b -> a").Node("Relu", "a -> r").Node("Conv", "r w b -> y").Output("y"),
    };

    public static TheoryData<string> Names => [.. s_models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void File_taken_literally_computes_the_same_and_has_no_signed_weight(string name)
    {
        byte[] signed = QuantizedModel.Of(s_models[name]).Bytes;

        OnnxModel unsigned = ModelReader.Read(UnsignedWeights.In(signed));

        Assert.DoesNotContain(unsigned.Graph.Initializers, v => v.Type == ElementType.Int8);
        Assert.Equal(Literally(signed), Literally(ModelWriter.Write(unsigned)));
    }

    [Theory]
    [InlineData("each layer has its own", false)]
    [InlineData("two layers read one", true)]
    [InlineData("convolution", true)]
    public void Entry_of_ONNX_Runtime_reaches_weights_that_one_layer_reads(string name, bool areOutOfReach) =>
        Assert.Equal(areOutOfReach, UnsignedWeights.AreOutOfReach(QuantizedModel.Of(s_models[name]).Model));

    [Fact]
    public void Entry_of_ONNX_Runtime_overlooks_weights_around_a_branch()
    {
        BranchModel model = BranchModel.Of(new ModelBuilder().Input("x", 1, 8).Input("c", ElementType.Bool, 1).Weight("w", 8, 8)
            .Node("If", "c -> y", ("then_branch", Body(b => b.Node("MatMul", "x w -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e"))))
            .Output("y"));

        Assert.True(UnsignedWeights.AreOutOfReach(model.Model));
        Assert.InRange(model.SqnrDb(true), 30, 90);
    }

    [Fact]
    public void Weights_of_fused_operators_keep_their_zero_points_beside_them()
    {
        OnnxModel model = new ModelBuilder().Input("x", ElementType.UInt8, 2, 4).Constant("w", Tensor.Of<sbyte>([-128, 0, 5, 127, 1, 2, 3, 4], 4, 2)).Constant("z", Tensor.Scalar<byte>(3)).Constant("v", Tensor.Scalar<sbyte>(-7))
            .Node("MatMulInteger", "x w z v -> y").Node("MatMulInteger", "x w z -> u").Output("y", ElementType.Int32).Output("u", ElementType.Int32).Build();

        Assert.True(UnsignedWeights.Replace(model));

        Assert.Equal([0, 128, 133, 255, 129, 130, 131, 132], model.Graph.Nodes[0].Input(1)!.Constant!.Span<byte>().ToArray());
        Assert.Equal([121], model.Graph.Nodes[0].Input(3)!.Constant!.Span<byte>().ToArray());
        Assert.Equal([128], model.Graph.Nodes[1].Input(3)!.Constant!.Span<byte>().ToArray());
    }

    [Fact]
    public void Float_model_stays_as_it_is()
    {
        byte[] model = ModelWriter.Write(s_models["convolution"].Build());

        Assert.Same(model, UnsignedWeights.In(model).Graph);
    }

    private static float[] Literally(byte[] model)
    {
        using IInferenceSession session = new OrtInference().Open(model, new SessionSettings { Optimization = GraphOptimization.None });
        return session.Run(session.Inputs.ToDictionary(i => i.Name, i => Random(i.Name, [.. i.Shape!.Select(d => d.Value!.Value)])))[0].Span<float>().ToArray();
    }
}
