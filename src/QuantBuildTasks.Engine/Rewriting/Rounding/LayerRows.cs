using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// Where the rows of a weight stand that multiply one patch each (<see cref="LayerPatches"/>): those of an output channel, and for ConvTranspose those of
/// an output channel and kernel position.
/// </summary>
internal readonly struct LayerRows
{
    private readonly int _stride;
    private readonly int _inGroup;
    private readonly int _betweenRows;

    private LayerRows(int count, int groups, int stride, int inGroup, int betweenRows)
    {
        Count = count;
        PerGroup = count / groups;
        (_stride, _inGroup, _betweenRows) = (stride, inGroup, betweenRows);
    }

    /// <summary>Rows of the whole weight.</summary>
    public int Count { get; }

    /// <summary>Rows of one group; a group's rows follow each other.</summary>
    public int PerGroup { get; }

    /// <summary>The rows of a layer's weight.</summary>
    /// <param name="node">Conv, ConvTranspose, Gemm or MatMul.</param>
    /// <param name="weight">Its weight, not transposed but by what the operator itself says.</param>
    /// <param name="moments">Of its patches: one row is as long as one group of them.</param>
    public static LayerRows Of(Node node, Tensor weight, LayerMoments moments)
    {
        int count = (int)(weight.Length / moments.Length);
        bool contiguous = node.Is("Conv") || (node.Is("Gemm") && node.IntAttribute("transB", 0) != 0);
        int perGroup = count / moments.Groups;
        return contiguous
            ? new LayerRows(count, moments.Groups, 1, perGroup * moments.Length, moments.Length)
            : new LayerRows(count, moments.Groups, perGroup, perGroup * moments.Length, 1);
    }

    /// <summary>The place of number <paramref name="i"/> of row <paramref name="row"/> in the weight.</summary>
    public int At(int row, int i) => (row / PerGroup * _inGroup) + (row % PerGroup * _betweenRows) + (i * _stride);
}
