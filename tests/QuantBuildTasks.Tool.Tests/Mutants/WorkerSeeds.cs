using System.IO.Compression;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Tests;
using QuantBuildTasks.Engine.Tests.Data;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Tool.Tests.Mutants;

/// <summary>Models that the worker quantizes, all for the same data, from which mutants are made.</summary>
internal static class WorkerSeeds
{
    private const int Samples = 10;

    public static byte[][] All => [Pictures(), Shapes(), Branches(), Old()];

    /// <summary>An .npz with float32 array <c>x</c> of ten samples of 3 × 8 × 8.</summary>
    public static byte[] Data()
    {
        byte[] numbers = ModelBuilder.Random("x", Samples, 3, 8, 8).Bytes.ToArray();
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = zip.CreateEntry("x.npy", CompressionLevel.NoCompression).Open();
            entry.Write(NpyBytes.Of(NpyBytes.Header("<f4", $"({Samples}, 3, 8, 8)"), numbers));
        }

        return stream.ToArray();
    }

    private static byte[] Pictures() => Write(new ModelBuilder().Input("x", "N", 3, 8, 8)
        .Weight("w1", 4, 3, 3, 3).Weight("b1", 4).Weight("s", 4).Weight("o", 4).Weight("m", 4).PositiveWeight("v", 4).Weight("w2", 6, 4, 3, 3).Weight("w3", 6, 5).Weight("b3", 5)
        .Node("Conv", "x w1 b1 -> c", ("pads", Ints(1, 1, 1, 1))).Node("BatchNormalization", "c s o m v -> n").Node("Relu", "n -> r")
        .Node("MaxPool", "r -> p", ("kernel_shape", Ints(2, 2)), ("strides", Ints(2, 2))).Node("Conv", "p w2 -> d").Node("GlobalAveragePool", "d -> g")
        .Node("Flatten", "g -> f").Node("Gemm", "f w3 b3 -> y").Output("y"));

    private static byte[] Shapes() => Write(new ModelBuilder().Input("x", "N", 3, 8, 8)
        .Constant("zero", Tensor.Scalar(0L)).Constant("axis", Tensor.Vector(0L)).Constant("rest", Tensor.Vector(3L, 64L)).Weight("w", 64, 16).Weight("b", 16).Constant("sizes", Tensor.Vector(1L, 2L))
        .Node("Shape", "x -> shape").Node("Gather", "shape zero -> batch").Node("Unsqueeze", "batch axis -> first").Node("Concat", "first rest -> target", ("axis", 0))
        .Node("Reshape", "x target -> t").Node("MatMul", "t w -> h").Node("Add", "h b -> i").Node("Sigmoid", "i -> q").Node("Mul", "i q -> a")
        .Node("Split", "a sizes -> l k", ("axis", 1)).Node("Concat", "k l -> z", ("axis", 1)).Node("Softmax", "z -> y", ("axis", -1)).Output("y"));

    private static byte[] Branches() => Write(new ModelBuilder().Input("x", "N", 3, 8, 8)
        .Weight("w", 4, 3, 1, 1).Weight("u", 8, 128).Constant("half", Tensor.Scalar(0.5f))
        .Node("Conv", "x w -> c").Node("ReduceMax", "x -> top", ("keepdims", 0)).Node("Greater", "top half -> flag")
        .Node(
            "If",
            "flag -> a",
            ("then_branch", Body(b => b.Node("MatMul", "c u -> t").Output("t"))),
            ("else_branch", Body(b => b.Weight("v", 8, 128).Node("MatMul", "c v -> e").Node("Tanh", "e -> e2").Output("e2"))))
        .Node("ReduceMean", "a -> y", ("axes", Ints(2, 3)), ("keepdims", 0)).Output("y"));

    private static byte[] Old() => Write(new ModelBuilder(9).Input("x", "N", 3, 8, 8)
        .Weight("w", 4, 3, 3, 3).Weight("u", 4, 10)
        .Node("Pad", "x -> p", ("pads", Ints(0, 0, 1, 1, 0, 0, 1, 1)), ("value", 0f)).Node("Conv", "p w -> c").Node("Clip", "c -> r", ("min", 0f), ("max", 6f)).Node("Dropout", "r -> d")
        .Node("ReduceMean", "d -> g", ("axes", Ints(2, 3)), ("keepdims", 0)).Node("MatMul", "g u -> l").Node("Softmax", "l -> y", ("axis", 1)).Output("y"));

    private static byte[] Write(ModelBuilder model) => ModelWriter.Write(model.Build());
}
