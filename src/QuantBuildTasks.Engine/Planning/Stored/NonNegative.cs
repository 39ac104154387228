using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>Layers whose input is never negative by its operator: it has a mean, on which a sum of rounding errors that is not zero shifts the layer's output.</summary>
internal static class NonNegative
{
    /// <summary>Operators whose results are numbers of their first input, means or the greatest of them.</summary>
    private static readonly HashSet<string> Keepers = new(StringComparer.Ordinal)
    {
        "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Slice", "Resize",
    };

    /// <summary>Whether a layer with a weight right of its activations reads such a value.</summary>
    public static bool IsRead(Node layer) =>
        layer.OpType is "Conv" or "FusedConv" or "Gemm" or "FusedGemm" or "MatMul" or "FusedMatMul" && layer.Input(0) is { } input && Holds(input);

    private static bool Holds(Value value)
    {
        Node? producer = value.Producer;
        while (producer is { Domain: "" } && Keepers.Contains(producer.OpType) && !IsCubic(producer))
        {
            producer = producer.Input(0)?.Producer;
        }

        return producer is { Domain: "", OpType: "Relu" or "Sigmoid" or "HardSigmoid" or "Softmax" or "Softplus" or "Sqrt" or "Abs" or "Exp" }
            || (producer?.Is("Clip") == true && ClampOperators.Bounds(producer) is { Low: >= 0 });
    }

    /// <summary>Cubic interpolation swings below its neighbours.</summary>
    private static bool IsCubic(Node node) => node.Is("Resize") && node.StringAttribute("mode", "nearest") == "cubic";
}
