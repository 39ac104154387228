using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Layers;

/// <summary>Constants that broadcast along one axis only.</summary>
internal static class ChannelVector
{
    /// <summary>One number for each channel, or null where the constant varies along another axis or would change the other operand's rank.</summary>
    /// <param name="constant">A float32 constant that stands beside a tensor in an element-wise operator (ONNX broadcasting: sizes align from the right).</param>
    /// <param name="rank">Rank of that tensor.</param>
    /// <param name="axis">Its channel axis.</param>
    /// <param name="channels">Its size along that axis.</param>
    public static double[]? Of(Tensor constant, int rank, int axis, long channels)
    {
        if (constant.Type != ElementType.Float32 || constant.Rank > rank)
        {
            return null;
        }

        for (int i = 0; i < constant.Rank; i++)
        {
            bool isChannel = rank - constant.Rank + i == axis;
            if (constant.Dims[i] != 1 && !(isChannel && constant.Dims[i] == channels))
            {
                return null;
            }
        }

        ReadOnlySpan<float> values = constant.Span<float>();
        var vector = new double[channels];
        for (int c = 0; c < vector.Length; c++)
        {
            vector[c] = values[values.Length == 1 ? 0 : c];
        }

        return vector;
    }
}
