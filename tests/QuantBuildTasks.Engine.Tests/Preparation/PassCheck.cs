using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;

namespace QuantBuildTasks.Engine.Tests.Preparation;

/// <summary>What every pass must hold, whatever else a test asks of it.</summary>
internal static class PassCheck
{
    private const string Symbol = "N";

    /// <summary>
    /// Applies a pass that must match: it says that it changed the model, keeps what ONNX Runtime computes, and finds nothing to do a
    /// second time.
    /// </summary>
    public static OnnxModel Rewrite(IPass pass, OnnxModel model)
    {
        byte[] before = ModelWriter.Write(model);
        OnnxModel rewritten = ModelReader.Read(before);
        Infer(rewritten);
        Assert.True(pass.Apply(rewritten, []), "The pass found nothing to rewrite.");
        byte[] after = ModelWriter.Write(rewritten);
        AssertEqualResults(before, after, pass.Keeps);
        Assert.False(pass.Apply(rewritten, []), "The pass rewrote its own result.");
        Assert.Equal(after, ModelWriter.Write(rewritten));
        return rewritten;
    }

    /// <summary>Applies a pass that must not match: not a byte changes. Gives the reasons that it told.</summary>
    public static string[] Decline(IPass pass, OnnxModel model)
    {
        OnnxModel copy = ModelReader.Read(ModelWriter.Write(model));
        Infer(copy);
        byte[] before = ModelWriter.Write(copy);
        var declines = new List<Decline>();
        Assert.False(pass.Apply(copy, declines), "The pass rewrote what it should leave alone.");
        Assert.Equal(before, ModelWriter.Write(copy));
        return [.. declines.Select(d => d.Reason)];
    }

    /// <summary>All outputs of a model for inputs made of fixed numbers; a symbolic size is 2.</summary>
    public static IReadOnlyList<Tensor> Results(byte[] model)
    {
        using IInferenceSession session = new OrtInference().Open(model, new SessionSettings { Optimization = GraphOptimization.None });
        return session.Run(session.Inputs.ToDictionary(i => i.Name, i => Filled(i)));
    }

    public static string[] Operators(OnnxModel model) => [.. model.Graph.Nodes.Select(n => n.OpType)];

    public static void AssertEqualResults(byte[] before, byte[] after, Fidelity keeps)
    {
        foreach ((Tensor expected, Tensor actual) in Results(before).Zip(Results(after)))
        {
            Assert.Equal(expected.Type, actual.Type);
            Assert.Equal(expected.Dims, actual.Dims);
            if (expected.Type != ElementType.Float32 || keeps == Fidelity.BitExact)
            {
                Assert.Equal(expected.Bytes.ToArray(), actual.Bytes.ToArray());
                continue;
            }

            float[] values = expected.Span<float>().ToArray();
            double allowed = 1e-5 * Math.Max(1, values.Max(Math.Abs));
            Assert.All(values.Zip(actual.Span<float>().ToArray()), pair => Assert.InRange(pair.Second, pair.First - allowed, pair.First + allowed));
        }
    }

    private static void Infer(OnnxModel model) => new ShapeInference(new OrtInference()).Apply(model, []);

    private static Tensor Filled(ModelPort input)
    {
        long[] dims = [.. input.Shape!.Select(d => d.Value ?? (d.Symbol == Symbol ? 2 : 3))];
        Tensor numbers = ModelBuilder.Random(input.Name, dims);
        return input.Type switch
        {
            ElementType.Float32 => numbers,
            ElementType.Int64 => Tensor.Of(numbers.Span<float>().ToArray().Select(v => (long)(v * 3)).ToArray(), dims),
            ElementType.Bool => Tensor.Of(numbers.Span<float>().ToArray().Select(v => v > 0).ToArray(), dims),
            _ => throw new NotSupportedException($"No test numbers of type {input.Type}."),
        };
    }
}
