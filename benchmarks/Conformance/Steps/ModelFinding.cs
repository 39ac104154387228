namespace QuantBuildTasks.Conformance.Steps;

/// <summary>How a step ended.</summary>
internal enum Verdict
{
    Passes,

    /// <summary>There is nothing to do: no operator that runs as integers, no weight worth storing (QBT2001).</summary>
    NothingToDo,

    /// <summary>It does not pass, for a reason that is not ours: ONNX Runtime has no kernel, the outputs are random.</summary>
    Excused,

    /// <summary>A defect of ours.</summary>
    Fails,
}

/// <summary>The end of one step with one model.</summary>
/// <param name="Verdict">How it ended.</param>
/// <param name="Reason">Why it does not pass, the same words for all models with the same reason; null where it passes.</param>
internal sealed record StepResult(Verdict Verdict, string? Reason)
{
    public static StepResult Passes { get; } = new(Verdict.Passes, null);

    public static StepResult NothingToDo(string reason) => new(Verdict.NothingToDo, reason);

    public static StepResult Excused(string reason) => new(Verdict.Excused, reason);

    public static StepResult Fails(string reason) => new(Verdict.Fails, reason);
}

/// <summary>What was found about one model.</summary>
internal sealed record ModelFinding
{
    public required string Model { get; init; }

    /// <summary>The version of the default domain's operator set.</summary>
    public long Opset { get; init; }

    /// <summary>The operators of the graph and its subgraphs, each once, with the domain in front where it is not the default one.</summary>
    public IReadOnlyList<string> Operators { get; init; } = [];

    /// <summary>The file that is written says what the file that was read says.</summary>
    public required StepResult Saved { get; init; }

    /// <summary>ONNX Runtime gives the outputs that ship with the model.</summary>
    public required StepResult Runs { get; init; }

    /// <summary>What is written gives the outputs of what was read, bit for bit.</summary>
    public required StepResult RunsAfterSave { get; init; }

    /// <summary>By target: the upgraded model gives the same outputs.</summary>
    public SortedDictionary<long, StepResult> Upgraded { get; init; } = [];

    /// <summary>Weights that were inputs and became constants.</summary>
    public int FixedWeights { get; init; }

    /// <summary>By what was made.</summary>
    public IReadOnlyDictionary<string, QuantizedFinding> Quantized { get; init; } = new Dictionary<string, QuantizedFinding>();

    /// <summary>Every step with its name.</summary>
    public IEnumerable<(string Step, StepResult Result)> Steps() =>
    [
        ("load and save", Saved),
        ("run", Runs),
        ("run after load and save", RunsAfterSave),
        .. Upgraded.Select(u => ($"run after an upgrade to {u.Key}", u.Value)),
        .. Quantized.OrderBy(q => q.Key, StringComparer.Ordinal).Select(q => ($"quantize, {q.Key}", q.Value.Result)),
    ];

    /// <summary>A model that the process died of.</summary>
    public static ModelFinding Died(string model, string how) =>
        new() { Model = model, Saved = StepResult.Fails(how), Runs = StepResult.Fails(how), RunsAfterSave = StepResult.Fails(how) };
}

/// <summary>What quantizing made of a model.</summary>
internal sealed record QuantizedFinding(StepResult Result)
{
    /// <summary>Counts of the artifact by operator; empty where there is none.</summary>
    public IReadOnlyList<OperatorCount> Operators { get; init; } = [];

    /// <summary>The largest difference to the float32 outputs ÷ the largest magnitude in the tensor; of all outputs.</summary>
    public double Error { get; init; }
}

/// <summary>Nodes of one operator in an artifact.</summary>
/// <param name="Operator">Its type.</param>
/// <param name="Nodes">How many the prepared float model has.</param>
/// <param name="Integer">How many of them ONNX Runtime computes with an integer kernel.</param>
/// <param name="Stored">Their weights that are stored as int8 and computed with as float32.</param>
internal sealed record OperatorCount(string Operator, int Nodes, int Integer, int Stored);
