namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>How an image comes to the size that is asked for.</summary>
internal enum ImageFit
{
    /// <summary>Width and height are scaled on their own; proportions are not kept.</summary>
    Stretch,

    /// <summary>Scaled until it covers the size; what stands out is cut off on both sides.</summary>
    Cover,

    /// <summary>Scaled until it lies inside; the rest is filled with <see cref="Preprocessing.Pad"/> on both sides.</summary>
    Contain,
}

/// <summary>Order of the axes behind the batch.</summary>
internal enum ImageLayout
{
    /// <summary>[N, channels, height, width].</summary>
    Nchw,

    /// <summary>[N, height, width, channels].</summary>
    Nhwc,

    /// <summary>[N, height, width] of a grey image.</summary>
    Nhw,
}

/// <summary>Which channels, in which order.</summary>
internal enum ColourOrder
{
    Rgb,
    Bgr,

    /// <summary>One channel: luma.</summary>
    Gray,
}

/// <summary>
/// What an app does with an image before it feeds the model, in this order: colours, <see cref="Shorter"/>, <see cref="CropWidth"/>, <see cref="Width"/>,
/// then each value x becomes (x · <see cref="Scale"/> ÷ <see cref="ScaleDivisor"/> − mean) ÷ std in float32.
/// </summary>
internal sealed record Preprocessing
{
    /// <summary>Columns in the end; null: as the model's input demands.</summary>
    public int? Width { get; init; }

    /// <summary>Rows in the end; null exactly where <see cref="Width"/> is.</summary>
    public int? Height { get; init; }

    public ResizeFilter Filter { get; init; } = ResizeFilter.Bilinear;

    /// <summary>Before anything else the shorter side gets this length, the other in proportion, rounded down; null: left out.</summary>
    public int? Shorter { get; init; }

    /// <summary>Columns of the middle that is kept; null: all.</summary>
    public int? CropWidth { get; init; }

    /// <summary>Rows of the middle that is kept; null exactly where <see cref="CropWidth"/> is.</summary>
    public int? CropHeight { get; init; }

    public ImageFit Fit { get; init; } = ImageFit.Stretch;

    /// <summary>Colour around an image that is fitted by <see cref="ImageFit.Contain"/>, one value or one for each channel (red first).</summary>
    public IReadOnlyList<byte> Pad { get; init; } = [0];

    public float Scale { get; init; } = 1;

    /// <summary>A divisor of its own, since x ÷ 255 and x · (1 ÷ 255) differ in the last bit.</summary>
    public float ScaleDivisor { get; init; } = 1;

    /// <summary>One for all channels or one for each, in the order in which the model takes them; after scaling.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0];

    /// <summary>Like <see cref="Mean"/>; none is 0.</summary>
    public IReadOnlyList<float> Std { get; init; } = [1];

    /// <summary>Null: as the model's shape shows.</summary>
    public ImageLayout? Layout { get; init; }

    /// <summary>Null: red, green, blue, or grey where the model takes one channel.</summary>
    public ColourOrder? Colour { get; init; }

    /// <summary>Whether values are more than moved: then they are no longer bytes.</summary>
    public bool ChangesValues => Scale != ScaleDivisor || Mean.Any(m => m != 0) || Std.Any(s => s != 1);
}
