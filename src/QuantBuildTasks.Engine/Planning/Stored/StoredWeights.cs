using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>How a node of the float model stands to weights stored as int8.</summary>
internal enum WeightReader
{
    /// <summary>It computes in float32, and its weights may be stored as int8.</summary>
    Float,

    /// <summary>It computes in float32, and 8 bits are too few for its weights: they are stored as float16.</summary>
    Fine,

    /// <summary>It computes in float16, and its weights may be stored as int8; biases gain nothing by another form.</summary>
    Half,

    /// <summary>Its weights must keep every bit.</summary>
    Exact,

    /// <summary>It has weights of its own in another format, or in float16 as it computes.</summary>
    Other,

    /// <summary>The same, but its bias is float32.</summary>
    FloatBias,
}

/// <summary>
/// Decides which float weights are stored as int8, and which long biases as float16, whatever the operator that reads them: a result that is the same on
/// every processor, at float speed.
/// </summary>
internal static class StoredWeights
{
    /// <summary>Names and operators of the stored form cost about this many bytes; a smaller gain is none.</summary>
    private const int LeastGain = 128;

    /// <summary>What float16 may cost: its eleven bits leave 2⁻²⁴ ÷ 3 of a number's power at most, ten bits four times as much.</summary>
    private const double MostHalfError = 1.0 / (1 << 22) / 3;

    /// <summary>The formats of all weights and biases for which it pays, in the order of the graphs and their initializers.</summary>
    /// <param name="graph">The main graph.</param>
    /// <param name="kindOf">What the rest of the plan makes of a node.</param>
    /// <exception cref="QuantException">QBT1005: a weight is NaN or infinite.</exception>
    public static IReadOnlyList<StoredFormat> Of(Graph graph, Func<Node, WeightReader> kindOf) =>
    [
        .. graph.SelfAndSubgraphs().SelectMany((scope, index) => scope.Initializers
            .Select(value => Format(value, index, kindOf))
            .OfType<StoredFormat>()),
    ];

    private static StoredFormat? Format(Value value, int scope, Func<Node, WeightReader> kindOf)
    {
        if (value.Constant is not { Type: ElementType.Float32 } weight || weight.Length * sizeof(float) < LeastGain || WeightReaders.Of(value) is not { Nodes.Count: > 0 } readers)
        {
            return null;
        }

        (string Node, WeightReader Kind)[] kinds = [.. readers.Nodes.Select(r => (r.DisplayName, kindOf(r)))];
        bool isFine = !readers.IsBias && kinds.Any(k => k.Kind == WeightReader.Fine);
        bool isFloat = kinds.Any(k => k.Kind is WeightReader.Float or WeightReader.Fine);
        isFloat |= readers.IsBias && kinds.Any(k => k.Kind == WeightReader.FloatBias);
        if (kinds.Any(k => k.Kind == WeightReader.Exact) || (!isFloat && (readers.IsBias || kinds.All(k => k.Kind is WeightReader.Other or WeightReader.FloatBias))))
        {
            return null;
        }

        var format = new StoredFormat
        {
            Scope = scope,
            Value = value.Name,
            Type = ElementType.Float16,
            IsBias = readers.IsBias,
            Elements = weight.Length,
            Computed = isFloat ? ElementType.Float32 : ElementType.Float16,
            Readers = [.. kinds.Where(k => k.Kind != WeightReader.Other && (readers.IsBias || k.Kind != WeightReader.FloatBias)).Select(k => k.Node)],
        };
        StoredFormat? stored = readers.IsBias || isFine ? (HoldsHalf(weight) && (readers.IsBias || IsFine(weight)) ? format : null)
            : weight.Rank < 2 ? null
            : Integers(format with { Shift = ShiftOf(readers, weight) }, value, weight);
        return stored?.Bytes <= (weight.Length * sizeof(float)) - LeastGain ? stored : null;
    }

    private static StoredFormat Integers(StoredFormat format, Value value, Tensor weight)
    {
        GroupAxes axes = WeightGroups.Of(value, weight);
        GroupScales scales = GroupScales.Of(weight, axes, format.Shift) ?? throw QuantException.Error(
            Codes.NotFinite,
            $"The weight '{value.Name}' holds NaN or infinity. Train or export the model again; it has no sound float32 result to compare with.");
        return format with { Type = ElementType.Int8, Groups = axes, Scales = scales.Scales, ScaleType = scales.Type };
    }

    /// <summary>Pictures and what layers make of them have a mean, and so has what is never negative; sound, states and embeddings lie around zero.</summary>
    private static double ShiftOf(WeightUse readers, Tensor weight) =>
        readers.Nodes.All(n => (weight.Rank >= 4 && n.OpType is ("Conv" or "FusedConv")) || NonNegative.IsRead(n)) ? GroupRounding.BehindRelu : 0;

    /// <summary>Whether float16 leaves each number at least eleven bits, or 2⁻²⁵ of the unit: sums with products of eight-bit weights do not see the rest.</summary>
    private static bool HoldsHalf(Tensor bias)
    {
        foreach (float value in bias.Span<float>())
        {
            if (!(Math.Abs(value) < 32768))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether float16 leaves a weight ten bits or more: numbers below 2⁻¹⁴ have fewer.</summary>
    private static bool IsFine(Tensor weight)
    {
        (double error, double power) = (0, 0);
        foreach (float value in weight.Span<float>())
        {
            double lost = value - (float)(Half)value;
            error += lost * lost;
            power += (double)value * value;
        }

        return error <= power * MostHalfError;
    }
}
