using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace EndToEnd;

/// <summary>A small classifier with real convolutions, of which one is faster as integers, and inputs for it. The same on every run.</summary>
internal static class TestModels
{
    private const int Size = 12;
    private const int Channels = 64;
    private const int Classes = 4;

    /// <summary>image [batch, 1, 12, 12] → two convolutions → logits [batch, 4].</summary>
    public static byte[] Classifier()
    {
        var random = new Random(7);
        var graph = new Graph("classifier");
        Value x = graph.AddInput("image", ElementType.Float32, new Shape("batch", 1, Size, Size));
        graph.AddOutput(Logits(graph, x, random));
        return ModelWriter.Write(new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17 } });
    }

    /// <summary>image [batch, 1, 12, 12] → three matrices → logits [batch, 4]: layers that are faster as integers on processors without VNNI too, whatever they multiply integers with.</summary>
    public static byte[] Perceptron()
    {
        var random = new Random(9);
        var graph = new Graph("perceptron");
        Value x = graph.Append("Flatten", "flat", [graph.AddInput("image", ElementType.Float32, new Shape("batch", 1, Size, Size))]);
        x = graph.Append("Relu", "wide.relu", [Dense(graph, "wide", x, Size * Size, 512, random)]);
        x = graph.Append("Relu", "narrow.relu", [Dense(graph, "narrow", x, 512, 256, random)]);
        graph.AddOutput(Scores(graph, x, 256, random));
        return ModelWriter.Write(new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17 } });
    }

    /// <summary>The same classifier in each branch of an If, with other weights: image, mode (int64) → logits. Mode 1 is the first branch.</summary>
    public static byte[] TwoModes()
    {
        var graph = new Graph("modes");
        Value image = graph.AddInput("image", ElementType.Float32, new Shape("batch", 1, Size, Size));
        Value mode = graph.AddInput("mode", ElementType.Int64, new Shape());
        Value isFirst = graph.Append("Equal", "is_first", [mode, graph.AddInitializer("one", Tensor.Scalar(1L))]);
        Value logits = graph.Append("If", "logits", [isFirst], NodeAttribute.Of("then_branch", Branch(graph, image, 7)), NodeAttribute.Of("else_branch", Branch(graph, image, 8)));
        (logits.Type, logits.Shape) = (ElementType.Float32, new Shape("batch", Classes));
        graph.AddOutput(logits);
        return ModelWriter.Write(new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17 } });
    }

    /// <summary>Writes <paramref name="count"/> images of <paramref name="size"/> × <paramref name="size"/> as an npz file.</summary>
    public static void WriteImages(string path, int count, int seed, int size = Size) =>
        NpzWriter.Write(path, [KeyValuePair.Create("image", Uniform(new Random(seed), 1, count, 1, size, size))]);

    private static Graph Branch(Graph around, Value image, int seed)
    {
        var branch = new Graph("mode") { Parent = around };
        branch.AddOutput(Logits(branch, image, new Random(seed)));
        return branch;
    }

    private static Value Logits(Graph graph, Value x, Random random)
    {
        x = Convolution(graph, "conv1", x, 1, random);
        x = Convolution(graph, "conv2", x, Channels, random);
        x = graph.Append("MaxPool", "pool", [x], NodeAttribute.Of("kernel_shape", 2L, 2L), NodeAttribute.Of("strides", 2L, 2L));
        x = graph.Append("Flatten", "flat", [x]);
        return Scores(graph, x, Channels * (Size / 2) * (Size / 2), random);
    }

    private static Value Scores(Graph graph, Value x, int features, Random random)
    {
        Value logits = Dense(graph, "logits", x, features, Classes, random);
        logits.Type = ElementType.Float32;
        logits.Shape = new Shape("batch", Classes);
        return logits;
    }

    private static Value Dense(Graph graph, string name, Value x, int inputs, int outputs, Random random)
    {
        Value weight = graph.AddInitializer(name + ".weight", Uniform(random, 0.1f, outputs, inputs));
        Value bias = graph.AddInitializer(name + ".bias", Uniform(random, 0.1f, outputs));
        return graph.Append("Gemm", name, [x, weight, bias], NodeAttribute.Of("transB", 1));
    }

    private static Value Convolution(Graph graph, string name, Value input, int channels, Random random)
    {
        Value weight = graph.AddInitializer(name + ".weight", Uniform(random, 0.4f, Channels, channels, 3, 3));
        Value bias = graph.AddInitializer(name + ".bias", Uniform(random, 0.1f, Channels));
        Value sum = graph.Append("Conv", name, [input, weight, bias], NodeAttribute.Of("kernel_shape", 3L, 3L), NodeAttribute.Of("pads", 1L, 1L, 1L, 1L));
        return graph.Append("Relu", name + ".relu", [sum]);
    }

    private static Tensor Uniform(Random random, float bound, params long[] dims)
    {
        float[] values = [.. Enumerable.Range(0, checked((int)dims.Aggregate(1L, (a, b) => a * b))).Select(_ => bound * ((2 * random.NextSingle()) - 1))];
        return Tensor.Of(values, dims);
    }
}
