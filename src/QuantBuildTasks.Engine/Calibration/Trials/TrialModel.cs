using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>A model that measures ranges while it runs: each tried range becomes a pair of QuantizeLinear and DequantizeLinear, behind which copies of the value's readers compute.</summary>
internal sealed class TrialModel
{
    private readonly Dictionary<Value, string> _signals = [];
    private readonly List<Measured> _measured = [];

    private TrialModel(OnnxModel model) => Model = model;

    public OnnxModel Model { get; }

    /// <summary>Scalars to look at, each summed over the samples of a batch.</summary>
    public IEnumerable<string> Outputs => _signals.Values.Concat(_measured.SelectMany(m => m.Noises.SelectMany(n => n)));

    /// <summary>One for each value that is tried.</summary>
    public IReadOnlyList<Measured> Values => _measured;

    /// <summary>Extends a model.</summary>
    /// <param name="model">Changed in place: values and nodes are added, none is taken away.</param>
    /// <param name="trials">The ranges to try, by the name of a value that is unique over all graphs; names that are not in the model are passed over.</param>
    public static TrialModel Extend(OnnxModel model, IEnumerable<KeyValuePair<string, IReadOnlyList<TrialRange>>> trials)
    {
        var trial = new TrialModel(model);
        var scopes = new Scopes(model.Graph);
        Dictionary<Graph, Node[]> nodes = model.Graph.SelfAndSubgraphs().ToDictionary(g => g, g => g.Nodes.ToArray());
        foreach ((Value value, IReadOnlyList<TrialRange> ranges) in trials.Select(t => (scopes.Find(t.Key), t.Value)).Where(t => t.Item1 is not null).Select(t => (t.Item1!, t.Value)).ToArray())
        {
            trial.Add(value, ranges, nodes[value.Graph]);
        }

        return trial;
    }

    private void Add(Value value, IReadOnlyList<TrialRange> ranges, Node[] nodes)
    {
        var signals = new List<string>();
        var noises = new List<IReadOnlyList<string>>();
        foreach (TrialRange range in ranges)
        {
            IReadOnlyList<(Value Original, Value Copy)> ends = ReaderCopies.Of(value, Quantized(value, range), nodes);
            if (signals.Count == 0)
            {
                signals.AddRange(ends.Select(e => Signal(e.Original)));
            }

            noises.Add([.. ends.Select(e => Energy(Append(value.Graph, "Sub", "error", [e.Copy, e.Original])))]);
        }

        _measured.Add(new Measured(value.Name, signals, noises));
    }

    private string Signal(Value value)
    {
        if (!_signals.TryGetValue(value, out string? name))
        {
            _signals.Add(value, name = Energy(value));
        }

        return name;
    }

    private static string Energy(Value value)
    {
        Value sum = Append(value.Graph, "ReduceSumSquare", "energy", [value], NodeAttribute.Of("keepdims", 0L));
        (sum.Type, sum.Shape) = (ElementType.Float32, Shape.Of([]));
        return sum.Name;
    }

    private static Value Quantized(Value value, TrialRange range)
    {
        Graph graph = value.Graph;
        Value scale = graph.AddInitializer("trial_scale", Tensor.Scalar(range.Scale));
        Value zero = graph.AddInitializer("trial_zero", Tensor.Scalar(range.ZeroPoint));
        Value integer = Append(graph, "QuantizeLinear", "trial_integer", [value, scale, zero]);
        Value result = Append(graph, "DequantizeLinear", "trial", [integer, scale, zero]);
        (result.Type, result.Shape) = (value.Type, value.Shape);
        return result;
    }

    /// <summary>Without a name: names of nodes are unique, and these are too many to find one for each.</summary>
    private static Value Append(Graph graph, string opType, string hint, Value[] inputs, params NodeAttribute[] attributes) =>
        graph.Insert(graph.Nodes.Count, opType, "", "", inputs, [graph.AddValue(hint)], attributes).Output();

    /// <summary>Where the errors of a value come out.</summary>
    /// <param name="Value">Its name.</param>
    /// <param name="Signals">For each of its ends, the scalar Σ y².</param>
    /// <param name="Noises">For each range and there for each end, the scalar Σ (ŷ − y)².</param>
    internal sealed record Measured(string Value, IReadOnlyList<string> Signals, IReadOnlyList<IReadOnlyList<string>> Noises);
}
