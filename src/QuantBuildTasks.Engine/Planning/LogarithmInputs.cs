using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>
/// Nodes that make what a logarithm reads, as the Fourier transform and the filter bank of a spectrogram do. The error of ln x is that of x ÷ x, and an 8-bit format has one step for
/// all numbers: of a spectrum that spans six decades most bins lie below half a step, become 0, and their logarithm is that of whatever keeps it finite.
/// </summary>
/// <remarks>
/// Followed backwards through operators that are linear, powers or moves. An operator that bounds or bends (Sigmoid, Softmax, Exp) ends the way: what it reads may err by the same
/// amount everywhere. An activation of a learned network (Relu, LeakyRelu) has one layer before it that counts; layers before that hand on features, not magnitudes.
/// </remarks>
internal static class LogarithmInputs
{
    private static readonly HashSet<string> Passed = new(StringComparer.Ordinal)
    {
        "Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Sub", "Mul", "Div", "Neg", "Abs", "Pow", "Sqrt", "Max", "Min", "Sum", "Mean", "Concat", "Pad", "Clip", "Cast", "Identity", "Dropout",
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2", "AveragePool", "GlobalAveragePool", "MaxPool", "GlobalMaxPool",
        "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "GatherElements", "Tile", "Expand", "Resize", "DepthToSpace", "SpaceToDepth",
    };

    /// <summary>For each of these nodes why it stays float32.</summary>
    public static IReadOnlyDictionary<Node, string> Of(IEnumerable<Node> nodes)
    {
        var reasons = new Dictionary<Node, string>();
        var seen = new HashSet<(Node Node, bool Activated)>();
        foreach (Node logarithm in nodes.Where(n => n.Is("Log")))
        {
            string reason = $"the logarithm {logarithm.DisplayName} reads what it makes, and needs small numbers as exact as large ones";
            var waiting = new Stack<(Value? Value, bool Activated)>([(logarithm.Input(0), false)]);
            while (waiting.TryPop(out (Value? Value, bool Activated) next))
            {
                if (next.Value?.Producer is not { Domain: "" } producer || !seen.Add((producer, next.Activated)))
                {
                    continue;
                }

                reasons.TryAdd(producer, reason);
                bool activates = producer.Is("Relu") || producer.Is("LeakyRelu");
                if (activates || (Passed.Contains(producer.OpType) && !(next.Activated && OperatorTable.Multiplies(producer))))
                {
                    foreach (Value? input in producer.Inputs)
                    {
                        waiting.Push((input, next.Activated || activates));
                    }
                }
            }
        }

        return reasons;
    }
}
