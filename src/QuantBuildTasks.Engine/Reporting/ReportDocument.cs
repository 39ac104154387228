namespace QuantBuildTasks.Engine.Reporting;

/// <summary>Everything that is known about one run of one model, as report.json holds it. Holds no time, host name or absolute path.</summary>
internal sealed record ReportDocument
{
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The model as the user wrote it.</summary>
    public required string Model { get; init; }

    public required long FloatBytes { get; init; }

    public required ReportSettings Settings { get; init; }

    public required IReadOnlyList<ReportVariant> Variants { get; init; }

    public required IReadOnlyList<ReportFinding> Findings { get; init; }
}

/// <summary>What was asked.</summary>
internal sealed record ReportSettings
{
    public required IReadOnlyList<string> Profiles { get; init; }

    public required string Precision { get; init; }

    public required string Recipe { get; init; }

    /// <summary>Null: chosen by the data and the output.</summary>
    public required string? Metric { get; init; }

    public required double? MinCompression { get; init; }

    public required double? MaxLatencyRatio { get; init; }

    public required IReadOnlyList<string> KeepFloat { get; init; }

    /// <summary>As users write them: <c>sr=16000</c>.</summary>
    public required IReadOnlyList<string> PinnedInputs { get; init; }

    /// <summary>File names without folders.</summary>
    public required IReadOnlyList<string> CalibrationData { get; init; }

    /// <summary>File names without folders; empty: a part of the calibration data.</summary>
    public required IReadOnlyList<string> ValidationData { get; init; }
}

/// <summary>The outcome for one profile. Values that do not exist are null; an SQNR of equal outputs is the string <c>Infinity</c>.</summary>
internal sealed record ReportVariant
{
    public required string Profile { get; init; }

    /// <summary>The result line.</summary>
    public required string Summary { get; init; }

    public required long Bytes { get; init; }

    /// <summary>What a session holds of it: weights stored as int8 and computed with as float32 take their float32 size there.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Of the artifact, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Float bytes ÷ artifact bytes.</summary>
    public required double Compression { get; init; }

    /// <summary>The first metric; <see cref="Others"/> has the rest.</summary>
    public required string Metric { get; init; }

    /// <summary>The output that it looked at.</summary>
    public required string? Output { get; init; }

    public required double? FloatValue { get; init; }

    public required double? Value { get; init; }

    public required double? Drop { get; init; }

    public required ReportInterval? DropInterval { get; init; }

    public required int Samples { get; init; }

    public required double? SqnrDb { get; init; }

    /// <summary>Float time ÷ artifact time.</summary>
    public required double? Speedup { get; init; }

    /// <summary>Time to open the artifact ÷ time to open the float model.</summary>
    public required double? LoadRatio { get; init; }

    /// <summary>Share of multiply-adds in integer kernels.</summary>
    public required double IntegerShare { get; init; }

    public required string Basis { get; init; }

    /// <summary>Null where no emulator ran.</summary>
    public required ReportEmulation? Emulation { get; init; }

    public required ReportVerdict Verdict { get; init; }

    /// <summary>Null where the recipe makes one candidate only.</summary>
    public required ReportSearch? Search { get; init; }

    public required IReadOnlyList<ReportMetric> Others { get; init; }

    /// <summary>Every output that holds numbers, whatever the metrics.</summary>
    public required IReadOnlyList<ReportOutput> Outputs { get; init; }

    /// <summary>Elements of all outputs that are NaN or infinite where float32 has a finite number.</summary>
    public required long NonFinite { get; init; }

    /// <summary>The layers that lose most first.</summary>
    public required IReadOnlyList<ReportLayer> Layers { get; init; }

    public required IReadOnlyList<ReportNode> Nodes { get; init; }

    public required IReadOnlyList<ReportActivation> Activations { get; init; }

    public required IReadOnlyList<ReportWeight> Weights { get; init; }

    public required IReadOnlyList<ReportStoredWeight> StoredWeights { get; init; }
}

/// <summary>A metric beside the first.</summary>
internal sealed record ReportMetric
{
    public required string Metric { get; init; }

    public required string Output { get; init; }

    public required double? FloatValue { get; init; }

    public required double? Value { get; init; }

    public required double? Drop { get; init; }

    public required ReportInterval? DropInterval { get; init; }

    public required int Samples { get; init; }

    public required ReportVerdict Verdict { get; init; }
}

/// <summary>One output against float32's. Null: it has no row for each sample, or other sizes than float32's.</summary>
internal sealed record ReportOutput
{
    public required string Name { get; init; }

    /// <summary>Over all samples at once.</summary>
    public required double? SqnrDb { get; init; }

    public required ReportSample? WorstSqnrDb { get; init; }

    /// <summary>Mean over the samples.</summary>
    public required double? Cosine { get; init; }

    public required ReportSample? WorstCosine { get; init; }

    public required long NonFinite { get; init; }
}

/// <param name="Sample">Its place in the validation data, from 0.</param>
/// <param name="Value">What was measured of it.</param>
internal sealed record ReportSample(int Sample, double? Value);

/// <summary>A 95 % interval in the metric's unit.</summary>
internal sealed record ReportInterval(double? Low, double? High);

/// <param name="Outcome"><c>passed</c>, <c>regressed</c> or <c>tooFewSamples</c>.</param>
/// <param name="Limit">As users write it in <c>MaxDrop</c>.</param>
/// <param name="Explanation">What was compared with what.</param>
internal sealed record ReportVerdict(string Outcome, string Limit, string Explanation);

/// <summary>What an emulator of the profile's processors gave, beside the run of the same artifact on this machine.</summary>
/// <param name="Samples">How many were tried.</param>
/// <param name="LeastSure">Those of them that were chosen because float32 is least sure of them; the others are random.</param>
/// <param name="End">Why no more were tried: <c>decided</c>, <c>sampleBudget</c>, <c>timeBudget</c> or <c>allSamples</c>.</param>
/// <param name="Identical">Samples whose outputs are equal bit for bit.</param>
/// <param name="DecisionsApart">Samples whose largest output is another; null where outputs are no scores.</param>
/// <param name="GreatestDifference">Of all outputs.</param>
/// <param name="NativeValue">The metric on the samples tried, on this machine.</param>
/// <param name="EmulatedValue">The metric on the samples tried, under the emulator.</param>
/// <param name="Explanation">What the gate makes of it.</param>
internal sealed record ReportEmulation(
    int Samples, int LeastSure, string End, int Identical, int? DecisionsApart, double? GreatestDifference, double? NativeValue, double? EmulatedValue, string Explanation);

/// <summary>What a search tried; docs/search.md explains what it weighs.</summary>
/// <param name="Samples">Calibration samples that were held out, and that candidates were measured on.</param>
/// <param name="Probes">Inner tensors and weights whose noise was measured one by one.</param>
/// <param name="TargetDb">Up to this signal to noise ratio accuracy has a price.</param>
/// <param name="ValidationLooks">How often the validation data was looked at: once, for the verdict on the candidate that was taken.</param>
/// <param name="Taken">The place of the candidate that was taken, from 0.</param>
/// <param name="Reason">Why.</param>
/// <param name="Candidates">In the order in which they were tried.</param>
internal sealed record ReportSearch(int Samples, int Probes, double TargetDb, int ValidationLooks, int Taken, string Reason, IReadOnlyList<ReportCandidate> Candidates);

/// <param name="What">What it leaves float32.</param>
/// <param name="SqnrDb">Of the worst output, on the held-out samples; the string <c>Infinity</c> where nothing changed.</param>
/// <param name="HoldsGate">Whether the limits hold there.</param>
/// <param name="EstimatedTime">Time ÷ float32's, by the cost model; null of a float16 one.</param>
/// <param name="Bytes">Size of the artifact.</param>
/// <param name="Cost">What the search lessens.</param>
internal sealed record ReportCandidate(string What, double? SqnrDb, bool HoldsGate, double? EstimatedTime, long Bytes, double? Cost);

internal sealed record ReportLayer(string Node, double? SqnrDb, double? LossDb);

/// <param name="Node">Its name.</param>
/// <param name="OpType">Its operator.</param>
/// <param name="Precision"><c>float32</c>, <c>integer</c> or <c>followsInput</c>.</param>
/// <param name="Reason">Why it stays float32.</param>
/// <param name="MultiplyAdds">For one sample.</param>
internal sealed record ReportNode(string Node, string OpType, string Precision, string? Reason, long MultiplyAdds);

internal sealed record ReportActivation(string Value, string Type, float Scale, int ZeroPoint);

internal sealed record ReportWeight(string Node, int Input, string Type, int? Axis, int ZeroPoint, IReadOnlyList<float> Scales);

/// <summary>A weight that is stored smaller and computed with as float32.</summary>
/// <param name="Value">Its name.</param>
/// <param name="Graph">0 for the main graph, else the place of the branch or body among all, outermost first.</param>
/// <param name="Type"><c>Int8</c> for weights, <c>Float16</c> for biases.</param>
/// <param name="Elements">How many numbers it holds.</param>
/// <param name="FirstAxis">The first of the axes along which scales differ.</param>
/// <param name="LastAxis">The last of them; before the first where one scale serves all.</param>
/// <param name="Nodes">Who computes with it.</param>
/// <param name="Scales">One for each group; none for float16.</param>
internal sealed record ReportStoredWeight(
    string Value, int Graph, string Type, long Elements, int FirstAxis, int LastAxis, IReadOnlyList<string> Nodes, IReadOnlyList<float> Scales);

internal sealed record ReportFinding(string Severity, string Code, string? Profile, string Text);
