namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>What a candidate leaves float32 beside what the user does, by <see cref="Model.Node.DisplayName"/>, and why.</summary>
internal sealed record PrecisionMix
{
    public static PrecisionMix None { get; } = new();

    /// <summary>Nodes that compute in float32 though they could run as integers.</summary>
    public IReadOnlyDictionary<string, string> Computing { get; init; } = new Dictionary<string, string>();

    /// <summary>Nodes whose weights keep every bit.</summary>
    public IReadOnlyDictionary<string, string> Weights { get; init; } = new Dictionary<string, string>();
}
