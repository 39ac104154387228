using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Validation.Saturation;

/// <summary>A node whose weights could saturate.</summary>
/// <param name="Node">Its display name.</param>
/// <param name="Pairs">How many pairs of its weights could.</param>
internal sealed record SaturatingLayer(string Node, int Pairs)
{
    /// <summary>All of a model, those with most pairs first; equal ones in the order of the graph.</summary>
    public static SaturatingLayer[] In(OnnxModel model) =>
        [.. SaturationChecker.Check(model).GroupBy(p => p.Node).Select(g => new SaturatingLayer(g.Key, g.Count())).OrderByDescending(l => l.Pairs)];

    public override string ToString() => $"{Node} ({Wording.Count(Pairs)} {(Pairs == 1 ? "pair" : "pairs")})";
}
