using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning;

/// <summary>
/// The order in which an integer kernel multiplies the weights of one output: index k runs over kernel positions and then input channels for
/// a convolution (ONNX Runtime lays images out channel-last), and over the rows of a matrix. Neighbours 2j and 2j + 1 are the pairs that x64 kernels
/// without VNNI add in 16 bits.
/// </summary>
internal sealed class ReductionOrder
{
    private readonly int _outputStride;
    private readonly int _sequenceStride;
    private readonly int _innerLength;
    private readonly int _innerStride;
    private readonly int _outerStride;

    private ReductionOrder(int outputs, int outputStride, int sequences, int sequenceStride, int outerLength, int outerStride, int innerLength, int innerStride)
    {
        Outputs = outputs;
        Sequences = sequences;
        Length = outerLength * innerLength;
        (_outputStride, _sequenceStride, _outerStride, _innerLength, _innerStride) = (outputStride, sequenceStride, outerStride, innerLength, innerStride);
    }

    /// <summary>Output channels or columns.</summary>
    public int Outputs { get; }

    /// <summary>Matrices in a stack; 1 for a convolution or a single matrix.</summary>
    public int Sequences { get; }

    /// <summary>Weights that are summed up for one output.</summary>
    public int Length { get; }

    /// <summary>A convolution's weight [outputs, channels, kernel…].</summary>
    public static ReductionOrder OfConv(Tensor weight)
    {
        int channels = (int)weight.Dims[1];
        int positions = (int)weight.Dims.Skip(2).Aggregate(1L, (a, b) => a * b);
        return new ReductionOrder((int)weight.Dims[0], channels * positions, 1, 0, positions, 1, channels, positions);
    }

    /// <summary>A matrix [rows, columns], [columns, rows] where <paramref name="transposed"/>, or a stack [matrices, rows, columns].</summary>
    public static ReductionOrder OfMatrix(Tensor weight, bool transposed = false)
    {
        int columns = (int)weight.Dims[transposed ? weight.Rank - 2 : weight.Rank - 1];
        int rows = (int)weight.Dims[transposed ? weight.Rank - 1 : weight.Rank - 2];
        int matrices = (int)weight.Dims.Take(weight.Rank - 2).Aggregate(1L, (a, b) => a * b);
        return transposed
            ? new ReductionOrder(columns, rows, matrices, rows * columns, 1, 0, rows, 1)
            : new ReductionOrder(columns, 1, matrices, rows * columns, 1, 0, rows, columns);
    }

    /// <summary>Copies the weights of one output in the order of the sum.</summary>
    public void Read<T>(ReadOnlySpan<T> weights, int output, int sequence, Span<T> ordered)
    {
        int start = (output * _outputStride) + (sequence * _sequenceStride);
        for (int k = 0; k < ordered.Length; k++)
        {
            ordered[k] = weights[start + (k / _innerLength * _outerStride) + (k % _innerLength * _innerStride)];
        }
    }
}
