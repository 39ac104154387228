using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Costs.Chains;

/// <summary>Writes a float model layer by layer, with numbers that neither grow nor die away over many layers.</summary>
internal sealed class Sketch
{
    /// <summary>Nodes whose names begin so stay float32 in the integer form.</summary>
    public const string Kept = "kept";

    private readonly OnnxModel _model;
    private ulong _state = 1;
    private int _names;

    public Sketch(params long[] inputDims)
    {
        _model = new OnnxModel(new Graph("chain")) { IrVersion = 8, ProducerName = "Costs" };
        _model.Opsets[""] = 17;
        Input = _model.Graph.AddInput("x", ElementType.Float32, Shape.Of(inputDims));
        Dims = inputDims;
    }

    public Value Input { get; }

    public long[] Dims { get; }

    /// <summary>Ends the model.</summary>
    public OnnxModel Finish(Value output)
    {
        output.Type = ElementType.Float32;
        _model.Graph.AddOutput(output);
        return _model;
    }

    /// <summary>Conv that keeps the size of the image, or halves it with stride 2.</summary>
    public Value Conv(Value x, long channels, long filters, long size, long groups = 1, long stride = 1, bool keep = false)
    {
        Value weight = Constant(Math.Sqrt(6.0 / (channels / groups * size * size)), filters, channels / groups, size, size);
        return Node("Conv", [x, weight, Bias(filters)], keep, Ints("pads", size / 2, size / 2, size / 2, size / 2), NodeAttribute.Of("group", groups), Ints("strides", stride, stride));
    }

    /// <summary>Conv over one axis.</summary>
    public Value Series(Value x, long channels, long filters, long size, long stride = 1) =>
        Node("Conv", [x, Constant(Math.Sqrt(6.0 / (channels * size)), filters, channels, size), Bias(filters)], false, Ints("pads", size / 2, size / 2), Ints("strides", stride));

    public Value Gemm(Value x, long inputs, long outputs, bool keep = false) =>
        Node("Gemm", [x, Constant(Math.Sqrt(6.0 / inputs), outputs, inputs), Bias(outputs)], keep, NodeAttribute.Of("transB", 1L));

    /// <summary>LSTM in one direction: [steps, batch, inputs] to [steps, batch, hidden]. With two sequences or more, threads would share them.</summary>
    public Value Lstm(Value x, long inputs, long hidden) => Node(
        "Squeeze",
        [
            Node(
                "LSTM",
                [x, Constant(Math.Sqrt(3.0 / inputs), 1, 4 * hidden, inputs), Constant(Math.Sqrt(3.0 / hidden), 1, 4 * hidden, hidden), Constant(0.1, 1, 8 * hidden)],
                NodeAttribute.Of("hidden_size", hidden)),
            Integers(1),
        ]);

    public Value Relu(Value x) => Node("Relu", [x]);

    /// <summary>A node of one output.</summary>
    public Value Node(string opType, Value?[] inputs, params NodeAttribute[] attributes) => Node(opType, inputs, false, attributes);

    /// <summary>A vector of whole numbers, such as a shape.</summary>
    public Value Integers(params long[] values) => _model.Graph.AddInitializer($"i{_names++}", Tensor.Vector(values));

    /// <summary>A vector of numbers, such as scales.</summary>
    public Value Floats(params float[] values) => _model.Graph.AddInitializer($"f{_names++}", Tensor.Vector(values));

    /// <summary>Numbers in ±<paramref name="limit"/>.</summary>
    public Value Constant(double limit, params long[] dims)
    {
        var values = new float[dims.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            _state = (_state * 6364136223846793005UL) + 1442695040888963407UL;
            values[i] = (float)(limit * (((_state >> 33) / (double)(1UL << 30)) - 1));
        }

        return _model.Graph.AddInitializer($"w{_names++}", Tensor.Of(values, dims));
    }

    /// <summary>The same number everywhere.</summary>
    public Value Same(float value, params long[] dims) =>
        _model.Graph.AddInitializer($"c{_names++}", Tensor.Of(Enumerable.Repeat(value, (int)dims.Aggregate(1L, (a, b) => a * b)).ToArray(), dims));

    public static NodeAttribute Ints(string name, params long[] values) => NodeAttribute.Of(name, values);

    private Value Bias(long count) => Same(0.02f, count);

    private Value Node(string opType, Value?[] inputs, bool keep, params NodeAttribute[] attributes) =>
        _model.Graph.Insert(_model.Graph.Nodes.Count, opType, "", $"{(keep ? Kept : "n")}{_names++}", inputs, [_model.Graph.AddValue($"v{_names++}")], attributes).Output();
}
