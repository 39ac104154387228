namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>What integer arithmetic means for a kind of operator.</summary>
internal enum OperatorKind
{
    /// <summary>Multiplies with a stored weight: where the time goes. Runs as integers wherever the kernel allows.</summary>
    Weighted,

    /// <summary>Computes on activations alone: worth it only between integers, since a conversion costs as much as the operator.</summary>
    Arithmetic,

    /// <summary>Moves or picks values: input and outputs share one format.</summary>
    Mover,

    /// <summary>Bounds its input: disappears into the saturation of its producer's output format.</summary>
    Clamp,

    /// <summary>Takes and gives float32 and finds the ranges of what it reads whenever it runs: no format, no calibration. Runs as integers wherever that is faster.</summary>
    Dynamic,
}

/// <summary>How one node would run as integers.</summary>
internal sealed record NodeRole
{
    public required OperatorKind Kind { get; init; }

    /// <summary>Positions of the inputs that are activations (constants among them become 8-bit constants).</summary>
    public required IReadOnlyList<int> DataInputs { get; init; }

    /// <summary>Position of the stored weight, or null.</summary>
    public int? WeightInput { get; init; }

    /// <summary>The weight's axis that gets one scale per slice.</summary>
    public int WeightAxis { get; init; }

    /// <summary>
    /// The order in which the kernel sums up the weight's products, where neighbours may meet in 16 bits; null where every kernel sums in 32 bits.
    /// </summary>
    public ReductionOrder? Reduction { get; init; }

    /// <summary>Position of the stored bias, which becomes int32, or null.</summary>
    public int? BiasInput { get; init; }

    /// <summary>Whether the kernel can leave its result as float32 (then nothing is rounded before a float reader).</summary>
    public bool CanLeaveFloat { get; init; }
}

/// <summary>A role, or the reason why the node must stay float32.</summary>
internal readonly record struct Classification(NodeRole? Role, string? Reason)
{
    public static implicit operator Classification(NodeRole role) => new(role, null);

    public static implicit operator Classification(string reason) => new(null, reason);
}
