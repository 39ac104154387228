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
        Tensor weight = node.Input(1)!.Constant!;
        LayerRows rows = LayerRows.Of(node, weight, moments);
        float[] rounded = weight.Span<float>().ToArray();
        Tensor? bias = node.Is("Conv") || node.Is("Gemm") ? node.Input(2)?.Constant : null;
        bool centred = bias is { Type: ElementType.Float32 } && bias.Length == rows.Count && node.FloatAttribute("beta", 1) == 1 && node.FloatAttribute("alpha", 1) == 1;
        float[]? corrected = centred ? bias!.Span<float>().ToArray() : null;
        for (int group = 0; group < moments.Groups; group++)
        {
            float[] matrix = moments.Matrix(group, centred);
            int first = group * rows.PerGroup;
            int g = group;
            Parallel.For(first, first + rows.PerGroup, r =>
            {
                var row = new float[moments.Length];
                var scales = new float[moments.Length];
                for (int i = 0; i < row.Length; i++)
                {
                    int at = rows.At(r, i);
                    (row[i], scales[i]) = (rounded[at], scaleOf(at));
                }

                CovarianceRounding.Round(row, scales, matrix);
                double shift = 0;
                for (int i = 0; i < row.Length; i++)
                {
                    int at = rows.At(r, i);
                    shift += ((double)rounded[at] - row[i]) * moments.MeanOf(g)[i];
                    rounded[at] = row[i];
                }

                if (corrected is not null)
                {
                    corrected[r] = (float)(corrected[r] + shift);
                }
            });
        }

        node.SetConstant(1, Tensor.Of(rounded, [.. weight.Dims]), "weight");
        if (corrected is not null)
        {
            node.SetConstant(2, Tensor.Of(corrected, [.. bias!.Dims]), "bias");
        }
    }
}
