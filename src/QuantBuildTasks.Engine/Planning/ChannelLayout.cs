using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>How the elements of a tensor in C order fall into the slices along one axis: runs of <paramref name="Inner"/> elements, slice after slice.</summary>
/// <param name="Channels">Number of slices; 1 for a whole tensor.</param>
/// <param name="Inner">Length of a run.</param>
internal readonly record struct ChannelLayout(int Channels, int Inner)
{
    /// <summary>The layout along <paramref name="axis"/>; null: one slice that is everything.</summary>
    public static ChannelLayout Of(Tensor tensor, int? axis)
    {
        if (axis is not { } along)
        {
            return new ChannelLayout(1, checked((int)tensor.Length));
        }

        int inner = 1;
        for (int i = along + 1; i < tensor.Rank; i++)
        {
            inner = checked(inner * (int)tensor.Dims[i]);
        }

        return new ChannelLayout(checked((int)tensor.Dims[along]), inner);
    }

    /// <summary>The slice that run number <paramref name="run"/> belongs to.</summary>
    public int ChannelOf(int run) => run % Channels;
}
