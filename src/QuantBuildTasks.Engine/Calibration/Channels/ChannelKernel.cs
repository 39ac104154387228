using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace QuantBuildTasks.Engine.Calibration.Channels;

/// <summary>What a run of numbers holds, in eight fixed lanes: the same bits at any width of the vector registers.</summary>
internal static class ChannelKernel
{
    /// <summary>The least and the greatest number, the sum and that of squares: number i is added to lane i mod 8, the lanes in order at the end.</summary>
    /// <param name="values">Numbers; of none the least is +∞ and the greatest −∞. NaN makes all four NaN.</param>
    public static (float Min, float Max, double Sum, double Squares) Sum(ReadOnlySpan<float> values)
    {
        Vector256<float> least = Vector256.Create(float.PositiveInfinity);
        Vector256<float> greatest = Vector256.Create(float.NegativeInfinity);
        (Vector256<double> lowSum, Vector256<double> highSum) = (Vector256<double>.Zero, Vector256<double>.Zero);
        (Vector256<double> lowSquares, Vector256<double> highSquares) = (Vector256<double>.Zero, Vector256<double>.Zero);
        ReadOnlySpan<Vector256<float>> vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        foreach (Vector256<float> vector in vectors)
        {
            least = Vector256.Min(least, vector);
            greatest = Vector256.Max(greatest, vector);
            (Vector256<double> first, Vector256<double> second) = Vector256.Widen(vector);
            lowSum += first;
            highSum += second;
            lowSquares += first * first;
            highSquares += second * second;
        }

        Span<double> sums = stackalloc double[8];
        lowSum.CopyTo(sums);
        highSum.CopyTo(sums[4..]);
        Span<double> squares = stackalloc double[8];
        lowSquares.CopyTo(squares);
        highSquares.CopyTo(squares[4..]);
        (float min, float max) = (float.PositiveInfinity, float.NegativeInfinity);
        for (int lane = 0; lane < 8; lane++)
        {
            min = Math.Min(min, least[lane]);
            max = Math.Max(max, greatest[lane]);
        }

        ReadOnlySpan<float> rest = values[(vectors.Length * 8)..];
        for (int i = 0; i < rest.Length; i++)
        {
            min = Math.Min(min, rest[i]);
            max = Math.Max(max, rest[i]);
            sums[i] += rest[i];
            squares[i] += (double)rest[i] * rest[i];
        }

        return (min, max, Total(sums), Total(squares));
    }

    private static double Total(ReadOnlySpan<double> lanes)
    {
        double total = 0;
        foreach (double lane in lanes)
        {
            total += lane;
        }

        return total;
    }
}
