using QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

internal static partial class OperatorHistory
{
    private static IEnumerable<OperatorChange> Versions14To23() =>
    [
        .. Added(14, "HardSwish Trilu"),
        .. Rewritten(14, "BatchNormalization", "other outputs for training", "outputs that nothing reads go; others are refused", BatchNormalizationForms.WithoutTrainingOutputs),
        .. Compatible(14, "Add CumSum Div GRU Identity LSTM Mul RNN Relu Reshape Sub"),

        .. Added(15, "Bernoulli CastLike Optional OptionalGetElement OptionalHasElement"),
        .. Compatible(15, "BatchNormalization Pow Shape"),

        .. Added(16, "GridSample"),
        .. Rewritten(16, "RoiAlign", "coordinates are moved by half a pixel", "the old meaning is written: output_half_pixel", OldDefaults.RoiAlignCoordinates),
        .. Compatible(16, "GreaterOrEqual Identity If LeakyRelu LessOrEqual Loop PRelu Scan ScatterElements ScatterND Where"),

        .. Added(17, "BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT SequenceMap"),
        .. Compatible(17, "LayerNormalization"),

        .. Added(18, "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization Mish"),
        .. Rewritten(18, ReductionsButSum, "`axes` is an input", "moved to an initializer", MovedToInputs.Axes),
        .. Rewritten(18, "Split", "without sizes `num_outputs` says how many parts", "the number of outputs is written", SplitSizes.CountOutputs),
        .. Compatible(18, "LpPool OptionalGetElement OptionalHasElement Pad Resize ScatterElements ScatterND"),

        .. Added(19, "DeformConv"),
        .. Compatible(19, "AveragePool Cast CastLike Constant DequantizeLinear Equal Identity If Loop Pad QuantizeLinear Reshape Resize Scan Shape Size"),

        .. Added(20, "AffineGrid Gelu ImageDecoder RegexFullMatch StringConcat StringSplit"),
        .. Rewritten(20, "DFT", "`axis` is an input", "moved to an initializer; the old default, 1, too", MovedToInputs.DftAxis),
        .. Rewritten(20, "GridSample", "bilinear and bicubic are called linear and cubic", "renamed", Renamed.GridSampleMode),
        .. Compatible(20, "ConstantOfShape IsInf IsNaN ReduceMax ReduceMin"),

        .. Rewritten(21, "GroupNormalization", "scale and bias have one number for each channel, no more for each group", "each is repeated", GroupNormalizationScale.Apply),
        .. Compatible(
            21,
            "Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QLinearMatMul QuantizeLinear Reshape Scan Shape Size Squeeze "
            + "Transpose Unsqueeze"),

        .. Compatible(
            22,
            "Acos Acosh Asin Asinh Atan Atanh AveragePool Bernoulli Conv ConvTranspose Cos Cosh DeformConv Det Dropout Elu EyeLike GRU GlobalAveragePool "
            + "GlobalLpPool GlobalMaxPool GridSample HardSigmoid HardSwish InstanceNormalization LSTM LpNormalization LpPool MaxPool MaxRoiPool MaxUnpool Mish "
            + "Multinomial NegativeLogLikelihoodLoss RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike RoiAlign Round Selu Sin Sinh Softplus "
            + "Softsign Tan ThresholdedRelu"),

        .. Added(23, "Attention RMSNormalization RotaryEmbedding"),
        .. Compatible(
            23,
            "Cast CastLike Constant ConstantOfShape DequantizeLinear Flatten Identity If Loop Pad QuantizeLinear Reshape Scan Shape Size Squeeze Transpose Unsqueeze"),
    ];
}
