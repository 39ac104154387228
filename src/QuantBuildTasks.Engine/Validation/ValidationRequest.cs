using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>What is to be compared, and how.</summary>
internal sealed record ValidationRequest
{
    /// <summary>The ONNX file that the artifact was made from.</summary>
    public required StoredModel FloatModel { get; init; }

    /// <summary>Size of the file that the user has, where <see cref="FloatModel"/> was made from it; null: that of <see cref="FloatModel"/>.</summary>
    public long? FloatBytes { get; init; }

    /// <summary>The ONNX file of the quantized model.</summary>
    public required StoredModel Artifact { get; init; }

    public required Dataset Data { get; init; }

    /// <summary>What is measured, at least one; the first is the one that result lines show.</summary>
    public IReadOnlyList<MetricRequest> Metrics { get; init; } = MetricRequest.Default;

    /// <summary>Samples per inference.</summary>
    public int BatchSize { get; init; } = 50;

    /// <summary>Batches that run side by side, each on one thread, in the same two sessions; the report does not depend on their number.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Goes into the report: share of multiply-adds in integer kernels.</summary>
    public required double IntegerShare { get; init; }

    /// <summary>Goes into the report: in whose arithmetic the sessions run.</summary>
    public string Basis { get; init; } = "native";

    /// <summary>Whether the artifact's session must add exactly what the host's kernels would not (<see cref="Inference.SessionSettings.ExactSums"/>).</summary>
    public bool ExactSums { get; init; }

    public bool MeasureLatency { get; init; } = true;

    /// <summary>What messages call the model.</summary>
    public string? DisplayPath { get; init; }

    /// <summary>Told the share of samples seen, 0…1, from any thread.</summary>
    public Action<double>? Progress { get; init; }
}
