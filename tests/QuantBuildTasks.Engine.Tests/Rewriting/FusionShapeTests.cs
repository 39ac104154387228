using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>The shapes that real networks are built of, prepared as a build prepares them, on both x64 profiles: what ONNX Runtime makes of each.</summary>
public class FusionShapeTests
{
    [Theory]
    [InlineData("squeeze-excite, Sigmoid", "DequantizeLinear QLinearConv QLinearConv QLinearConv QLinearConv QLinearGlobalAveragePool QLinearMul QLinearSigmoid QuantizeLinear")]
    [InlineData("squeeze-excite, ReduceMean and HardSigmoid", "DequantizeLinear QLinearConv QLinearConv QLinearConv QLinearConv QLinearGlobalAveragePool QLinearMul QuantizeLinear")]
    [InlineData("squeeze-excite, Gemm", "DequantizeLinear Flatten QGemm QGemm QLinearConv QLinearConv QLinearGlobalAveragePool QLinearMul QLinearSigmoid QuantizeLinear Reshape")]
    [InlineData("SiLU", "DequantizeLinear QLinearConv QLinearConv QLinearMul QLinearSigmoid QuantizeLinear")]
    [InlineData("HardSwish, one node", "DequantizeLinear DequantizeLinear HardSigmoid Mul QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    [InlineData("HardSwish, five nodes", "DequantizeLinear DequantizeLinear HardSigmoid Mul QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    [InlineData("HardSwish, HardSigmoid and Mul", "DequantizeLinear DequantizeLinear HardSigmoid Mul QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    [InlineData("residual, projected", "DequantizeLinear QLinearAdd QLinearConv QLinearConv QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("residual, read twice", "DequantizeLinear QLinearAdd QLinearAdd QLinearConv QLinearConv QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("residual, Relu6", "DequantizeLinear QLinearAdd QLinearConv QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("Sum of two", "DequantizeLinear QLinearAdd QLinearConv QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("Concat of unequal ranks", "DequantizeLinear DequantizeLinear GlobalMaxPool QLinearConcat QLinearConv QLinearConv QLinearGlobalAveragePool QuantizeLinear QuantizeLinear")]
    [InlineData("Concat of four, nested", "DequantizeLinear QLinearConcat QLinearConcat QLinearConv QLinearConv QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("Concat with its own input", "DequantizeLinear QLinearConcat QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("Split, one part untouched", "DequantizeLinear QLinearConcat QLinearConv QLinearConv QLinearConv QuantizeLinear Split")]
    [InlineData("channel shuffle", "DequantizeLinear QLinearConv QLinearConv QuantizeLinear Reshape Reshape Transpose")]
    [InlineData("Slices in place of Split", "DequantizeLinear QLinearConcat QLinearConv QLinearConv QLinearConv QLinearConv QuantizeLinear Split")]
    [InlineData("focus", "Concat DequantizeLinear QLinearConv QLinearConv QuantizeLinear Slice Slice Slice Slice Slice Slice")]
    [InlineData("pyramid pooling", "DequantizeLinear QLinearConcat QLinearConv QLinearConv QLinearConv QLinearGlobalAveragePool QuantizeLinear Resize")]
    [InlineData("SPPF", "DequantizeLinear MaxPool MaxPool MaxPool QLinearConcat QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("nearest upsampling and Add", "DequantizeLinear MaxPool QLinearAdd QLinearConv QLinearConv QLinearConv QuantizeLinear Resize")]
    [InlineData("linear upsampling and Concat", "DequantizeLinear DequantizeLinear MaxPool QLinearConcat QLinearConv QLinearConv QLinearConv QuantizeLinear QuantizeLinear Resize")]
    [InlineData("Conv, Relu6, depthwise, Relu6", "DequantizeLinear QLinearConv QLinearConv QLinearConv QuantizeLinear")]
    [InlineData("LeakyRelu and Max", "DequantizeLinear QLinearConv QLinearConv QLinearLeakyRelu QuantizeLinear")]
    [InlineData("PRelu, one slope", "DequantizeLinear QLinearConv QLinearConv QLinearLeakyRelu QuantizeLinear")]
    [InlineData("PRelu, a slope for each channel", "DequantizeLinear DequantizeLinear PRelu QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    [InlineData("MatMul of three axes and Add", "Add MatMulIntegerToFloat MatMulIntegerToFloat QLinearConv QuantizeLinear QuantizeLinear Reshape")]
    [InlineData("ConvTranspose in the middle", "ConvTranspose DequantizeLinear DequantizeLinear QLinearConv QLinearConv QuantizeLinear QuantizeLinear")]
    [InlineData("Conv over time, LSTM", "DequantizeLinear DynamicQuantizeLSTM QGemm QLinearConv QuantizeLinear QuantizeLinear Squeeze Transpose")]
    [InlineData("Sub and Div by constants first", "DequantizeLinear QLinearConv QLinearConv QuantizeLinear Sub")]
    [InlineData("Conv, Flatten, Gemm, Softmax", "Flatten QGemm QLinearConv QLinearGlobalAveragePool QuantizeLinear Softmax")]
    [InlineData("normalized embedding", "Div Flatten QGemm QLinearConv QLinearGlobalAveragePool QuantizeLinear ReduceL2")]
    [InlineData("channel attention by Softmax", "DequantizeLinear QLinearAdd QLinearConv QLinearConv QLinearConv QLinearConv QLinearGlobalAveragePool QLinearMul QLinearSoftmax QuantizeLinear")]
    [InlineData("detection heads", "Concat DequantizeLinear DequantizeLinear QLinearConv QLinearConv QLinearConv QuantizeLinear Reshape Reshape Sigmoid")]
    public void Shape_is_fused_on_every_x64_profile(string shape, string operators)
    {
        foreach (HardwareProfile profile in (HardwareProfile[])[BuiltInProfiles.X64Vnni, BuiltInProfiles.X64Avx2])
        {
            QuantizedModel quantized = QuantizedModel.Of(Prepared(Shape(shape)), profile with { Costs = null });

            Assert.Equal(operators, quantized.OptimizedOperators());
            Assert.All(quantized.SqnrDb(), db => Assert.True(db >= 28, $"{profile.Name}: {db:0.0} dB"));
        }
    }

    private static OnnxModel Prepared(ModelBuilder model) => new Preparer(new OrtInference()).Run(ModelReader.Read(ModelWriter.Write(model.Build()))).Model;

    private static ModelBuilder Shape(string name)
    {
        ModelBuilder m = new ModelBuilder().Input("x", "N", 8, 16, 16).Weight("k1", 8, 8, 3, 3).Weight("k2", 8, 8, 1, 1).Weight("k3", 8, 8, 1, 1).Weight("k4", 8, 8, 1, 1).Weight("k16", 8, 16, 1, 1).Weight("k32", 8, 32, 1, 1).Weight("b", 8).Weight("dw", 8, 1, 3, 3)
            .Constant("three", Tensor.Scalar(3f)).Constant("six", Tensor.Scalar(6f)).Constant("zero", Tensor.Scalar(0f)).Constant("twice", Tensor.Vector(1f, 1, 2, 2)).Constant("axis2", Tensor.Vector(2L)).Constant("axis1", Tensor.Vector(1L)).Constant("axis3", Tensor.Vector(3L))
            .Constant("n0", Tensor.Vector(0L)).Constant("n1", Tensor.Vector(1L)).Constant("n2", Tensor.Vector(2L)).Constant("n4", Tensor.Vector(4L)).Constant("n8", Tensor.Vector(8L)).Constant("big", Tensor.Vector(1000L))
            .Weight("g1", 8, 4).Weight("gb", 4).Weight("g2", 4, 8);
        long[] same = Ints(1, 1, 1, 1);
        return name switch
        {
            "squeeze-excite, Sigmoid" => m.Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("GlobalAveragePool", "r -> p").Node("Conv", "p k2 b -> s").Node("Relu", "s -> t").Node("Conv", "t k3 b -> u").Node("Sigmoid", "u -> g").Node("Mul", "r g -> m").Node("Conv", "m k4 -> y").Output("y"),
            "squeeze-excite, ReduceMean and HardSigmoid" => m.Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("ReduceMean", "r -> p", ("axes", Ints(2, 3)), ("keepdims", 1)).Node("Conv", "p k2 b -> s").Node("Relu", "s -> t").Node("Conv", "t k3 b -> u").Node("HardSigmoid", "u -> g").Node("Mul", "r g -> m").Node("Conv", "m k4 -> y").Output("y"),
            "squeeze-excite, Gemm" => m.Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("GlobalAveragePool", "r -> p").Node("Flatten", "p -> f").Node("Gemm", "f g1 gb -> s").Node("Relu", "s -> t").Node("Gemm", "t g2 b -> u").Node("Sigmoid", "u -> g").Constant("shape", Tensor.Vector(0L, 8, 1, 1)).Node("Reshape", "g shape -> h").Node("Mul", "r h -> m").Node("Conv", "m k4 -> y").Output("y"),
            "SiLU" => m.Node("Conv", "x k1 b -> a").Node("Sigmoid", "a -> g").Node("Mul", "a g -> m").Node("Conv", "m k2 -> y").Output("y"),
            "HardSwish, one node" => m.Node("Conv", "x k1 b -> a").Node("HardSwish", "a -> m").Node("Conv", "m k2 -> y").Output("y"),
            "HardSwish, five nodes" => m.Node("Conv", "x k1 b -> a").Node("Add", "a three -> c").Node("Clip", "c zero six -> d").Node("Mul", "a d -> e").Node("Div", "e six -> m").Node("Conv", "m k2 -> y").Output("y"),
            "HardSwish, HardSigmoid and Mul" => m.Node("Conv", "x k1 b -> a").Node("HardSigmoid", "a -> h", ("alpha", 1 / 6f), ("beta", 0.5f)).Node("Mul", "a h -> m").Node("Conv", "m k2 -> y").Output("y"),
            "residual, projected" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("Relu", "a -> r").Node("Conv", "r k2 b -> c").Node("Conv", "x k3 -> s").Node("Add", "c s -> d").Node("Relu", "d -> e").Node("Conv", "e k4 -> y").Output("y"),
            "residual, read twice" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("Conv", "a k2 b -> c").Node("Add", "a c -> d").Node("Conv", "d k3 b -> e").Node("Add", "d e -> f").Node("Conv", "f k4 -> y").Output("y"),
            "residual, Relu6" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("Clip", "a zero six -> r").Node("Conv", "r k2 b -> c").Node("Add", "r c -> d").Node("Conv", "d k4 -> y").Output("y"),
            "Sum of two" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("Conv", "a k2 b -> c").Node("Sum", "a c -> d").Node("Conv", "d k4 -> y").Output("y"),
            "Concat of unequal ranks" => m.Node("Conv", "x k1 b -> a").Node("GlobalAveragePool", "a -> p").Node("GlobalMaxPool", "a -> q").Node("Concat", "p q -> c", ("axis", 1)).Node("Conv", "c k16 -> y").Output("y"),
            "Concat of four, nested" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("Conv", "a k2 -> c").Node("Conv", "c k3 -> d").Node("Concat", "a c -> e", ("axis", 1)).Node("Concat", "e d x -> f", ("axis", 1)).Node("Conv", "f k32 -> y").Output("y"),
            "Concat with its own input" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("Relu", "a -> r").Node("Concat", "r x -> e", ("axis", 1)).Node("Conv", "e k16 -> y").Output("y"),
            "Split, one part untouched" => m.Weight("h", 4, 4, 1, 1).Node("Conv", "x k1 b -> a").Node("Split", "a -> p q", ("axis", 1)).Node("Conv", "q h -> s").Node("Concat", "p q s s -> c", ("axis", 1)).Node("Conv", "c k16 -> y").Output("y"),
            "channel shuffle" => m.Constant("to", Tensor.Vector(0L, 2, 4, 14, 14)).Constant("back", Tensor.Vector(0L, 8, 14, 14)).Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("Reshape", "r to -> s").Node("Transpose", "s -> t", ("perm", Ints(0, 2, 1, 3, 4))).Node("Reshape", "t back -> u").Node("Conv", "u k2 -> y").Output("y"),
            "Slices in place of Split" => m.Weight("h", 4, 4, 1, 1).Weight("i", 4, 4, 1, 1).Node("Conv", "x k1 b -> a").Node("Slice", "a n0 n4 axis1 -> p").Node("Slice", "a n4 n8 axis1 -> q").Node("Conv", "p h -> s").Node("Conv", "q i -> t").Node("Concat", "s t -> c", ("axis", 1)).Node("Conv", "c k2 -> y").Output("y"),
            "focus" => m.Node("Slice", "x n0 big axis2 n2 -> p").Node("Slice", "x n1 big axis2 n2 -> q").Node("Slice", "p n0 big axis3 n2 -> p0").Node("Slice", "p n1 big axis3 n2 -> p1").Node("Slice", "q n0 big axis3 n2 -> q0").Node("Slice", "q n1 big axis3 n2 -> q1").Node("Concat", "p0 q0 p1 q1 -> c", ("axis", 1)).Node("Conv", "c k32 b -> a").Node("Relu", "a -> r").Node("Conv", "r k2 -> y").Output("y"),
            "pyramid pooling" => m.Constant("size", Tensor.Vector(1f, 1, 14, 14)).Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("GlobalAveragePool", "r -> p").Node("Conv", "p k2 -> q").Node("Resize", "q _ size -> u", ("mode", "nearest")).Node("Concat", "r u -> c", ("axis", 1)).Node("Conv", "c k16 -> y").Output("y"),
            "SPPF" => m.Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("MaxPool", "r -> p", ("kernel_shape", Ints(5, 5)), ("pads", Ints(2, 2, 2, 2))).Node("MaxPool", "p -> q", ("kernel_shape", Ints(5, 5)), ("pads", Ints(2, 2, 2, 2))).Node("MaxPool", "q -> s", ("kernel_shape", Ints(5, 5)), ("pads", Ints(2, 2, 2, 2))).Node("Concat", "r p q s -> c", ("axis", 1)).Node("Conv", "c k32 -> y").Output("y"),
            "nearest upsampling and Add" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("MaxPool", "a -> p", ("kernel_shape", Ints(2, 2)), ("strides", Ints(2, 2))).Node("Conv", "p k2 -> q").Node("Resize", "q _ twice -> u", ("mode", "nearest")).Node("Add", "a u -> c").Node("Conv", "c k3 -> y").Output("y"),
            "linear upsampling and Concat" => m.Node("Conv", "x k1 b -> a", ("pads", same)).Node("MaxPool", "a -> p", ("kernel_shape", Ints(2, 2)), ("strides", Ints(2, 2))).Node("Conv", "p k2 -> q").Node("Resize", "q _ twice -> u", ("mode", "linear")).Node("Concat", "a u -> c", ("axis", 1)).Node("Conv", "c k16 -> y").Output("y"),
            "Conv, Relu6, depthwise, Relu6" => m.Node("Conv", "x k1 b -> a").Node("Clip", "a zero six -> r").Node("Conv", "r dw b -> d", ("group", 8)).Node("Clip", "d zero six -> e").Node("Conv", "e k2 -> y").Output("y"),
            "LeakyRelu and Max" => m.Node("Conv", "x k1 b -> a").Node("LeakyRelu", "a -> l", ("alpha", 0.2f)).Constant("low", Tensor.Scalar(-0.4f)).Node("Max", "l low -> r").Node("Conv", "r k2 -> y").Output("y"),
            "PRelu, one slope" => m.Node("Conv", "x k1 b -> a").Constant("slope", Tensor.Of(new[] { 0.25f }, 1, 1, 1)).Node("PRelu", "a slope -> r").Node("Conv", "r k2 -> y").Output("y"),
            "PRelu, a slope for each channel" => m.PositiveWeight("slope", 8, 1, 1).Node("Conv", "x k1 b -> a").Node("PRelu", "a slope -> r").Node("Conv", "r k2 -> y").Output("y"),
            "MatMul of three axes and Add" => m.Weight("m1", 16, 8).Weight("mb", 8).Weight("m2", 8, 4).Constant("rows", Tensor.Vector(0L, 128, 16)).Node("Conv", "x k1 b -> a", ("pads", same)).Node("Reshape", "a rows -> f").Node("MatMul", "f m1 -> g").Node("Add", "g mb -> h").Node("Relu", "h -> r").Node("MatMul", "r m2 -> y").Output("y"),
            "ConvTranspose in the middle" => m.Weight("ct", 8, 8, 2, 2).Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("ConvTranspose", "r ct b -> u", ("strides", Ints(2, 2))).Node("Relu", "u -> v").Node("Conv", "v k2 -> y").Output("y"),
            "Conv over time, LSTM" => new ModelBuilder().Input("x", "N", 4, 20).Weight("k", 8, 4, 3).Weight("w", 1, 64, 8).Weight("r", 1, 64, 16).Weight("lb", 1, 128).Weight("g", 16, 4).Constant("axis", Tensor.Vector(0L)).Node("Conv", "x k -> c").Node("Relu", "c -> e").Node("Transpose", "e -> t", ("perm", Ints(2, 0, 1))).Node("LSTM", "t w r lb -> _ h", ("hidden_size", 16)).Node("Squeeze", "h axis -> s").Node("Gemm", "s g -> y").Output("y"),
            "Sub and Div by constants first" => m.Constant("mean", Tensor.Of(Random("mean", 8).Span<float>().ToArray(), 1, 8, 1, 1)).PositiveWeight("std", 1, 8, 1, 1).Node("Sub", "x mean -> s").Node("Div", "s std -> d").Node("Conv", "d k1 b -> a", ("pads", same)).Node("Relu", "a -> r").Node("Conv", "r k2 -> y").Output("y"),
            "Conv, Flatten, Gemm, Softmax" => m.Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("GlobalAveragePool", "r -> p").Node("Flatten", "p -> f").Node("Gemm", "f g1 gb -> l").Node("Softmax", "l -> y").Output("y"),
            "normalized embedding" => m.Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("GlobalAveragePool", "r -> p").Node("Flatten", "p -> f").Node("Gemm", "f g1 gb -> l").Node("ReduceL2", "l -> n", ("axes", Ints(1))).Node("Div", "l n -> y").Output("y"),
            "channel attention by Softmax" => m.Node("Conv", "x k1 b -> a").Node("Conv", "x k1 -> c").Node("Add", "a c -> s").Node("GlobalAveragePool", "s -> p").Node("Conv", "p k2 -> l").Node("Softmax", "l -> w", ("axis", 1)).Node("Mul", "a w -> m").Node("Conv", "m k3 -> y").Output("y"),
            "detection heads" => m.Constant("flat", Tensor.Vector(0L, 8, -1)).Node("Conv", "x k1 b -> a").Node("Relu", "a -> r").Node("Conv", "r k2 b -> box").Node("Conv", "r k3 b -> cls").Node("Reshape", "box flat -> f1").Node("Reshape", "cls flat -> f2").Node("Sigmoid", "f2 -> s").Node("Concat", "f1 s -> y", ("axis", 1)).Output("y"),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };
    }
}
