extern alias engine;

using engine::QuantBuildTasks.Engine.Model;
using engine::QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Runtime.Tests;

/// <summary>ONNX files of a few nodes with input <c>x</c> and output <c>y</c>.</summary>
internal static class TinyModels
{
    /// <summary>x float32 [2] → y = x + <paramref name="addend"/>.</summary>
    public static byte[] Adding(float addend)
    {
        var graph = new Graph("tiny");
        Value x = graph.AddInput("x", ElementType.Float32, new Shape(2));
        Value y = graph.Append("Add", "y", [x, graph.AddInitializer("addend", Tensor.Scalar(addend))]);
        return Write(graph, y, new Shape(2));
    }

    /// <summary>
    /// x float32 [1, 32] → y = x · W with W = 127 everywhere, [32, 16], as ONNX Runtime's u8·s8 integer product. With x = 255 neighbouring products add
    /// up to 64,770, which a saturating int16 cannot hold.
    /// </summary>
    public static byte[] Saturating()
    {
        var graph = new Graph("tiny");
        Value x = graph.AddInput("x", ElementType.Float32, new Shape(1, 32));
        Value one = graph.AddInitializer("one", Tensor.Scalar(1f));
        Value zero = graph.AddInitializer("zero", Tensor.Scalar((byte)0));
        Value quantized = graph.Append("QuantizeLinear", "x_q", [x, one, zero]);
        Value activations = graph.Append("DequantizeLinear", "x_dq", [quantized, one, zero]);
        sbyte[] full = [.. Enumerable.Repeat((sbyte)127, 32 * 16)];
        Value stored = graph.AddInitializer("w", Tensor.Of(full, 32, 16));
        Value weights = graph.Append("DequantizeLinear", "w_dq", [stored, one, graph.AddInitializer("w_zero", Tensor.Scalar((sbyte)0))]);
        Value y = graph.Append("MatMul", "y", [activations, weights]);
        return Write(graph, y, new Shape(1, 16));
    }

    private static byte[] Write(Graph graph, Value output, Shape shape)
    {
        (output.Type, output.Shape) = (ElementType.Float32, shape);
        graph.AddOutput(output);
        var model = new OnnxModel(graph) { IrVersion = 8 };
        model.Opsets[""] = 13;
        return ModelWriter.Write(model);
    }
}
