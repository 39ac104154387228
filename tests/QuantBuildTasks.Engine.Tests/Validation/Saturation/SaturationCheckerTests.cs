using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Rewriting;
using QuantBuildTasks.Engine.Validation.Saturation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Validation.Saturation;

public class SaturationCheckerTests
{
    private static readonly sbyte[] Weights = [100, 28, 100, 29, -100, -28, -100, -29, 127, -128];

    [Fact]
    public void Pair_that_exceeds_int16_is_listed_with_its_place()
    {
        OnnxModel model = new ModelBuilder().Input("x", ElementType.UInt8, "N", 10).Constant("w", Tensor.Of(Weights, 10, 1))
            .Node("MatMulInteger", "x w -> y").Output("y", ElementType.Int32).Build();

        Assert.Equal(
            [new SaturatingPair("MatMulInteger_y", 0, 2, 100, 29), new SaturatingPair("MatMulInteger_y", 0, 6, -100, -29)],
            SaturationChecker.Check(model));
    }

    [Theory]
    [InlineData("QLinearConv", "x s z w s zw s z -> y", 2)]
    [InlineData("ConvInteger", "x w -> y", 2)]
    public void Convolutions_in_fused_form_are_checked(string opType, string edges, int pairs)
    {
        OnnxModel model = new ModelBuilder().Input("x", ElementType.UInt8, 1, 10, 4, 4).Constant("w", Tensor.Of(Weights, 1, 10, 1, 1))
            .Constant("s", Tensor.Scalar(1f)).Constant("z", Tensor.Scalar((byte)0)).Constant("zw", Tensor.Scalar((sbyte)0))
            .Node(opType, edges).Output("y", ElementType.UInt8).Build();

        Assert.Equal(pairs, SaturationChecker.Check(model).Count());
    }

    [Fact]
    public void Unsigned_weights_and_depthwise_convolutions_take_kernels_that_do_not_saturate()
    {
        OnnxModel model = new ModelBuilder().Input("x", ElementType.UInt8, 1, 10, 4, 4).Constant("w", Tensor.Of(Weights, 10, 1, 1, 1))
            .Constant("u", Tensor.Of(new byte[10], 1, 10, 1, 1))
            .Node("ConvInteger", "x w -> y", ("group", 10)).Node("ConvInteger", "x u -> z").Output("y", ElementType.Int32).Output("z", ElementType.Int32).Build();

        Assert.Empty(SaturationChecker.Check(model));
    }

    [Fact]
    public void Both_weights_of_a_dynamic_lstm_are_checked()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 1, 10).Constant("w", Tensor.Of(Enumerable.Repeat(Weights.Select(v => v), 4).SelectMany(v => v).ToArray(), 1, 10, 4))
            .Constant("r", Tensor.Of(new sbyte[] { 127, 127, 127, 127 }, 1, 1, 4)).Constant("s", Tensor.Vector(1f)).Constant("z", Tensor.Vector((sbyte)0))
            .Node("com.microsoft", "DynamicQuantizeLSTM", "x w r _ _ _ _ _ s z s z -> y", []).Output("y").Build();

        Assert.NotEmpty(SaturationChecker.Check(model));
    }

    [Theory]
    [InlineData("Pairs")]
    [InlineData("ReducedRange")]
    public void Our_own_models_for_AVX2_are_proved_and_those_for_VNNI_are_not(string rule)
    {
        ModelBuilder Model() => new ModelBuilder().Input("x", "N", 8, 8, 8)
            .Weight("w", 16, 8, 3, 3).Node("Conv", "x w -> a").Node("Relu", "a -> r").Node("GlobalAveragePool", "r -> g").Node("Flatten", "g -> f")
            .Weight("v", 16, 10).Node("Gemm", "f v -> y").Output("y");

        QuantizedModel safe = QuantizedModel.Of(Model(), profile: BuiltInProfiles.X64Avx2 with { Saturation = Enum.Parse<SaturationRule>(rule), Costs = null });
        QuantizedModel full = QuantizedModel.Of(Model());

        Assert.Empty(SaturationChecker.Check(safe.Model));
        Assert.NotEmpty(SaturationChecker.Check(full.Model));
        Assert.Equal(full.OptimizedOperators(), safe.OptimizedOperators());
        Assert.All(safe.SqnrDb(), db => Assert.True(db > 25));
    }
}
