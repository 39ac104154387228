using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Recurrent;

namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>Recurrent layers. ONNX Runtime has one integer kernel for them, com.microsoft's DynamicQuantizeLSTM; GRU and RNN have none.</summary>
internal static class RecurrentOperators
{
    /// <summary>DynamicQuantizeLSTM: W [directions, 4·hidden, input] and R [directions, 4·hidden, hidden] are stored; all else is as in LSTM.</summary>
    public static Classification Lstm(Node node)
    {
        if (node.Input(1)?.Constant is not { Type: ElementType.Float32 } weight || node.Input(2)?.Constant is not { Type: ElementType.Float32 } recurrence)
        {
            return "its weights are not stored in the model";
        }

        if (node.Input(1)!.Uses.Count > 1 || node.Input(2)!.Uses.Count > 1)
        {
            return "another layer reads its weights too, and its integer kernel would need a copy";
        }

        if (node.IntAttribute("layout", 0) != 0)
        {
            return "layout 1, which puts the batch first, has no integer kernel";
        }

        if (LstmShape.Of(node, weight, recurrence) is not { } shape)
        {
            return $"its weights are {weight} and {recurrence}, which do not fit together";
        }

        return LstmCost.Ratio(shape) is var ratio && ratio > LstmCost.MostRatio
            ? FormattableString.Invariant($"with {shape.Input} inputs and {shape.Hidden} hidden units the integer kernel takes {ratio:0.00} times as long as float32")
            : new NodeRole { Kind = OperatorKind.Dynamic, DataInputs = [], CanLeaveFloat = true };
    }
}
