using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Stored;

/// <summary>
/// Which weights share a scale: those of one output of the layer. What follows is trained to the size of each output by itself, so that a quiet one
/// must be as exact as a loud one; scales along any other axis, even with less error in all, leave more of it there.
/// </summary>
internal static class WeightGroups
{
    /// <summary>The least number of weights for one scale: a float16 scale is 2 bits for each of them then.</summary>
    private const int LeastWeights = 8;

    /// <summary>The axes for a weight; the first choice that leaves groups large enough, one scale for all where none does.</summary>
    /// <param name="value">The weight with its readers.</param>
    /// <param name="weight">Its numbers: rank 2 or more.</param>
    public static GroupAxes Of(Value value, Tensor weight)
    {
        GroupAxes[] choices = [Outputs(value, weight), new GroupAxes(0, 0), new GroupAxes(1, 1)];
        foreach (GroupAxes axes in choices)
        {
            if (axes.Split(weight.Dims).Count is > 1 and var count && (long)count * LeastWeights <= weight.Length)
            {
                return axes;
            }
        }

        return new GroupAxes(0, -1);
    }

    /// <summary>Where the outputs lie: matrices right of the activations have them in columns, transposed convolutions within each group of inputs, recurrent layers for each direction; all others in rows.</summary>
    private static GroupAxes Outputs(Value value, Tensor weight)
    {
        int last = weight.Rank - 1;
        foreach (Use use in value.Uses)
        {
            switch (use.Node.OpType)
            {
                case "MatMul" or "FusedMatMul" when use.Index == 1:
                case "Gemm" or "FusedGemm" when use.Index == 1 && use.Node.IntAttribute("transB", 0) == 0:
                    return new GroupAxes(last, last);
                case "ConvTranspose":
                    return use.Node.IntAttribute("group", 1) == 1 ? new GroupAxes(1, 1) : new GroupAxes(0, 1);
                case "LSTM" or "GRU" or "RNN":
                    return new GroupAxes(0, 1);
            }
        }

        return new GroupAxes(0, 0);
    }
}
