using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// Pattern: LSTM, GRU or RNN whose initial state is nothing but zeros: a constant, or zeros made in the size of the batch (ConstantOfShape, Expand) behind operators that move numbers.
/// The state is left out, which means zeros to ONNX; exporters write up to eight nodes for it, each of which costs as much as a small layer.
/// Declines: any other number.
/// </summary>
internal sealed class ZeroInitialState : NodePass
{
    /// <summary>Operators whose numbers are all from their first input.</summary>
    private static readonly HashSet<string> Movers = ["Slice", "Squeeze", "Unsqueeze", "Reshape", "Transpose", "Identity", "Expand", "Flatten", "Gather", "Tile", "Split"];

    public override string Name => nameof(ZeroInitialState);

    public override Fidelity Keeps => Fidelity.BitExact;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        int[] states = node.Is("LSTM") ? [5, 6] : node.Is("GRU") || node.Is("RNN") ? [5] : [];
        int[] zeros = [.. states.Where(i => node.Input(i) is { } state && IsZero(state))];
        foreach (int state in zeros)
        {
            node.SetInput(state, null);
        }

        return zeros.Length > 0 ? Outcome.Rewritten : Outcome.NoMatch;
    }

    private static bool IsZero(Value value)
    {
        if (value.Constant is { } constant)
        {
            return IsZero(constant);
        }

        return value.Producer is { } producer
            && (producer.Is("ConstantOfShape") ? producer.Attribute("value")?.Value is null or Tensor { Type: ElementType.Float32 } && IsZero(producer.Attribute("value")?.Value as Tensor)
                : producer.Is("Concat") ? producer.Inputs.All(i => IsZero(i!))
                : producer.Domain.Length == 0 && Movers.Contains(producer.OpType) && IsZero(producer.Input(0)!));
    }

    /// <summary>−0 is zero too: a state is multiplied and added alone. What is left out is 0.</summary>
    private static bool IsZero(Tensor? tensor) =>
        tensor is null || (tensor.Type == ElementType.Float32 && !tensor.Span<float>().ContainsAnyExcept(0f));
}
