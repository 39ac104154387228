namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>What a candidate leaves float32 beside what the user does, by <see cref="Model.Node.DisplayName"/>.</summary>
internal sealed record PrecisionMix
{
    public static PrecisionMix None { get; } = new();

    /// <summary>Nodes that compute in float32 though they could run as integers.</summary>
    public IReadOnlyDictionary<string, string> Computing { get; init; } = new Dictionary<string, string>();

    /// <summary>Float32 nodes whose weights need more than 8 bits, and are stored as float16.</summary>
    public IReadOnlySet<string> FineWeights { get; init; } = new HashSet<string>();

    /// <summary>What this one or another leaves float32.</summary>
    public PrecisionMix With(PrecisionMix other) => new()
    {
        Computing = Computing.Concat(other.Computing).DistinctBy(n => n.Key).ToDictionary(StringComparer.Ordinal),
        FineWeights = FineWeights.Concat(other.FineWeights).ToHashSet(StringComparer.Ordinal),
    };
}
