using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>
/// Writes weights as int8 → Cast → Mul(scales): standard operators on constants, which ONNX Runtime folds at load into a plain float weight, so that every
/// kernel and fusion of the float model stays.
/// </summary>
internal static class StoredWeightRewriter
{
    /// <summary>Rewrites in place.</summary>
    /// <param name="model">The model that the formats were made for.</param>
    /// <param name="formats">By graph and value name.</param>
    public static void Rewrite(OnnxModel model, IReadOnlyList<StoredFormat> formats)
    {
        Graph[] scopes = [.. model.Graph.SelfAndSubgraphs()];
        foreach (IGrouping<int, StoredFormat> scope in formats.GroupBy(f => f.Scope))
        {
            Graph graph = scopes[scope.Key];
            int first = 0;
            foreach (StoredFormat format in scope)
            {
                Value value = graph.Find(format.Value)!;
                Store(graph, value, format, Quantize(value.Constant!, format, model.Weights), ref first);
            }
        }
    }

    private static void Store(Graph graph, Value value, StoredFormat format, Tensor quantized, ref int index)
    {
        Tensor weight = value.Constant!;
        Value integers = graph.AddInitializer(value.Name + "_q", quantized);
        Value scales = graph.AddInitializer(value.Name + "_s", Tensor.Of([.. format.Scales], format.Groups.ScaleDims(weight.Dims)));
        Value cast = graph.AddValue(value.Name + "_c");
        Value stored = graph.AddValue(value.Name + "_w", ElementType.Float32, value.Shape);
        graph.Insert(index++, "Cast", "", "", [integers], [cast], NodeAttribute.Of("to", (long)ElementType.Float32));
        graph.Insert(index++, "Mul", "", "", [cast, scales], [stored]);
        value.ReplaceUsesBy(stored);
        string name = value.Name;
        graph.Remove(value);
        graph.Rename(stored, name);
    }

    private static Tensor Quantize(Tensor weight, StoredFormat format, WeightFiles? weights)
    {
        if (weights is not null)
        {
            return weights.Make(ElementType.Int8, weight.Dims, bytes => Quantize(weight, format, bytes));
        }

        var bytes = new byte[weight.Length];
        Quantize(weight, format, bytes);
        return Tensor.FromBytes(ElementType.Int8, weight.Dims, bytes);
    }

    private static void Quantize(Tensor weight, StoredFormat format, Span<byte> bytes)
    {
        (_, int count, int inner) = format.Groups.Split(weight.Dims);
        ReadOnlySpan<float> values = weight.Span<float>();
        for (int run = 0; run * inner < values.Length; run++)
        {
            float scale = format.Scales[run % count];
            for (int i = run * inner; i < (run + 1) * inner; i++)
            {
                float rounded = MathF.Round(values[i] / scale, MidpointRounding.ToEven);
                bytes[i] = unchecked((byte)(sbyte)Math.Clamp(rounded, -WeightScales.Largest, WeightScales.Largest));
            }
        }
    }
}
