namespace QuantBuildTasks.Engine.Search;

/// <summary>One thing that can become more exact: a layer computes in float32 with its weights stored as int8, or a stored weight has more than 8 bits.</summary>
/// <param name="Nodes">The layer, or the nodes that read the weight, by name.</param>
/// <param name="IsWeight">Whether it is a weight.</param>
/// <param name="Cost">What it costs, in the objective's unit: a share of the time or of the size.</param>
/// <param name="Noise">The noise power ÷ signal power that it takes away; 0 where it takes none.</param>
internal sealed record ChainItem(IReadOnlyList<string> Nodes, bool IsWeight, double Cost, double Noise)
{
    /// <summary>The price of noise from which on it pays; +∞ where it takes none away.</summary>
    public double Price => Noise > 0 ? Math.Max(0, Cost) / Noise : double.PositiveInfinity;
}
