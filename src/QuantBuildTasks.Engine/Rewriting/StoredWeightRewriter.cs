using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Rewriting.Float16;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>
/// Writes weights as int8 → Cast → Mul(scales) and biases as float16 → Cast: standard operators on constants, which ONNX Runtime folds at load into plain float numbers, so that every
/// kernel and fusion of the float model stays.
/// </summary>
internal sealed class StoredWeightRewriter
{
    private readonly (Value Weight, StoredFormat Format)[] _weights;
    private readonly WeightFiles? _files;

    /// <param name="model">The model that the formats were made for: its graphs and values still in place.</param>
    /// <param name="formats">By graph and value name.</param>
    public StoredWeightRewriter(OnnxModel model, IReadOnlyList<StoredFormat> formats)
    {
        Graph[] scopes = [.. model.Graph.SelfAndSubgraphs()];
        _files = model.Weights;
        _weights = [.. formats.Select(f => (scopes[f.Scope].Find(f.Value)!, f))];
    }

    /// <summary>Rewrites in place, after whatever else is written into the model: integer nodes have their own copies of weights by then.</summary>
    public void Rewrite()
    {
        foreach (IGrouping<Graph, (Value Weight, StoredFormat Format)> graph in _weights.GroupBy(w => w.Weight.Graph))
        {
            int first = 0;
            foreach ((Value weight, StoredFormat format) in graph.Where(w => w.Weight.Uses.Count > 0))
            {
                Store(graph.Key, weight, format, ref first);
            }
        }
    }

    private void Store(Graph graph, Value value, StoredFormat format, ref int index)
    {
        // Names are short, since each stands in the file several times; only the weight keeps the name that people know.
        Tensor weight = value.Constant!;
        Value stored = format.Type == ElementType.Float16 ? Widened(graph, HalfTensor.Of(weight), ref index) : Scaled(graph, weight, format, ref index);
        value.ReplaceUsesBy(stored);
        string name = value.Name;
        graph.Remove(value);
        graph.Rename(stored, name);
    }

    private Value Scaled(Graph graph, Tensor weight, StoredFormat format, ref int index)
    {
        long[] dims = format.Groups.ScaleDims(weight.Dims);
        Value integers = Widened(graph, Quantize(weight, format), ref index);
        Value scales = format.ScaleType == ElementType.Float16
            ? Widened(graph, Tensor.Of([.. format.Scales.Select(s => (Half)s)], dims), ref index)
            : graph.AddInitializer("w_s", Tensor.Of([.. format.Scales], dims));
        Value product = graph.AddValue("w_p", ElementType.Float32, Shape.Of(weight.Dims));
        graph.Insert(index++, "Mul", "", "", [integers, scales], [product]);
        return product;
    }

    /// <summary>Stored numbers, and a Cast that makes float32 of them.</summary>
    private static Value Widened(Graph graph, Tensor numbers, ref int index)
    {
        Value stored = graph.AddInitializer("w_q", numbers);
        Value widened = graph.AddValue("w_f", ElementType.Float32, Shape.Of(numbers.Dims));
        graph.Insert(index++, "Cast", "", "", [stored], [widened], NodeAttribute.Of("to", (long)ElementType.Float32));
        return widened;
    }

    private Tensor Quantize(Tensor weight, StoredFormat format)
    {
        if (_files is not null)
        {
            return _files.Make(ElementType.Int8, weight.Dims, bytes => Quantize(weight, format, bytes));
        }

        var bytes = new byte[weight.Length];
        Quantize(weight, format, bytes);
        return Tensor.FromBytes(ElementType.Int8, weight.Dims, bytes);
    }

    private static void Quantize(Tensor weight, StoredFormat format, Span<byte> bytes)
    {
        (int outer, int count, int inner) = format.Groups.Split(weight.Dims);
        Span<sbyte> integers = MemoryMarshal.Cast<byte, sbyte>(bytes);
        var rounded = new sbyte[outer * inner];
        foreach ((int group, float[] numbers) in format.Groups.Each(weight))
        {
            GroupRounding.Round(numbers, format.Scales[group], format.Shift, rounded);
            for (int o = 0; o < outer; o++)
            {
                rounded.AsSpan(o * inner, inner).CopyTo(integers[(((o * count) + group) * inner)..]);
            }
        }
    }
}
