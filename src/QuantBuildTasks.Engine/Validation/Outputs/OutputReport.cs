namespace QuantBuildTasks.Engine.Validation.Outputs;

/// <summary>How one output of the artifact stands against the float model's, whatever the metrics.</summary>
/// <param name="Name">The output.</param>
/// <param name="SqnrDb">Over all samples at once; NaN where the two had different sizes for some sample, as lists of detections may.</param>
internal sealed record OutputReport(string Name, double SqnrDb)
{
    /// <summary>The sample that quantization changed most, by SQNR; null where the output has no row for each sample.</summary>
    public SampleValue? WorstSqnrDb { get; init; }

    /// <summary>Mean over the samples of the cosine; null where the output has no row for each sample.</summary>
    public double? Cosine { get; init; }

    /// <summary>The sample whose output turned most; null where the output has no row for each sample.</summary>
    public SampleValue? WorstCosine { get; init; }

    /// <summary>Elements that are NaN or infinite in the artifact where float32 has a finite number.</summary>
    public long NonFinite { get; init; }
}

/// <summary>A value of one sample.</summary>
/// <param name="Sample">Its place in the validation data, from 0.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct SampleValue(int Sample, double Value);
