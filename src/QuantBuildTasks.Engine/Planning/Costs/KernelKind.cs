namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>Kernels of ONNX Runtime's CPU provider that cost alike; a table has one line for each, as float32 and as integers.</summary>
internal enum KernelKind
{
    /// <summary>A convolution of images whose filters are single points, all channels with all.</summary>
    PointConv,

    /// <summary>A convolution of images with larger filters, all channels with all.</summary>
    Conv,

    /// <summary>The same where channels do not come in fours: first and last layers, for which there is no packed integer kernel.</summary>
    OddConv,

    /// <summary>The same where they do, and fewer than 16 come out: too few for a block.</summary>
    NarrowConv,

    /// <summary>One filter for each channel, which come in sixteens.</summary>
    DepthwiseConv,

    /// <summary>One filter for each channel, in other numbers.</summary>
    OddDepthwiseConv,

    /// <summary>Several groups of channels.</summary>
    GroupedConv,

    /// <summary>A convolution over one axis.</summary>
    SeriesConv,

    /// <summary>A product of matrices.</summary>
    Product,

    /// <summary>A product of one row with a matrix.</summary>
    RowProduct,

    /// <summary>An LSTM; as integers DynamicQuantizeLSTM, which takes and gives float32.</summary>
    Lstm,

    /// <summary>Add, Mul of two values of one shape, or with a number.</summary>
    Binary,

    /// <summary>Add, Mul of values of different shapes: a gate, or one number for each channel.</summary>
    Broadcast,

    /// <summary>Sigmoid, and as float32 what costs about the same: Tanh, HardSigmoid.</summary>
    Sigmoid,

    /// <summary>HardSwish where it stands alone, which ONNX Runtime computes as two nodes; always float32.</summary>
    HardSwish,

    /// <summary>Relu, Clip, LeakyRelu where they stand alone.</summary>
    Clamp,

    Softmax,

    Concat,

    MaxPool,

    AveragePool,

    GlobalAveragePool,

    Resize,

    /// <summary>Copies elements to other places: Transpose, Slice, Gather, Split.</summary>
    Move,

    /// <summary>Looks at the same elements in another shape.</summary>
    View,
}
