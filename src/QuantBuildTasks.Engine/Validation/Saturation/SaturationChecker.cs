using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Validation.Saturation;

/// <summary>
/// Proves that a quantized model, whoever wrote it, cannot saturate on x64 processors without VNNI, or lists what could. Their kernels add two neighbouring
/// products u8·s8 in a saturating int16; with the largest activation, 255, that is exact while the integers of one sign in a pair sum up to 128 at most.
/// </summary>
internal static class SaturationChecker
{
    /// <summary>Every pair that could saturate, in the order of the graph; none: the model gives the same integer results on every processor.</summary>
    public static IEnumerable<SaturatingPair> Check(OnnxModel model) =>
        model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).SelectMany(IntegerWeight.Of).SelectMany(Check);

    private static List<SaturatingPair> Check(IntegerWeight weight)
    {
        var found = new List<SaturatingPair>();
        ReadOnlySpan<sbyte> integers = MemoryMarshal.Cast<byte, sbyte>(weight.Integers.Bytes.Span);
        var ordered = new sbyte[weight.Order.Length];
        for (int sequence = 0; sequence < weight.Order.Sequences; sequence++)
        {
            for (int output = 0; output < weight.Order.Outputs; output++)
            {
                weight.Order.Read(integers, output, sequence, ordered);
                for (int k = 0; k < ordered.Length; k += 2)
                {
                    int first = ordered[k];
                    int second = k + 1 < ordered.Length ? ordered[k + 1] : 0;
                    if (Math.Max(first, 0) + Math.Max(second, 0) > PairSafeScales.LargestSum || Math.Min(first, 0) + Math.Min(second, 0) < -PairSafeScales.LargestSum)
                    {
                        found.Add(new SaturatingPair(weight.Node.DisplayName, output, k, first, second));
                    }
                }
            }
        }

        return found;
    }
}
