using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Planning.Recurrent;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>
/// Replaces LSTM by com.microsoft's DynamicQuantizeLSTM, which takes W and R transposed ([directions, input, 4·hidden] and [directions, hidden, 4·hidden]) as int8, and
/// for each a scale and a zero point for each column, [directions, 4·hidden]. All other inputs and all attributes are LSTM's; the node keeps its name and its outputs.
/// Integers and zero points lie beside the node and no other reads them: with <c>session.x64quantprecision</c>, ONNX Runtime replaces each of them under a name of its own,
/// refuses the model where it meets one twice, and overlooks what lies in a graph around.
/// </summary>
internal static class LstmRewriter
{
    private const string Domain = "com.microsoft";
    private static readonly string[] Attributes = ["activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "input_forget"];

    /// <summary>Rewrites in place.</summary>
    /// <param name="model">The prepared model that the formats were made for, its LSTM nodes and their weights still in place.</param>
    /// <param name="formats">By node name.</param>
    public static void Rewrite(OnnxModel model, IReadOnlyList<RecurrentFormat> formats)
    {
        if (formats.Count == 0)
        {
            return;
        }

        Dictionary<string, Node> nodes = model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => n.Is("LSTM")).ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        foreach (RecurrentFormat format in formats)
        {
            Replace(nodes[format.Node], format, model.Weights);
        }

        model.Opsets.TryAdd(Domain, 1);
    }

    private static void Replace(Node node, RecurrentFormat format, WeightFiles? files)
    {
        Graph graph = node.Graph;
        Value[] floats = [node.Input(1)!, node.Input(2)!];
        Value?[] inputs =
        [
            node.Input(0), Integers(graph, floats[0], format.Input, files), Integers(graph, floats[1], format.Recurrence, files), .. Enumerable.Range(3, 5).Select(node.Input),
            Scales(graph, floats[0], format.Input), ZeroPoints(graph, floats[0]), Scales(graph, floats[1], format.Recurrence), ZeroPoints(graph, floats[1]),
        ];
        Value?[] outputs = [.. node.Outputs];
        NodeAttribute[] attributes = [.. node.Attributes.Where(a => Attributes.Contains(a.Name))];
        string name = node.DisplayName;
        int index = graph.IndexOf(node);
        graph.Remove(node);
        graph.Insert(index, "DynamicQuantizeLSTM", Domain, name, inputs, outputs, attributes);
        foreach (Value unused in floats.Distinct().Where(v => v.Uses.Count == 0 && !v.IsGraphOutput && !v.IsGraphInput))
        {
            unused.Graph.Remove(unused);
        }
    }

    /// <summary>[directions, rows, columns] as int8 [directions, columns, rows].</summary>
    private static Value Integers(Graph graph, Value weight, RowScales format, WeightFiles? files)
    {
        Tensor tensor = weight.Constant!;
        long[] dims = [tensor.Dims[0], tensor.Dims[2], tensor.Dims[1]];
        if (files is not null)
        {
            return graph.AddInitializer(weight.Name + "_q", files.Make(ElementType.Int8, dims, bytes => Transpose(tensor, format.Scales, bytes)));
        }

        var bytes = new byte[tensor.Length];
        Transpose(tensor, format.Scales, bytes);
        return graph.AddInitializer(weight.Name + "_q", Tensor.FromBytes(ElementType.Int8, dims, bytes));
    }

    /// <summary>float32; where they are stored as float16, behind a Cast, which ONNX Runtime folds at load.</summary>
    private static Value Scales(Graph graph, Value weight, RowScales format)
    {
        long[] dims = [.. weight.Constant!.Dims.Take(2)];
        float[] scales = [.. format.Scales];
        if (format.Type == ElementType.Float32)
        {
            return graph.AddInitializer("l_s", Tensor.Of(scales, dims));
        }

        Value halves = graph.AddInitializer("l_h", Tensor.Of(Array.ConvertAll(scales, s => (Half)s), dims));
        Value widened = graph.AddValue("l_s", ElementType.Float32, Shape.Of(dims));
        graph.Insert(0, "Cast", "", "", [halves], [widened], NodeAttribute.Of("to", (long)ElementType.Float32));
        return widened;
    }

    private static Value ZeroPoints(Graph graph, Value weight)
    {
        long[] dims = [.. weight.Constant!.Dims.Take(2)];
        return graph.AddInitializer("l_z", Tensor.FromBytes(ElementType.Int8, dims, new byte[dims[0] * dims[1]]));
    }

    private static void Transpose(Tensor weight, IReadOnlyList<float> scales, Span<byte> bytes)
    {
        (int rows, int columns) = ((int)weight.Dims[1], (int)weight.Dims[2]);
        ReadOnlySpan<float> values = weight.Span<float>();
        Span<sbyte> integers = MemoryMarshal.Cast<byte, sbyte>(bytes);
        for (int row = 0; row < scales.Count; row++)
        {
            int direction = row / rows * rows * columns;
            for (int column = 0; column < columns; column++)
            {
                integers[direction + (column * rows) + (row % rows)] = (sbyte)ScaleSearch.Integer(values[(row * columns) + column], scales[row]);
            }
        }
    }
}
