using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>
/// What is decided about a model for one profile; a pure function of model, calibration table and profile. Names of values and nodes are unique over the
/// main graph, branches and bodies.
/// </summary>
internal sealed record QuantizationPlan
{
    public required string Profile { get; init; }

    /// <summary>What the nodes that are not float32 compute in.</summary>
    public NumberFormat Format { get; init; } = NumberFormat.Integer8;

    /// <summary>Number format of each activation that becomes integer, by value name, in graph order.</summary>
    public required IReadOnlyList<ActivationFormat> Activations { get; init; }

    /// <summary>Number format of each stored weight that becomes integer, one entry for each place that reads it.</summary>
    public required IReadOnlyList<WeightFormat> Weights { get; init; }

    /// <summary>Every LSTM whose weights become integers, in graph order.</summary>
    public IReadOnlyList<Recurrent.RecurrentFormat> Recurrent { get; init; } = [];

    /// <summary>Every node that becomes float16, in graph order.</summary>
    public IReadOnlyList<Float16Node> Float16Nodes { get; init; } = [];

    /// <summary>Weights that are stored as int8 and computed with as float32, in the order of the graphs and their initializers.</summary>
    public IReadOnlyList<Stored.StoredFormat> Stored { get; init; } = [];

    /// <summary>Every node with its precision: those of the main graph in its order, then those of branches and bodies.</summary>
    public required IReadOnlyList<NodeDecision> Nodes { get; init; }

    /// <summary>Whether any node computes in <see cref="Format"/>, or any weight is stored smaller; where none does and is, there is no sense in an artifact.</summary>
    public bool ChangesAnything => Stored.Count > 0 || Nodes.Any(n => n.Precision is NodePrecision.Integer or NodePrecision.Float16);

    /// <summary>Share of the multiply-adds that integer kernels do, 0…1; 0 where there are none.</summary>
    public double IntegerShare => Share(NodePrecision.Integer);

    /// <summary>Share of the multiply-adds that are done in float16, 0…1; 0 where there are none.</summary>
    public double Float16Share => Share(NodePrecision.Float16);

    private double Share(NodePrecision precision)
    {
        long all = Nodes.Sum(n => n.MultiplyAdds);
        return all == 0 ? 0 : (double)Nodes.Where(n => n.Precision == precision).Sum(n => n.MultiplyAdds) / all;
    }
}

/// <summary>Affine per-tensor format: x̂ = (q − ZeroPoint)·Scale.</summary>
internal sealed record ActivationFormat(string Value, ElementType Type, float Scale, int ZeroPoint);

/// <summary>Format of stored numbers: x̂ = (q − ZeroPoint)·Scales[c] with c along <paramref name="Axis"/>; one scale where <paramref name="Axis"/> is null.</summary>
/// <param name="Node">The node that reads it, by <see cref="Model.Node.DisplayName"/>.</param>
/// <param name="Input">The position among the node's inputs.</param>
/// <param name="Type">Element type of the stored integers.</param>
/// <param name="Scales">One, or one for each slice along the axis.</param>
/// <param name="ZeroPoint">0 for weights, which are symmetric.</param>
/// <param name="Axis">The quantization axis, or null for per-tensor.</param>
internal sealed record WeightFormat(string Node, int Input, ElementType Type, IReadOnlyList<float> Scales, int ZeroPoint, int? Axis);

/// <summary>A node that computes in float16.</summary>
/// <param name="Node">By <see cref="Model.Node.DisplayName"/>.</param>
/// <param name="Inputs">Positions of the inputs that become float16 with it.</param>
/// <param name="Outputs">Positions of the outputs that do.</param>
internal sealed record Float16Node(string Node, IReadOnlyList<int> Inputs, IReadOnlyList<int> Outputs);

internal enum NodePrecision
{
    Float32,

    /// <summary>An integer kernel of the execution provider.</summary>
    Integer,

    /// <summary>No arithmetic: moves integer values, is folded into its producer's clamp, or has no float numbers at all.</summary>
    FollowsInput,

    /// <summary>A float16 kernel of the execution provider.</summary>
    Float16,
}

/// <summary>What one node becomes.</summary>
/// <param name="Node">By <see cref="Model.Node.DisplayName"/>.</param>
/// <param name="OpType">Its operator.</param>
/// <param name="Precision">How it runs.</param>
/// <param name="Reason">Why it stays float32, and whether it computes with weights that are stored as int8; null where neither is so.</param>
/// <param name="Result">The value that carries its first output: that of the clamp behind it where the clamp is folded into it; null where it has none.</param>
/// <param name="MultiplyAdds">Multiply-adds for one sample (for one turn, in a body); 0 where they do not count or are not known, and in a branch that no sample took.</param>
internal sealed record NodeDecision(string Node, string OpType, NodePrecision Precision, string? Reason, string? Result, long MultiplyAdds);
