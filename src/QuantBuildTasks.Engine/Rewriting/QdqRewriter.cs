using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>
/// Writes a plan into a model as QuantizeLinear/DequantizeLinear pairs, in the form that ONNX Runtime turns into integer kernels:
/// one pair per tensor, a DequantizeLinear in front of every input of an integer node, int32 biases, clamps gone.
/// A value keeps its name; it is then the dequantized one.
/// </summary>
internal sealed class QdqRewriter
{
    private readonly Graph _graph;
    private readonly StoredConstants _constants;
    private readonly Dictionary<string, Node> _nodes;
    private readonly Dictionary<Node, NodePrecision> _precisions;
    private readonly Dictionary<string, Value> _stored = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ActivationFormat> _activations;
    private int _names;

    private QdqRewriter(Graph graph, QuantizationPlan plan)
    {
        _graph = graph;
        _constants = new StoredConstants(graph);
        _nodes = graph.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        _precisions = plan.Nodes.Where(d => _nodes.ContainsKey(d.Node)).ToDictionary(d => _nodes[d.Node], d => d.Precision);
        _activations = plan.Activations.ToDictionary(a => a.Value, StringComparer.Ordinal);
    }

    /// <summary>Rewrites in place.</summary>
    /// <param name="model">The prepared model that the plan was made for.</param>
    /// <param name="plan">Formats by value and node name.</param>
    public static void Rewrite(OnnxModel model, QuantizationPlan plan)
    {
        var rewriter = new QdqRewriter(model.Graph, plan);
        rewriter.RemoveClamps();
        foreach (WeightFormat format in plan.Weights)
        {
            rewriter.Store(format);
        }

        foreach (ActivationFormat format in plan.Activations)
        {
            rewriter.Convert(format);
        }

        model.Graph.Sort();
        rewriter.RemoveUnusedInitializers();
        foreach (Value value in model.Graph.Values.Where(v => v.Producer is not null && !v.IsGraphOutput))
        {
            // What the file said of intermediate values is inferred anew by whoever opens it.
            value.Residue = null;
        }

        model.ProducerName = "QuantBuildTasks";
        model.ProducerVersion = "";
    }

    /// <summary>A clamp that the plan lets follow its input is done by the saturation of its producer's format: the producer takes over its output.</summary>
    private void RemoveClamps()
    {
        foreach ((Node clamp, _) in _precisions.Where(p => p.Value == NodePrecision.FollowsInput && (p.Key.Is("Relu") || p.Key.Is("Clip"))).ToArray())
        {
            Value before = clamp.Input(0)!;
            Value after = clamp.Output();
            Node producer = before.Producer!;
            int index = producer.Outputs.ToList().IndexOf(before);
            _graph.Remove(clamp);
            _precisions.Remove(clamp);
            producer.SetOutput(index, after);
            _graph.Remove(before);
        }
    }

    private void Store(WeightFormat format)
    {
        Node node = _nodes[format.Node];
        Value value = node.Input(format.Input)!;
        node.SetInput(format.Input, Dequantized(value, format, needsZeroPoint: !node.Is("Conv")));
        bool isWeight = format.Axis is not null;
        if (isWeight && (node.Is("Conv") || node.Is("Gemm")) && node.Input(2)?.Constant is { } bias)
        {
            float activationScale = _activations[node.Input(0)!.Name].Scale;
            (Tensor integers, float[] scales) = LinearQuantizer.QuantizeBias(bias, activationScale, format.Scales);
            Value stored = _graph.AddInitializer(Fresh("b"), integers);
            node.SetInput(2, Emit("DequantizeLinear", "d", [stored, _constants.Scales(scales)], NodeAttribute.Of("axis", 0L)));
        }
    }

    /// <summary>
    /// The stored integers behind a DequantizeLinear; places that read the same weight in the same format share both. Zero points that are all 0
    /// may be left out by the standard, but Gemm and MatMul are fused only where they stand there.
    /// </summary>
    private Value Dequantized(Value value, WeightFormat format, bool needsZeroPoint)
    {
        string key = $"{needsZeroPoint} {value.Name}\n{format.Type}\n{format.Axis}\n{format.ZeroPoint}\n{string.Join(' ', format.Scales.Select(BitConverter.SingleToInt32Bits))}";
        if (_stored.TryGetValue(key, out Value? known))
        {
            return known;
        }

        Value integers = _graph.AddInitializer(value.Name + "_q", LinearQuantizer.Quantize(value.Constant!, format));
        Value scale = format.Axis is null ? _constants.Scale(format.Scales[0]) : _constants.Scales(format.Scales);
        Value? zeroPoint = !needsZeroPoint ? null
            : format.Axis is null ? _constants.ZeroPoint(format.ZeroPoint, format.Type)
            : _constants.ZeroPoints(0, format.Scales.Count, format.Type);
        NodeAttribute[] axis = format.Axis is { } along ? [NodeAttribute.Of("axis", (long)along)] : [];
        Value result = Emit("DequantizeLinear", "d", [integers, scale, zeroPoint], axis);
        _stored.Add(key, result);
        return result;
    }

    private void Convert(ActivationFormat format)
    {
        Value value = _graph.Find(format.Value)!;
        Value scale = _constants.Scale(format.Scale);
        Value zeroPoint = _constants.ZeroPoint(format.ZeroPoint, format.Type);
        if (value.Producer is { } producer && IsInteger(producer))
        {
            // Every reader gets the dequantized value: a reader of the float one would keep the producer from running as integers.
            Value before = _graph.AddValue(Fresh("f"));
            producer.SetOutput(producer.Outputs.ToList().IndexOf(value), before);
            Value quantized = Emit("QuantizeLinear", "q", [before, scale, zeroPoint]);
            _graph.Insert(_graph.Nodes.Count, "DequantizeLinear", "", "", [quantized, scale, zeroPoint], [value]);
            KeepWeightsFloat(value, quantized, format);
            return;
        }

        Use[] integerReaders = [.. value.Uses.Where(u => IsInteger(u.Node))];
        Value q = Emit("QuantizeLinear", "q", [value, scale, zeroPoint]);
        Value dequantized = Emit("DequantizeLinear", "d", [q, scale, zeroPoint]);
        foreach (Use use in integerReaders)
        {
            use.Node.SetInput(use.Index, dequantized);
        }
    }

    /// <summary>
    /// ONNX Runtime quantizes the stored weight of a float Conv, ConvTranspose or Gemm by itself, with one scale for all, where it finds it between a
    /// DequantizeLinear and a QuantizeLinear. It asks for a scalar scale: readers that shall stay float get a DequantizeLinear whose scale is the
    /// same number for every channel.
    /// </summary>
    private void KeepWeightsFloat(Value value, Value quantized, ActivationFormat format)
    {
        var made = new Dictionary<FloatLayerInput, Value>();
        foreach (Use use in value.Uses.Where(u => u.Index == 0 && !IsInteger(u.Node)).ToArray())
        {
            if (FloatLayerInput.Of(use.Node) is not { Channels: > 1 } input)
            {
                continue;
            }

            if (!made.TryGetValue(input, out Value? dequantized))
            {
                Value scales = _constants.Scales([.. Enumerable.Repeat(format.Scale, input.Channels)]);
                Value zeroPoints = _constants.ZeroPoints(format.ZeroPoint, input.Channels, format.Type);
                dequantized = Emit("DequantizeLinear", "d", [quantized, scales, zeroPoints], NodeAttribute.Of("axis", (long)input.Axis));
                made.Add(input, dequantized);
            }

            use.Node.SetInput(0, dequantized);
        }

        if (made.Count > 0 && value.Uses.Count == 0 && !value.IsGraphOutput)
        {
            // Nobody reads the scalar form: a channel-wise one becomes the value.
            Value first = made.Values.First();
            Node producer = first.Producer!;
            _graph.Remove(value.Producer!);
            first.ReplaceUsesBy(value);
            producer.SetOutput(0, value);
            _graph.Remove(first);
        }
    }

    private bool IsInteger(Node node) => _precisions.TryGetValue(node, out NodePrecision precision) && precision != NodePrecision.Float32;

    /// <summary>Appends a nameless node: names of thousands of conversions would only make the file larger.</summary>
    private Value Emit(string opType, string outputPrefix, IEnumerable<Value?> inputs, params NodeAttribute[] attributes) =>
        _graph.Insert(_graph.Nodes.Count, opType, "", "", inputs, [_graph.AddValue(Fresh(outputPrefix))], attributes).Output();

    private string Fresh(string prefix) => $"{prefix}{_names++}";

    private void RemoveUnusedInitializers()
    {
        foreach (Value value in _graph.Initializers.Where(v => v.Uses.Count == 0 && !v.IsGraphInput && !v.IsGraphOutput).ToArray())
        {
            _graph.Remove(value);
        }
    }
}
