using System.Collections.Frozen;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>
/// What can be said of a value without running anything: what the file says, else what follows from the operators before it. Old files rarely
/// describe their inner values, and ONNX Runtime infers nothing for operator sets that it has no kernels for.
/// </summary>
internal static class KnownForm
{
    /// <summary>Operators whose first output has the element type and the rank of their first input.</summary>
    private static readonly FrozenSet<string> LikeFirstInput = Names(
        "Abs AveragePool BatchNormalization Ceil Celu Clip Conv ConvTranspose CumSum Dropout Elu Erf Exp Floor GlobalAveragePool GlobalLpPool GlobalMaxPool "
        + "HardSigmoid HardSwish Hardmax Identity InstanceNormalization LRN LayerNormalization LeakyRelu Log LogSoftmax LpNormalization LpPool MaxPool "
        + "MeanVarianceNormalization Mish Neg Not PRelu Pad Reciprocal Relu Resize ReverseSequence Round Selu Shrink Sigmoid Sign Sin Slice Softmax Softplus "
        + "Softsign Split Sqrt Tan Tanh ThresholdedRelu Tile Transpose Upsample Concat");

    /// <summary>Operators that keep the element type but not the rank.</summary>
    private static readonly FrozenSet<string> TypeOfFirstInput = Names(
        "Add Div Expand Flatten Gather Gemm MatMul Max Mean Min Mul Pow ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
        + "ReduceProd ReduceSum ReduceSumSquare Reshape Squeeze Sub Sum Unsqueeze GRU LSTM RNN");

    private static readonly FrozenSet<string> Matrices = Names("Flatten Gemm");

    /// <summary>The element type, or <see cref="ElementType.Undefined"/>.</summary>
    public static ElementType TypeOf(Value value)
    {
        for (Value? at = value; at is not null;)
        {
            if (at.Type != ElementType.Undefined)
            {
                return at.Type;
            }

            if (at.Producer is not { Domain.Length: 0 } producer)
            {
                return ElementType.Undefined;
            }

            if (producer.OpType is "Cast" or "Constant")
            {
                return ConstantOf(at)?.Type ?? (ElementType)producer.IntAttribute("to", (long)ElementType.Undefined);
            }

            bool follows = LikeFirstInput.Contains(producer.OpType) || TypeOfFirstInput.Contains(producer.OpType);
            at = follows && (producer.Outputs[0] == at || producer.OpType == "Split") ? producer.Input(0) : null;
        }

        return ElementType.Undefined;
    }

    /// <summary>The number of dimensions, or null.</summary>
    public static int? RankOf(Value value)
    {
        for (Value? at = value; at is not null;)
        {
            if (at.Shape is { } shape)
            {
                return shape.Rank;
            }

            if (at.Producer is not { Domain.Length: 0 } producer || producer.Outputs[0] != at)
            {
                return null;
            }

            if (Matrices.Contains(producer.OpType))
            {
                return 2;
            }

            if (ConstantOf(at) is { } constant)
            {
                return constant.Rank;
            }

            if (producer.OpType == "Reshape")
            {
                return producer.Input(1) is { } target ? (int?)ConstantOf(target)?.Length : null;
            }

            at = LikeFirstInput.Contains(producer.OpType) ? producer.Input(0) : null;
        }

        return null;
    }

    /// <summary>The content of an initializer that nobody can replace, or of a Constant node.</summary>
    public static Tensor? ConstantOf(Value value) =>
        value.Constant ?? (value.Producer is { } producer && producer.Is("Constant") ? producer.Attribute("value")?.Value as Tensor : null);

    private static FrozenSet<string> Names(string list) => list.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
