using System.Text.Json.Serialization;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>What one entry became for a profile, a precision and a recipe; null where it is not known.</summary>
internal sealed record ZooRow
{
    public required string Entry { get; init; }

    public required string Profile { get; init; }

    public required string Precision { get; init; }

    public required string Recipe { get; init; }

    public long? Bytes { get; init; }

    /// <summary>Float bytes ÷ artifact bytes.</summary>
    public double? Ratio { get; init; }

    /// <summary>Of <see cref="Fp32"/> and <see cref="Value"/>.</summary>
    public string? Metric { get; init; }

    public double? Fp32 { get; init; }

    /// <summary>On all validation samples.</summary>
    public double? Value { get; init; }

    /// <summary>Of the first output; null also where the outputs are equal.</summary>
    public double? SqnrDb { get; init; }

    public string? Basis { get; init; }

    [JsonPropertyName("avx2_value")]
    public double? Avx2Value { get; init; }

    [JsonPropertyName("avx2_samples")]
    public int? Avx2Samples { get; init; }

    /// <summary>Float time ÷ artifact time.</summary>
    public double? Speedup { get; init; }

    /// <summary>Share of multiply-adds in integer kernels, as seen in the graph that ONNX Runtime makes of the artifact.</summary>
    public double? IntegerShare { get; init; }

    /// <summary>Constants that are dequantized at every inference, seen in the same graph; 0 where all is well.</summary>
    public int? UnfusedWeights { get; init; }

    /// <summary>Of quantizing, without measuring and without the start of the process.</summary>
    public double? Seconds { get; init; }

    /// <summary>Of one float32 pass over the calibration data: batches of 8, two threads, the mean of one before and one after.</summary>
    [JsonPropertyName("fp32_pass_seconds")]
    public double? FloatPassSeconds { get; init; }

    /// <summary>Peak memory of the process that quantizes, until it begins to measure.</summary>
    public double? PeakMb { get; init; }

    /// <summary>Relative to the output folder.</summary>
    public string? Artifact { get; init; }

    public string? Error { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(List<ZooRow>))]
[JsonSerializable(typeof(ChildTask))]
[JsonSerializable(typeof(ChildAnswer))]
internal sealed partial class ZooJson : JsonSerializerContext;
