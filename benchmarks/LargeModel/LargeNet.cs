using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;

namespace QuantBuildTasks.LargeModel;

/// <summary>
/// A model in the manner of a language model without attention: ids [batch, 8] → rows of a table, their mean → blocks of two matrix products with a
/// residual connection → scores of all words. All weights lie in one file beside it.
/// </summary>
internal static class LargeNet
{
    private const int Words = 32_768;
    private const int Width = 2048;
    private const int Inner = 8192;
    private const int Length = 8;

    private static readonly long[] WordAxis = [1];

    /// <summary>Bytes of a table, and of a block.</summary>
    private const double TableBytes = (double)Words * Width * sizeof(float);
    private const double BlockBytes = 2.0 * Width * Inner * sizeof(float);

    /// <summary>Writes <c>large.onnx</c> and <c>large.data</c>.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="gibibytes">About how large; 1 is the least.</param>
    /// <returns>The path of the model.</returns>
    public static string Write(string folder, double gibibytes)
    {
        var data = new WeightData(Path.Combine(folder, "large.data"));
        var graph = new Graph("large");
        Value ids = graph.AddInput("ids", ElementType.Int64, new Shape("batch", Length));
        Value x = graph.Append("Gather", "embed", [data.Add(graph, "table", 1, Words, Width), ids]);
        x = graph.Append("ReduceMean", "mean", [x], NodeAttribute.Of("axes", WordAxis), NodeAttribute.Of("keepdims", 0));
        int blocks = Math.Max(1, (int)Math.Ceiling(((gibibytes * (1 << 30)) - (2 * TableBytes)) / BlockBytes));
        for (int i = 0; i < blocks; i++)
        {
            Value up = graph.Append("MatMul", $"block{i}.up", [x, data.Add(graph, $"block{i}.up.weight", Width, Width, Inner)]);
            Value down = graph.Append("MatMul", $"block{i}.down", [Gelu(graph, up, $"block{i}.gelu"), data.Add(graph, $"block{i}.down.weight", Inner, Inner, Width)]);
            x = graph.Append("Add", $"block{i}.sum", [x, down]);
        }

        Value bias = graph.AddInitializer("head.bias", Tensor.Of(new float[Words], Words));
        Value scores = graph.Append("Gemm", "head", [x, data.Add(graph, "head.weight", Width, Words, Width), bias], NodeAttribute.Of("transB", 1));
        (scores.Type, scores.Shape) = (ElementType.Float32, new Shape("batch", Words));
        graph.AddOutput(scores);

        using var weights = new WeightFiles(() => folder);
        data.Fill(weights);
        StoredModel stored = ModelWriter.Store(new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17 }, Weights = weights });
        string path = Path.Combine(folder, "large.onnx");
        File.WriteAllBytes(path, stored.Graph);
        return path;
    }

    /// <summary>x·½·(1 + erf(x/√2)) in the five nodes that exporters write.</summary>
    private static Value Gelu(Graph graph, Value x, string name)
    {
        Value root = graph.AddInitializer(name + ".root", Tensor.Scalar(1.41421356f));
        Value erf = graph.Append("Erf", name + ".erf", [graph.Append("Div", name + ".div", [x, root])]);
        Value sum = graph.Append("Add", name + ".add", [erf, graph.AddInitializer(name + ".one", Tensor.Scalar(1f))]);
        Value product = graph.Append("Mul", name + ".mul", [x, sum]);
        return graph.Append("Mul", name, [product, graph.AddInitializer(name + ".half", Tensor.Scalar(0.5f))]);
    }

    /// <summary>Writes samples; gives their path.</summary>
    public static string WriteSamples(string folder, int count)
    {
        var random = new Random(1);
        long[] ids = [.. Enumerable.Range(0, count * Length).Select(_ => (long)random.Next(Words))];
        string path = Path.Combine(folder, "samples.npz");
        NpzWriter.Write(path, [KeyValuePair.Create("ids", Tensor.Of(ids, count, Length))]);
        return path;
    }
}
