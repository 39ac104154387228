using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Recurrent;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>
/// Replaces LSTM by com.microsoft's DynamicQuantizeLSTM, which takes W and R transposed ([directions, input, 4·hidden] and [directions, hidden, 4·hidden]) as int8, and
/// for each a scale and a zero point for each column, [directions, 4·hidden]. All other inputs and all attributes are LSTM's. The node keeps its name and its outputs; int8 weights lie
/// where the float ones lay, so that branches go on sharing them.
/// </summary>
internal sealed class LstmRewriter
{
    private const string Domain = "com.microsoft";
    private const int PeepholeInput = 7;
    private static readonly string[] Attributes = ["activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size", "input_forget"];

    private readonly OnnxModel _model;
    private readonly Dictionary<(Value Weight, string Scales), (Value Integers, Value Scales)> _stored = [];
    private readonly Dictionary<(Graph Graph, long Directions, long Columns), Value> _zeroPoints = [];

    private LstmRewriter(OnnxModel model) => _model = model;

    /// <summary>Rewrites in place.</summary>
    /// <param name="model">The prepared model that the formats were made for, its LSTM nodes and their weights still in place.</param>
    /// <param name="formats">By node name.</param>
    public static void Rewrite(OnnxModel model, IReadOnlyList<RecurrentFormat> formats)
    {
        if (formats.Count == 0)
        {
            return;
        }

        var rewriter = new LstmRewriter(model);
        Dictionary<string, Node> nodes = model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => n.Is("LSTM")).ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        foreach (RecurrentFormat format in formats)
        {
            rewriter.Replace(nodes[format.Node], format);
        }

        model.Opsets.TryAdd(Domain, 1);
    }

    private void Replace(Node node, RecurrentFormat format)
    {
        (Value weight, Value weightScales) = Stored(node.Input(1)!, format.Input);
        (Value recurrence, Value recurrenceScales) = Stored(node.Input(2)!, format.Recurrence);
        Value zeroPoints = ZeroPoints(node.Graph, recurrence.Initializer!);
        Value?[] inputs =
        [
            node.Input(0), weight, recurrence, .. Enumerable.Range(3, PeepholeInput - 2).Select(node.Input),
            weightScales, zeroPoints, recurrenceScales, zeroPoints,
        ];
        NodeAttribute[] attributes = [.. node.Attributes.Where(a => Attributes.Contains(a.Name))];
        (Graph graph, int index, string name) = (node.Graph, node.Graph.IndexOf(node), node.DisplayName);
        Value?[] outputs = [.. node.Outputs];
        Value?[] before = [.. node.Inputs];
        graph.Remove(node);
        graph.Insert(index, "DynamicQuantizeLSTM", Domain, name, inputs, outputs, attributes);
        foreach (Value unused in before.Skip(1).Take(2).OfType<Value>().Distinct().Where(v => v.Uses.Count == 0 && !v.IsGraphOutput && !v.IsGraphInput))
        {
            unused.Graph.Remove(unused);
        }
    }

    /// <summary>The integers, transposed, and the scales as float32 beside them; layers that share a weight share both.</summary>
    private (Value Integers, Value Scales) Stored(Value weight, RowScales scales)
    {
        (Value, string) key = (weight, $"{scales.Type} {string.Join(' ', scales.Scales.Select(BitConverter.SingleToInt32Bits))}");
        if (_stored.TryGetValue(key, out (Value, Value) known))
        {
            return known;
        }

        Graph graph = weight.Graph;
        Tensor tensor = weight.Constant!;
        Value integers = graph.AddInitializer(weight.Name + "_q", Transposed(tensor, scales.Scales));
        (Value, Value) stored = (integers, Scales(graph, [.. scales.Scales], scales.Type, [tensor.Dims[0], tensor.Dims[1]]));
        _stored.Add(key, stored);
        return stored;
    }

    /// <summary>Scales in float16 where they are stored so: a Cast, which ONNX Runtime folds at load.</summary>
    private static Value Scales(Graph graph, float[] scales, ElementType type, long[] dims)
    {
        if (type == ElementType.Float32)
        {
            return graph.AddInitializer("l_s", Tensor.Of(scales, dims));
        }

        Value halves = graph.AddInitializer("l_h", Tensor.Of(Array.ConvertAll(scales, s => (Half)s), dims));
        Value widened = graph.AddValue("l_s", ElementType.Float32, Shape.Of(dims));
        graph.Insert(0, "Cast", "", "", [halves], [widened], NodeAttribute.Of("to", (long)ElementType.Float32));
        return widened;
    }

    private Value ZeroPoints(Graph graph, Tensor integers)
    {
        (Graph, long, long) key = (graph, integers.Dims[0], integers.Dims[2]);
        if (!_zeroPoints.TryGetValue(key, out Value? value))
        {
            value = graph.AddInitializer("l_z", Tensor.FromBytes(ElementType.Int8, [integers.Dims[0], integers.Dims[2]], new byte[integers.Dims[0] * integers.Dims[2]]));
            _zeroPoints.Add(key, value);
        }

        return value;
    }

    /// <summary>[directions, rows, columns] as int8 [directions, columns, rows].</summary>
    private Tensor Transposed(Tensor weight, IReadOnlyList<float> scales)
    {
        long[] dims = [weight.Dims[0], weight.Dims[2], weight.Dims[1]];
        if (_model.Weights is not null)
        {
            return _model.Weights.Make(ElementType.Int8, dims, bytes => Transpose(weight, scales, bytes));
        }

        var bytes = new byte[weight.Length];
        Transpose(weight, scales, bytes);
        return Tensor.FromBytes(ElementType.Int8, dims, bytes);
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
                integers[direction + (column * rows) + (row % rows)] = (sbyte)Planning.Stored.ScaleSearch.Integer(values[(row * columns) + column], scales[row]);
            }
        }
    }
}
