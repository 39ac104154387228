namespace QuantBuildTasks.Engine.Validation.Gates;

internal enum MaxDropKind
{
    /// <summary>Points of the metric (<c>0.5%</c>): float minus quantized must not exceed it.</summary>
    Points,

    /// <summary>A share of the float model's value (<c>1% relative</c>).</summary>
    Relative,

    /// <summary>A bound on the quantized model's value itself (<c>&gt;=91%</c>, <c>&lt;=12.5</c>).</summary>
    Absolute,
}

/// <summary>How far the metric may fall.</summary>
/// <param name="Kind">What <paramref name="Limit"/> is measured in.</param>
/// <param name="Limit">As a fraction for shares: 0.005 for <c>0.5%</c>; in the metric's own unit otherwise.</param>
internal sealed record MaxDrop(MaxDropKind Kind, double Limit);
