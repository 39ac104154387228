using System.Text.Json.Serialization;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>What one entry became for a profile, a precision and a recipe; null where it is not known.</summary>
internal sealed record ZooRow
{
    public required string Entry { get; init; }

    public required string Profile { get; init; }

    public required string Precision { get; init; }

    public required string Recipe { get; init; }

    /// <summary>Samples that it was calibrated with; null where they are the entry's own, once each.</summary>
    public int? RepeatedSamples { get; init; }

    public long? Bytes { get; init; }

    /// <summary>Of the float model's file.</summary>
    [JsonPropertyName("fp32_bytes")]
    public long? FloatBytes { get; init; }

    /// <summary>Constants in the graph that ONNX Runtime computes with: what was stored small has been unfolded there.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The same of the float model.</summary>
    [JsonPropertyName("fp32_memory_bytes")]
    public long? FloatMemoryBytes { get; init; }

    /// <summary>Float bytes ÷ artifact bytes.</summary>
    public double? Ratio { get; init; }

    /// <summary>Of <see cref="Fp32"/> and <see cref="Value"/>.</summary>
    public string? Metric { get; init; }

    public double? Fp32 { get; init; }

    /// <summary>On all validation samples.</summary>
    public double? Value { get; init; }

    /// <summary>Samples that <see cref="Value"/> was measured on.</summary>
    public int? Samples { get; init; }

    /// <summary>Lower end of the 95 % interval of the drop against float32, in the metric's unit; null where the metric has none.</summary>
    public double? DropLow { get; init; }

    public double? DropHigh { get; init; }

    /// <summary>Of the first output; null also where the outputs are equal.</summary>
    public double? SqnrDb { get; init; }

    public string? Basis { get; init; }

    /// <summary>Of <c>x64-avx2</c> on the samples that were emulated.</summary>
    [JsonPropertyName("avx2_value")]
    public double? Avx2Value { get; init; }

    [JsonPropertyName("avx2_samples")]
    public int? Avx2Samples { get; init; }

    /// <summary>Samples that ran under an emulator of the profile's processors.</summary>
    public int? EmulatedSamples { get; init; }

    /// <summary>Of those the ones whose output is that of this machine bit for bit.</summary>
    public int? EmulatedIdentical { get; init; }

    /// <summary>Of those the ones whose largest output is another than on this machine.</summary>
    public int? EmulatedDecisionsApart { get; init; }

    /// <summary>The metric on those samples under the emulator.</summary>
    public double? EmulatedValue { get; init; }

    /// <summary>The metric on the same samples on this machine.</summary>
    public double? EmulatedNativeValue { get; init; }

    /// <summary>What kind of processor times and memory were measured on; of accuracy and size it changes nothing.</summary>
    public string? Processor { get; init; }

    /// <summary>Float time ÷ artifact time.</summary>
    public double? Speedup { get; init; }

    /// <summary>Time to open the artifact ÷ time to open the float model.</summary>
    public double? LoadRatio { get; init; }

    /// <summary>Share of multiply-adds in integer kernels, as seen in the graph that ONNX Runtime makes of the artifact.</summary>
    public double? IntegerShare { get; init; }

    /// <summary>Constants that are dequantized at every inference, seen in the same graph; 0 where all is well.</summary>
    public int? UnfusedWeights { get; init; }

    /// <summary>Of quantizing, without measuring the result and without the start of the process.</summary>
    public double? Seconds { get; init; }

    /// <summary>The same by stage of the pipeline, with what measures the result.</summary>
    public IReadOnlyDictionary<string, double>? StageSeconds { get; init; }

    /// <summary>Of one float32 pass over the calibration data: batches of 8, two threads, the mean of one before and one after.</summary>
    [JsonPropertyName("fp32_pass_seconds")]
    public double? FloatPassSeconds { get; init; }

    /// <summary>Peak memory of the process that quantizes, until it begins to measure.</summary>
    public double? PeakMb { get; init; }

    /// <summary>The same until the ranges are known: conditioning and calibrating. Null where nothing is calibrated.</summary>
    public double? CalibrationPeakMb { get; init; }

    /// <summary>Peak memory of a process that only runs the float model over the calibration data; the smaller of two runs.</summary>
    [JsonPropertyName("fp32_peak_mb")]
    public double? FloatPeakMb { get; init; }

    /// <summary>What the float32 activations of one batch take.</summary>
    public double? ActivationsMb { get; init; }

    /// <summary>Relative to the output folder.</summary>
    public string? Artifact { get; init; }

    public string? Error { get; init; }

    /// <summary>Seconds of quantizing ÷ seconds of one float32 pass over the same data.</summary>
    [JsonIgnore]
    public double? Passes => Seconds / FloatPassSeconds;

    /// <summary>What one row has in common with another that replaces it.</summary>
    [JsonIgnore]
    public (string Entry, string Profile, string Precision, string Recipe, int? RepeatedSamples) Key => (Entry, Profile, Precision, Recipe, RepeatedSamples);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(List<ZooRow>))]
[JsonSerializable(typeof(ChildTask))]
[JsonSerializable(typeof(ChildAnswer))]
internal sealed partial class ZooJson : JsonSerializerContext;
