namespace QuantBuildTasks.Engine.Profiles;

/// <summary>What the execution providers of ONNX Runtime 1.31 compute in the formats of the built-in profiles.</summary>
internal static class ProviderOperators
{
    /// <summary>Operators for which the CPU provider has an integer kernel: behind QDQ, and for LSTM com.microsoft's DynamicQuantizeLSTM.</summary>
    public static IReadOnlySet<string> CpuIntegers { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "Conv", "MatMul", "Gemm", "LSTM", "Add", "Mul", "Concat", "Split", "Sigmoid", "LeakyRelu", "Softmax",
        "AveragePool", "GlobalAveragePool", "MaxPool", "ReduceMax", "ReduceMin", "Resize",
        "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Flatten", "Gather", "GatherElements", "Tile", "Expand", "DepthToSpace",
        "Relu", "Clip",
    };

    /// <summary>
    /// Operators of ONNX with a float16 kernel in the CUDA provider from opset 13 on (ONNX Runtime, docs/OperatorKernels.md). Left out on purpose: CumSum
    /// and ReduceProd, whose intermediate results leave the range where their output does not; random numbers; Q and DQ, whose scales are part of a format.
    /// </summary>
    public static IReadOnlySet<string> CudaFloat16 { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        // Matrix products and what multiplies like them.
        "Attention", "Conv", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "RNN",

        // Element by element.
        "Abs", "Add", "Cast", "Ceil", "Clip", "Cos", "Div", "Elu", "Equal", "Erf", "Exp", "Floor", "Gelu", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish",
        "IsNaN", "LeakyRelu", "Less", "LessOrEqual", "Log", "Max", "Min", "Mod", "Mul", "Neg", "PRelu", "Pow", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid",
        "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Sub", "Sum", "Tanh", "ThresholdedRelu", "Where",

        // Over axes.
        "ArgMax", "ArgMin", "AveragePool", "BatchNormalization", "GlobalAveragePool", "GlobalMaxPool", "InstanceNormalization", "LRN", "LayerNormalization",
        "LogSoftmax", "MaxPool", "NonZero", "RMSNormalization", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
        "ReduceSum", "ReduceSumSquare", "Resize", "RotaryEmbedding", "Softmax", "TopK",

        // Moves and picks.
        "Compress", "Concat", "ConstantOfShape", "DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "OneHot", "Pad", "Reshape",
        "ReverseSequence", "ScatterElements", "ScatterND", "Slice", "SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze",
    };
}
