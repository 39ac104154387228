using QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

internal static partial class OperatorHistory
{
    /// <summary>LayerNormalization and SimplifiedLayerNormalization are ONNX Runtime's own additions to every version, in the form of version 17.</summary>
    private static IEnumerable<OperatorChange> Versions1To7() =>
    [
        .. Added(
            1,
            "Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant Conv ConvTranspose DepthToSpace Div Dropout Elu Equal Exp "
            + "Flatten Floor GRU Gather Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater HardSigmoid Hardmax Identity If InstanceNormalization LRN LSTM "
            + "LayerNormalization LeakyRelu Less Log LogSoftmax Loop LpNormalization LpPool MatMul Max MaxPool MaxRoiPool Mean Min Mul Neg Not Or PRelu Pad Pow RNN "
            + "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean "
            + "ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Selu Shape Sigmoid SimplifiedLayerNormalization Size Slice Softmax Softplus Softsign "
            + "SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Upsample Xor"),

        .. Rewritten(2, "GlobalLpPool LpPool", "`p` is an integer", "a whole number stays, another is refused; so is LpPool without `kernel_shape`", PoolOrder.ToInteger),
        .. Rewritten(2, "Pad", "`paddings` is called `pads`", "renamed", Renamed.PadsOfPad),
        .. Rewritten(2, "Split", "sizes are an attribute", "a constant input becomes `split`; a computed one is refused, and so is a missing `axis`", SplitSizes.ToAttribute),
        .. Compatible(3, "GRU"),
        .. Rewritten(4, "Concat", "`axis` has no default", "the old one, 1, is written", OldDefaults.ConcatAxis),
        .. Rewritten(5, "Reshape", "`shape` is an input", "moved to an initializer", MovedToInputs.Shape),

        .. Rewritten(
            6,
            "Abs Add BatchNormalization Ceil Clip Div Dropout Elu Exp Floor HardSigmoid InstanceNormalization LeakyRelu Log Max Mean Min Mul Neg PRelu "
            + "Reciprocal Relu Sigmoid Sqrt Sub Sum Tanh",
            "`consumed_inputs` is gone",
            "dropped",
            static at => at.Drop("consumed_inputs")),
        .. Rewritten(6, "Cast", "`to` is a number", "the name becomes the number", CastTarget.ToNumber),
        .. Rewritten(6, "Selu", "`consumed_inputs` is gone; the defaults have more digits", "dropped; old defaults are written", OldDefaults.Selu),
        .. Rewritten(6, "Tile", "`tiles` and `axis` become `repeats`", "computed where both are constant and the rank is known", TileRepeats.Apply),
        .. Compatible(6, "Gemm"),

        .. Added(7, "Acos Asin Atan Cos Multinomial Sin Tan"),
        .. Rewritten(
            7,
            "Add And Div Equal Greater Less Mul Or Pow Sub Xor",
            "`broadcast` and `axis` give way to broadcasting from the last dimension",
            "dropped; where `axis` is not the end, the second input gets dimensions of 1 behind it",
            BroadcastAxis.Apply),
        .. Rewritten(7, "PRelu", "the slope is broadcast from the last dimension, no more along the channels", "a vector gets dimensions of 1 behind it", BroadcastAxis.OfSlope),
        .. Rewritten(7, "Gemm", "`broadcast` is gone", "dropped", static at => at.Drop("broadcast")),
        .. Rewritten(7, "BatchNormalization", "`is_test` is gone", "dropped; a node that is to train is refused", BatchNormalizationForms.WithoutIsTest),
        .. Rewritten(7, "Dropout", "`is_test` is gone", "dropped: the node passes its input on", static at => at.Drop("is_test")),
        .. Rewritten(7, "GRU LSTM RNN", "`output_sequence` is gone", "dropped", static at => at.Drop("output_sequence")),
        .. Rewritten(7, "Upsample", "`height_scale` and `width_scale` become `scales`; bilinear is called linear", "rewritten", ResizeForms.ScalesOfUpsample),
        .. Compatible(7, "AveragePool"),
    ];
}
