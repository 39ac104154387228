using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>The weight scales of a layer that runs as integers, as its kernel on a profile allows them.</summary>
internal static class LayerScales
{
    /// <summary>One for each slice of the weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="bias">One number for each output, or none.</param>
    /// <param name="role">What the layer is on the profile: weighted.</param>
    /// <param name="saturation">What the profile's kernels cannot hold.</param>
    /// <param name="activationScale">The scale of the layer's input.</param>
    /// <returns>Null where a weight is NaN or infinite.</returns>
    public static float[]? Of(Tensor weight, ReadOnlySpan<float> bias, NodeRole role, SaturationRule saturation, float activationScale)
    {
        int largest = saturation == SaturationRule.ReducedRange ? WeightScales.LargestReduced : WeightScales.Largest;
        float[]? scales = WeightScales.PerChannel(weight, role.WeightAxis, largest);
        if (scales is not null && saturation == SaturationRule.Pairs && role.Reduction is { } reduction)
        {
            scales = PairSafeScales.Of(weight, reduction);
        }

        return scales is null ? null : WeightScales.Complete(scales, bias, activationScale);
    }
}
