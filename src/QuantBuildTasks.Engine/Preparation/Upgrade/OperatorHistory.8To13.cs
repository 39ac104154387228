using QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

internal static partial class OperatorHistory
{
    private const string ReductionsButSum = "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare";

    private static IEnumerable<OperatorChange> Versions8To13() =>
    [
        .. Added(8, "Expand Scan"),
        .. Compatible(8, "Max MaxPool Mean Min Sum"),

        .. Added(
            9,
            "Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool MeanVarianceNormalization NonZero OneHot Scatter Shrink Sign Sinh "
            + "TfIdfVectorizer Where"),
        .. Rewritten(9, "BatchNormalization", "`spatial` is gone", "dropped; with `spatial=0` the formula in elementwise operators", BatchNormalizationForms.WithoutSpatial),
        .. Rewritten(9, "Scan", "no batch dimension, no sequence lengths", "Squeeze and Unsqueeze around it where the batch is 1, else refused", ScanBatch.Apply),
        .. Rewritten(9, "Upsample", "`scales` is an input", "moved to an initializer", ResizeForms.ScalesToInput),
        .. Compatible(9, "Cast Constant Flatten Gemm Greater Less MatMul PRelu"),

        .. Added(
            10,
            "ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv QLinearMatMul QuantizeLinear Resize ReverseSequence RoiAlign "
            + "StringNormalizer ThresholdedRelu"),
        .. Rewritten(10, "Dropout", "the mask is boolean", "a mask that is read is cast back", DropoutForms.MaskToBool),
        .. Rewritten(10, "Slice", "`starts`, `ends` and `axes` are inputs", "moved to initializers", MovedToInputs.Slice),
        .. Rewritten(10, "TopK", "`k` is an input", "moved to an initializer", MovedToInputs.TopK),
        .. Replaced(10, "Upsample", "the operator is gone", "Resize", ResizeForms.UpsampleToResize),
        .. Compatible(10, "AveragePool MaxPool"),

        .. Added(
            11,
            "BitShift ConcatFromSequence CumSum Det DynamicQuantizeLinear GatherElements GatherND Range Round ScatterElements ScatterND SequenceAt SequenceConstruct "
            + "SequenceEmpty SequenceErase SequenceInsert SequenceLength SplitToSequence Unique"),
        .. Rewritten(11, "Clip", "`min` and `max` are inputs", "moved to initializers of the input's type", MovedToInputs.ClipLimits),
        .. Rewritten(11, "Pad", "`pads` and `value` are inputs", "moved to initializers, the value in the input's type", MovedToInputs.Pad),
        .. Rewritten(
            11,
            "Resize",
            "regions and sizes as inputs; the coordinates are those of pixel centres",
            "asymmetric coordinates; nearest rounds down where a dimension grows and up where one shrinks, as ONNX Runtime does: two nodes where both happen",
            ResizeForms.Asymmetric),
        .. Replaced(11, "Scatter", "the operator is gone", "ScatterElements", Renamed.Scatter),
        .. Compatible(
            11,
            "ArgMax ArgMin AveragePool Compress Concat Constant Conv ConvTranspose DepthToSpace Equal Flatten Gather Gemm Hardmax If LogSoftmax Loop LpPool MaxPool "
            + "MaxUnpool NonMaxSuppression OneHot ReduceSum Scan Slice Softmax Split Squeeze TopK Unsqueeze " + ReductionsButSum),

        .. Added(12, "Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"),
        .. Rewritten(12, "Dropout", "`ratio` is an input", "moved to an initializer", DropoutForms.RatioToInput),
        .. Compatible(12, "ArgMax ArgMin Clip Constant GatherND Max MaxPool Min Pow ReduceMax ReduceMin"),

        .. Rewritten(
            13,
            "Hardmax LogSoftmax Softmax",
            "works along one axis, no more over all from it on",
            "the axis is written where that is the same, else Flatten before and Reshape behind",
            SoftmaxAxis.Apply),
        .. Rewritten(13, "ReduceSum Squeeze Unsqueeze", "`axes` is an input", "moved to an initializer", MovedToInputs.Axes),
        .. Rewritten(13, "Split", "`split` is an input", "moved to an initializer", SplitSizes.ToInput),
        .. Compatible(
            13,
            "Abs Add ArgMax ArgMin Cast Ceil Clip Concat Constant DepthToSpace DequantizeLinear Div Dropout Equal Erf Exp Expand Flatten Floor Gather "
            + "GatherElements GatherND Gemm Greater Identity If IsNaN LRN Less Log Loop MatMul Max Mean MeanVarianceNormalization Min Mod Mul Neg "
            + "NegativeLogLikelihoodLoss NonZero Pad Pow QuantizeLinear Reciprocal Relu Reshape Resize ScatterElements ScatterND Shape Sigmoid Sign Size Slice "
            + "SoftmaxCrossEntropyLoss SpaceToDepth Sqrt Sub Sum Tanh Tile Transpose " + ReductionsButSum),
    ];
}
