using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// Replaces the float weights of a model by numbers that a plan's formats hold exactly, chosen for the layer's output, and moves the mean error that is left
/// into the bias. Rounding to nearest, which writes the plan into the model, then finds just these integers.
/// </summary>
internal static class WeightRounding
{
    /// <summary>Rounds every weight whose layer's moments are known and that one layer alone reads.</summary>
    /// <param name="model">The prepared model that the plan was made for; changed in place.</param>
    /// <param name="plan">The formats.</param>
    /// <param name="moments">By node name.</param>
    public static void Apply(OnnxModel model, QuantizationPlan plan, IReadOnlyDictionary<string, LayerMoments> moments)
    {
        Dictionary<string, Node> nodes = model.Graph.Nodes.ToDictionary(n => n.DisplayName, StringComparer.Ordinal);
        foreach (WeightFormat format in plan.Weights)
        {
            if (moments.TryGetValue(format.Node, out LayerMoments? seen) && format is { Input: 1, Type: ElementType.Int8, ZeroPoint: 0 } && nodes[format.Node].Input(1)!.Uses.Count == 1)
            {
                ChannelLayout layout = ChannelLayout.Of(nodes[format.Node].Input(1)!.Constant!, format.Axis);
                Round(nodes[format.Node], seen, i => format.Scales[layout.ChannelOf(i / layout.Inner)]);
            }
        }

        foreach (StoredFormat format in plan.Stored.Where(s => s.Scope == 0 && s.Type == ElementType.Int8))
        {
            if (model.Graph.Find(format.Value) is { Uses: [{ Index: 1, Node: var node }] } value && moments.TryGetValue(node.DisplayName, out LayerMoments? seen))
            {
                (_, int count, int inner) = format.Groups.Split(value.Constant!.Dims);
                Round(node, seen, i => format.Scales[i / inner % count]);
            }
        }
    }

    private static void Round(Node node, LayerMoments moments, Func<int, float> scaleOf)
    {
        LayerRounding rounding = LayerRounding.Of(node, PairedMoments.OfOne(moments));
        float[] weights = node.Input(1)!.Constant!.Span<float>().ToArray();
        float[]? bias = rounding.Round(weights, scaleOf);
        rounding.Put(node, weights, bias);
    }
}
