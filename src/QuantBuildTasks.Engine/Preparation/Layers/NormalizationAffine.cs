using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>
/// BatchNormalization with constant parameters outside training, seen as s·x + t for each channel (ONNX operator specification; Jacob et al. 2018, section 3.2):
/// γ·(x − μ) / √(σ² + ε) + β has s = γ / √(σ² + ε) and t = β − s·μ.
/// </summary>
internal static class NormalizationAffine
{
    /// <summary>s and t, or null and the reason: training mode, parameters that are not float32 constants of one length or not finite.</summary>
    public static (double[] Scale, double[] Shift)? Of(Node node, out string? reason)
    {
        reason = null;
        if (node.IntAttribute("training_mode", 0) != 0 || node.HasFurtherOutputs)
        {
            reason = $"{node.DisplayName} is in training mode";
            return null;
        }

        var vectors = new float[4][];
        for (int i = 0; i < 4; i++)
        {
            if (node.Input(i + 1)?.Constant is not { Type: ElementType.Float32, Rank: 1 } constant || (i > 0 && constant.Length != vectors[0].Length))
            {
                reason = $"the parameters of {node.DisplayName} are not float32 constants";
                return null;
            }

            vectors[i] = constant.Span<float>().ToArray();
        }

        (float[] gamma, float[] beta, float[] mean, float[] variance) = (vectors[0], vectors[1], vectors[2], vectors[3]);
        double epsilon = node.FloatAttribute("epsilon", 1e-5f);
        var scale = new double[gamma.Length];
        var shift = new double[gamma.Length];
        for (int c = 0; c < scale.Length; c++)
        {
            scale[c] = gamma[c] / Math.Sqrt(variance[c] + epsilon);
            shift[c] = beta[c] - (scale[c] * mean[c]);
        }

        if (Array.TrueForAll(scale, double.IsFinite) && Array.TrueForAll(shift, double.IsFinite))
        {
            return (scale, shift);
        }

        reason = $"the parameters of {node.DisplayName} give no finite scale";
        return null;
    }
}
