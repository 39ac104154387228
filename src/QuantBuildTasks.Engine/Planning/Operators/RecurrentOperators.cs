using QuantBuildTasks.Engine.Model;

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

        return FitTogether(node, weight, recurrence)
            ? new NodeRole { Kind = OperatorKind.Dynamic, DataInputs = [], CanLeaveFloat = true }
            : $"its weights are {weight} and {recurrence}, which do not fit together";
    }

    private static bool FitTogether(Node node, Tensor weight, Tensor recurrence) =>
        weight.Rank == 3 && recurrence.Rank == 3 && weight.Length > 0 && recurrence.Length > 0
        && weight.Dims[0] == (node.StringAttribute("direction", "forward") == "bidirectional" ? 2 : 1) && weight.Dims[0] == recurrence.Dims[0]
        && weight.Dims[1] == recurrence.Dims[1] && weight.Dims[1] == 4 * recurrence.Dims[2]
        && node.IntAttribute("hidden_size", recurrence.Dims[2]) == recurrence.Dims[2];
}
