using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Pinning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>Which number formats may be used.</summary>
internal enum Precision
{
    /// <summary>Whatever serves the profile best.</summary>
    Auto,

    /// <summary>Integer arithmetic where the execution provider has it.</summary>
    Int8,

    /// <summary>Weights are stored as int8 and computed with as float32: the same result on every processor, at float speed.</summary>
    Int8Weights,

    /// <summary>The model is measured and embedded as it is.</summary>
    None,
}

/// <summary>How hard to try.</summary>
internal enum Recipe
{
    /// <summary>Ranges are the observed minimum and maximum.</summary>
    Fast,

    /// <summary>The range of each tensor is the one with the least quantization error over its histogram.</summary>
    Balanced,

    /// <summary>Balanced, and a search for the layers that gain less as integers than they lose (docs/search.md).</summary>
    Careful,

    /// <summary>Balanced where that is good enough on a part of the calibration data; else careful.</summary>
    Auto,
}

/// <summary>One model to quantize, for one or more profiles. Everything is checked and absolute; defaults are filled in.</summary>
internal sealed record QuantJob
{
    /// <summary>Absolute path of the float model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The path as the user wrote it; what messages call the model.</summary>
    public required string DisplayPath { get; init; }

    /// <summary>Absolute path of the float model that an already quantized one is compared with; null: the model itself.</summary>
    public string? ReferencePath { get; init; }

    /// <summary>The same as the user wrote it.</summary>
    public string? ReferenceDisplayPath { get; init; }

    public required IReadOnlyList<HardwareProfile> Profiles { get; init; }

    /// <summary>Absolute paths of .npz or .npy files and of folders of images; together they are one data set.</summary>
    public required IReadOnlyList<string> CalibrationData { get; init; }

    /// <summary>Absolute paths; empty: one calibration sample of five.</summary>
    public IReadOnlyList<string> ValidationData { get; init; } = [];

    /// <summary>What becomes of images; null: nothing, which suits models that take bytes.</summary>
    public Preprocessing? Preprocess { get; init; }

    public Precision Precision { get; init; } = Precision.Auto;

    public Recipe Recipe { get; init; } = Recipe.Balanced;

    /// <summary>What is measured, at least one; the first is the one that result lines show.</summary>
    public IReadOnlyList<MetricRequest> Metrics { get; init; } = MetricRequest.Default;

    /// <summary>Whether too few samples to be sure are an error.</summary>
    public bool Strict { get; init; }

    /// <summary>Float bytes ÷ artifact bytes must reach this, or null.</summary>
    public double? MinCompression { get; init; }

    /// <summary>Artifact time ÷ float time must not exceed this, or null.</summary>
    public double? MaxLatencyRatio { get; init; }

    /// <summary>Node names or operator types with <c>*</c> and <c>?</c>; what matches stays float32.</summary>
    public IReadOnlyList<string> KeepFloat { get; init; } = [];

    /// <summary>Samples per inference; null: 8 for calibration, 50 for validation.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Axis of the batch by input name, null for an input without one; inputs not named have it on axis 0.</summary>
    public IReadOnlyDictionary<string, int?> BatchAxes { get; init; } = new Dictionary<string, int?>();

    /// <summary>Inputs and symbolic sizes of inputs that the artifact has no longer, with the values that they keep.</summary>
    public IReadOnlyList<Pin> PinnedInputs { get; init; } = [];

    /// <summary>How processors that this machine has not are emulated.</summary>
    public EmulationSettings Emulation { get; init; } = new();

    /// <summary>Absolute path of a folder that may be made: weights that are too large for memory lie below it while the job runs.</summary>
    public string WorkFolder { get; init; } = Path.GetTempPath();

    /// <summary>Models of more bytes than this, with what they name outside, leave their weights in files.</summary>
    public long LargestInMemory { get; init; } = StoredModel.LargestWhole;

    /// <summary>Threads of what the result does not depend on; 0: all cores.</summary>
    public int Threads { get; init; }
}
