using System.Security.Cryptography;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Recurrent;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Search.Noise;

/// <summary>
/// One thing that a plan rounds: a tensor between layers, or a layer's weight. Its noise at the model's outputs is what they change by when only it is rounded. Sources are
/// independent, so the noise of a plan is about the sum of the powers of its sources.
/// </summary>
internal abstract record NoiseSource
{
    /// <summary>Equal for sources that change the model in the same way.</summary>
    public abstract string Key { get; }

    /// <summary>Rounds it in a copy of the prepared model.</summary>
    public abstract void Apply(OnnxModel model);
}

/// <summary>A tensor between layers, in 8 bits and back.</summary>
/// <param name="Format">Its format.</param>
/// <param name="Readers">The nodes that see it rounded, by name; null: all, and who called the model.</param>
internal sealed record ActivationSource(ActivationFormat Format, IReadOnlySet<string>? Readers) : NoiseSource
{
    public override string Key => FormattableString.Invariant(
        $"activation {Format.Value} {Format.Type} {Format.ZeroPoint} {BitConverter.SingleToInt32Bits(Format.Scale)} {(Readers is null ? "" : string.Join(' ', Readers.Order(StringComparer.Ordinal)))}");

    public override void Apply(OnnxModel model)
    {
        Value value = new Scopes(model.Graph).Find(Format.Value)!;
        Graph graph = value.Graph;
        Value scale = graph.AddInitializer("noise_scale", Tensor.Scalar(Format.Scale));
        Value zeroPoint = graph.AddInitializer("noise_zero", Tensor.FromBytes(Format.Type, [], (byte[])[unchecked((byte)Format.ZeroPoint)]));
        if (Readers is null && value.Producer is { } producer)
        {
            Value before = graph.AddValue(value.Name + "_exact", value.Type, value.Shape);
            producer.SetOutput(producer.Outputs.ToList().IndexOf(value), before);
            Value quantized = graph.Append("QuantizeLinear", "noise_q", [before, scale, zeroPoint]);
            graph.Insert(graph.Nodes.Count, "DequantizeLinear", "", "", [quantized, scale, zeroPoint], [value]);
        }
        else
        {
            Use[] readers = [.. value.Uses.Where(u => Readers?.Contains(u.Node.DisplayName) != false)];
            Value quantized = graph.Append("QuantizeLinear", "noise_q", [value, scale, zeroPoint]);
            Value back = graph.Append("DequantizeLinear", "noise_dq", [quantized, scale, zeroPoint]);
            foreach (Use use in readers)
            {
                use.Node.SetInput(use.Index, back);
            }
        }

        graph.Sort();
    }
}

/// <summary>A tensor that is rounded for more readers or for fewer.</summary>
/// <param name="Value">Its name.</param>
/// <param name="ForAll">As all see it that could.</param>
/// <param name="ForLayers">As layers alone see it; null where none reads it.</param>
internal sealed record TensorSource(string Value, ActivationSource ForAll, ActivationSource? ForLayers);

/// <summary>A layer's weight and what rounding made of its bias.</summary>
/// <param name="Node">The layer.</param>
/// <param name="Input">The place of the weight among its inputs.</param>
/// <param name="Weight">The rounded weight, as float32.</param>
/// <param name="Bias">The bias that goes with it, or null.</param>
internal sealed record WeightSource(string Node, int Input, Tensor Weight, Tensor? Bias) : NoiseSource
{
    public override string Key { get; } = $"weight {Node} {Input} {Digest(Weight)} {(Bias is null ? "" : Digest(Bias))}";

    public override void Apply(OnnxModel model)
    {
        Node node = new Scopes(model.Graph).Nodes.First(n => n.DisplayName == Node);
        Set(node, Input, Weight);
        if (Bias is not null)
        {
            Set(node, 2, Bias);
        }
    }

    /// <summary>Other readers of the same constant keep it as it is; one of a graph around is replaced by one beside the node.</summary>
    internal static void Set(Node node, int input, Tensor tensor)
    {
        Value old = node.Input(input)!;
        node.SetInput(input, node.Graph.AddInitializer("noise_weight", tensor));
        if (old.Uses.Count == 0 && !old.IsGraphOutput)
        {
            old.Graph.Remove(old);
        }
    }

    internal static string Digest(Tensor tensor) => Convert.ToHexString(SHA256.HashData(tensor.Bytes.Span));
}

/// <summary>A weight that is stored as int8 and computed with as float32.</summary>
/// <param name="Format">How it is stored.</param>
/// <param name="Weight">The weight, rounded for its layer where rounding is learnt.</param>
/// <param name="Layer">The layer whose bias goes with it, or null.</param>
/// <param name="Bias">That bias.</param>
internal sealed record StoredSource(StoredFormat Format, Tensor Weight, string? Layer, Tensor? Bias) : NoiseSource
{
    public override string Key { get; } = $"stored {Format.Scope} {Format.Value} {WeightSource.Digest(Weight)} {(Bias is null ? "" : WeightSource.Digest(Bias))}";

    public override void Apply(OnnxModel model)
    {
        if (Layer is not null && Bias is not null)
        {
            WeightSource.Set(model.Graph.Nodes.First(n => n.DisplayName == Layer), 2, Bias);
        }

        Graph graph = model.Graph.SelfAndSubgraphs().ElementAt(Format.Scope);
        graph.SetInitializer(graph.Find(Format.Value)!, Weight);
        new StoredWeightRewriter(model, [Format]).Rewrite();
    }
}

/// <summary>A recurrent layer that an integer kernel computes, which also rounds its inputs and states.</summary>
/// <param name="Format">Its weights' format.</param>
internal sealed record RecurrentSource(RecurrentFormat Format) : NoiseSource
{
    public override string Key { get; } = $"recurrent {Format.Node} {Digest(Format.Input)} {Digest(Format.Recurrence)}";

    public override void Apply(OnnxModel model) => LstmRewriter.Rewrite(model, [Format]);

    private static string Digest(RowScales scales) => WeightSource.Digest(Tensor.Vector([.. scales.Scales]));
}
