using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>
/// Writes a plan into a model as QuantizeLinear/DequantizeLinear pairs, in the form that ONNX Runtime turns into integer kernels:
/// one pair per tensor, a DequantizeLinear in front of every input of an integer node but biases that ONNX Runtime quantizes itself, clamps gone.
/// A value keeps its name; it is then the dequantized one. ONNX Runtime fuses within one graph, so a reader in a branch or body gets a DequantizeLinear
/// of its own there, with its scale beside it; integers may come from a graph around.
/// </summary>
internal sealed class QdqRewriter
{
    private readonly Scopes _scopes;
    private readonly Dictionary<Graph, StoredConstants> _constants;
    private readonly Dictionary<Graph, int> _order;
    private readonly Dictionary<string, Node> _nodes;
    private readonly Dictionary<Node, NodePrecision> _precisions;
    private readonly Dictionary<string, Value> _integers = new(StringComparer.Ordinal);
    private readonly Dictionary<(Graph, string), Value> _dequantized = [];
    private readonly Dictionary<string, ActivationFormat> _activations;
    private int _names;

    private QdqRewriter(Graph graph, QuantizationPlan plan)
    {
        _scopes = new Scopes(graph);
        _constants = _scopes.All.ToDictionary(g => g, g => new StoredConstants(g));
        _order = _scopes.All.Index().ToDictionary(g => g.Item, g => g.Index);
        _nodes = _scopes.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        HashSet<string> recurrent = [.. plan.Recurrent.Select(r => r.Node)];
        _precisions = plan.Nodes.Where(d => !recurrent.Contains(d.Node)).ToDictionary(d => _nodes[d.Node], d => d.Precision);
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

        foreach (Graph graph in rewriter._scopes.All)
        {
            graph.Sort();
            RemoveUnusedInitializers(graph);
            foreach (Value value in graph.Values.Where(v => v.Producer is not null && !v.IsGraphOutput))
            {
                // What the file said of intermediate values is inferred anew by whoever opens it.
                value.Residue = null;
            }
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
            clamp.Graph.Remove(clamp);
            _precisions.Remove(clamp);
            producer.SetOutput(index, after);
            before.Graph.Remove(before);
        }
    }

    private void Store(WeightFormat format)
    {
        Node node = _nodes[format.Node];
        Value value = node.Input(format.Input)!;
        node.SetInput(format.Input, Dequantized(node.Graph, value, format, needsZeroPoint: !node.Is("Conv")));
        bool isWeight = format.Axis is not null;
        if (isWeight && (node.Is("Conv") || node.Is("Gemm")) && node.Input(2)?.Constant is { } bias && !IsQuantizedAtLoad(node))
        {
            float activationScale = _activations[node.Input(0)!.Name].Scale;
            (Tensor integers, float[] scales) = LinearQuantizer.QuantizeBias(bias, activationScale, format.Scales);
            Value stored = node.Graph.AddInitializer(Fresh("b"), integers);
            node.SetInput(2, Emit(node.Graph, "DequantizeLinear", "d", [stored, _constants[node.Graph].Scales(scales)], NodeAttribute.Of("axis", 0L)));
        }
    }

    /// <summary>
    /// Between a DequantizeLinear and a QuantizeLinear, ONNX Runtime makes the same int32 of a float bias when it loads the model. A float one is smaller than integers with a scale for each.
    /// </summary>
    private bool IsQuantizedAtLoad(Node node) => _activations.ContainsKey(node.Output().Name);

    /// <summary>
    /// The stored integers behind a DequantizeLinear; places that read the same weight in the same format share both, or the integers alone where
    /// they stand in different graphs. Zero points that are all 0 may be left out by the standard, but Gemm and MatMul are fused only where they stand there.
    /// </summary>
    private Value Dequantized(Graph reader, Value value, WeightFormat format, bool needsZeroPoint)
    {
        string key = $"{value.Name}\n{format.Type}\n{format.Axis}\n{format.ZeroPoint}\n{string.Join(' ', format.Scales.Select(BitConverter.SingleToInt32Bits))}";
        if (_dequantized.TryGetValue((reader, $"{needsZeroPoint} {key}"), out Value? known))
        {
            return known;
        }

        if (!_integers.TryGetValue(key, out Value? integers))
        {
            integers = value.Graph.AddInitializer(value.Name + "_q", LinearQuantizer.Quantize(value.Constant!, format));
            _integers.Add(key, integers);
        }

        StoredConstants constants = _constants[reader];
        Value scale = format.Axis is null ? constants.Scale(format.Scales[0]) : constants.Scales(format.Scales);
        Value? zeroPoint = !needsZeroPoint ? null
            : format.Axis is null ? constants.ZeroPoint(format.ZeroPoint, format.Type)
            : constants.ZeroPoints(0, format.Scales.Count, format.Type);
        NodeAttribute[] axis = format.Axis is { } along ? [NodeAttribute.Of("axis", (long)along)] : [];
        Value result = Emit(reader, "DequantizeLinear", "d", [integers, scale, zeroPoint], axis);
        _dequantized.Add((reader, $"{needsZeroPoint} {key}"), result);
        return result;
    }

    private void Convert(ActivationFormat format)
    {
        Value value = _scopes.Find(format.Value)!;
        if (value.Producer is { } producer && IsInteger(producer))
        {
            ConvertResult(value, producer, format);
        }
        else
        {
            ConvertForReaders(value, format);
        }
    }

    /// <summary>Every reader gets the dequantized value: a reader of the float one would keep the producer from running as integers.</summary>
    private void ConvertResult(Value value, Node producer, ActivationFormat format)
    {
        Graph graph = value.Graph;
        Value before = graph.AddValue(Fresh("f"));
        producer.SetOutput(producer.Outputs.ToList().IndexOf(value), before);
        Value quantized = Quantize(graph, before, format);
        Value[] inside = [.. IntegerReaders(value).Where(r => r.Key != graph).Select(r => Read(r, quantized, format))];
        if (inside.Length > 0 && value.Uses.Count == 0 && !value.IsGraphOutput)
        {
            // Branches alone read it, each from the integers.
            string name = value.Name;
            graph.Remove(value);
            inside[0].Graph.Rename(inside[0], name);
            return;
        }

        StoredConstants constants = _constants[graph];
        graph.Insert(graph.Nodes.Count, "DequantizeLinear", "", "", [quantized, constants.Scale(format.Scale), constants.ZeroPoint(format.ZeroPoint, format.Type)], [value]);
        KeepWeightsFloat(value, quantized, format);
    }

    /// <summary>Integer readers of a float value; other readers keep it as it is.</summary>
    private void ConvertForReaders(Value value, ActivationFormat format)
    {
        var made = new Dictionary<Graph, Value>();
        foreach (IGrouping<Graph, Use> readers in IntegerReaders(value))
        {
            Graph place = _scopes.BeforeLoops(readers.Key, value.Graph);
            Value? quantized = null;
            for (Graph? graph = place; graph is not null && quantized is null; graph = graph.Parent)
            {
                quantized = made.GetValueOrDefault(graph);
            }

            if (quantized is null)
            {
                quantized = Quantize(place, value, format);
                made.Add(place, quantized);
            }

            Read(readers, quantized, format);
        }
    }

    /// <summary>Outer graphs first.</summary>
    private IGrouping<Graph, Use>[] IntegerReaders(Value value) =>
        [.. value.Uses.Where(u => IsInteger(u.Node)).GroupBy(u => u.Node.Graph).OrderBy(g => _order[g.Key])];

    /// <summary>The readers of one graph read a DequantizeLinear there.</summary>
    private Value Read(IGrouping<Graph, Use> readers, Value quantized, ActivationFormat format)
    {
        StoredConstants constants = _constants[readers.Key];
        Value dequantized = Emit(readers.Key, "DequantizeLinear", "d", [quantized, constants.Scale(format.Scale), constants.ZeroPoint(format.ZeroPoint, format.Type)]);
        foreach (Use use in readers)
        {
            use.Node.SetInput(use.Index, dequantized);
        }

        return dequantized;
    }

    private Value Quantize(Graph graph, Value value, ActivationFormat format)
    {
        StoredConstants constants = _constants[graph];
        return PoolChannels(value) is { } channels
            ? Emit(
                graph,
                "QuantizeLinear",
                "q",
                [value, constants.Scales([.. Enumerable.Repeat(format.Scale, channels)]), constants.ZeroPoints(format.ZeroPoint, channels, format.Type)],
                NodeAttribute.Of("axis", 1L))
            : Emit(graph, "QuantizeLinear", "q", [value, constants.Scale(format.Scale), constants.ZeroPoint(format.ZeroPoint, format.Type)]);
    }

    /// <summary>
    /// The channels of a float MaxPool's result, or null for another value. ONNX Runtime moves a QuantizeLinear with one scale before the MaxPool, whose 8-bit kernel is tens of times slower where channels stand
    /// first, as they do behind a QuantizeLinear. The same scale for every channel stays where it is.
    /// </summary>
    private int? PoolChannels(Value value)
    {
        Node? producer = value.Producer;
        if (producer?.Is("MaxPool") != true || IsInteger(producer))
        {
            return null;
        }

        // Operators that give as many channels as they take.
        while (producer is not null && (producer.Is("MaxPool") || producer.Is("Relu") || producer.Is("Clip") || producer.Is("LeakyRelu") || producer.Is("HardSwish")))
        {
            producer = producer.Input(0)?.Producer;
        }

        return value.Uses.Where(u => u.Index == 0 && u.Node.Is("Conv")).Select(u => ReadChannels(u.Node)).FirstOrDefault(c => c is not null)
            ?? (producer?.Is("Conv") == true ? (int?)producer.Input(1)?.Constant?.Dims[0] : null);

        // Weights of integer layers stand behind a DequantizeLinear by now.
        static int? ReadChannels(Node layer) =>
            (layer.Input(1)?.Constant ?? layer.Input(1)?.Producer?.Input(0)?.Constant) is { } weight ? (int)(weight.Dims[1] * layer.IntAttribute("group", 1)) : null;
    }

    /// <summary>
    /// ONNX Runtime quantizes the stored weight of a float Conv, ConvTranspose or Gemm by itself, with one scale for all, where it finds it between a
    /// DequantizeLinear and a QuantizeLinear. It asks for a scalar scale: readers that shall stay float get a DequantizeLinear whose scale is the
    /// same number for every channel.
    /// </summary>
    private void KeepWeightsFloat(Value value, Value quantized, ActivationFormat format)
    {
        var made = new Dictionary<FloatLayerInput, Value>();
        foreach (Use use in value.Uses.Where(u => u.Index == 0 && u.Node.Graph == value.Graph && !IsInteger(u.Node)).ToArray())
        {
            if (FloatLayerInput.Of(use.Node) is not { Channels: > 1 } input)
            {
                continue;
            }

            if (!made.TryGetValue(input, out Value? dequantized))
            {
                Value scales = _constants[value.Graph].Scales([.. Enumerable.Repeat(format.Scale, input.Channels)]);
                Value zeroPoints = _constants[value.Graph].ZeroPoints(format.ZeroPoint, input.Channels, format.Type);
                dequantized = Emit(value.Graph, "DequantizeLinear", "d", [quantized, scales, zeroPoints], NodeAttribute.Of("axis", (long)input.Axis));
                made.Add(input, dequantized);
            }

            use.Node.SetInput(0, dequantized);
        }

        if (made.Count > 0 && value.Uses.Count == 0 && !value.IsGraphOutput)
        {
            // Nobody reads the scalar form: a channel-wise one becomes the value.
            Value first = made.Values.First();
            Node producer = first.Producer!;
            value.Graph.Remove(value.Producer!);
            first.ReplaceUsesBy(value);
            producer.SetOutput(0, value);
            value.Graph.Remove(first);
        }
    }

    private bool IsInteger(Node node) => _precisions.TryGetValue(node, out NodePrecision precision) && precision != NodePrecision.Float32;

    /// <summary>Appends a nameless node: names of thousands of conversions would only make the file larger.</summary>
    private Value Emit(Graph graph, string opType, string outputPrefix, IEnumerable<Value?> inputs, params NodeAttribute[] attributes) =>
        graph.Insert(graph.Nodes.Count, opType, "", "", inputs, [graph.AddValue(Fresh(outputPrefix))], attributes).Output();

    private string Fresh(string prefix) => $"{prefix}{_names++}";

    private static void RemoveUnusedInitializers(Graph graph)
    {
        foreach (Value value in graph.Initializers.Where(v => v.Uses.Count == 0 && !v.IsGraphInput && !v.IsGraphOutput).ToArray())
        {
            graph.Remove(value);
        }
    }
}
