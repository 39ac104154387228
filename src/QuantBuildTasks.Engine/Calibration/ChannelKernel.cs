using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>What a run of numbers holds, in eight fixed lanes: the same bits at any width of the vector registers.</summary>
internal static class ChannelKernel
{
    /// <summary>The least and the greatest number, and the sum of squares: number i is added to lane i mod 8, the lanes in order at the end.</summary>
    /// <param name="values">Numbers; of none the least is +∞ and the greatest −∞. NaN makes all three NaN.</param>
    public static (float Min, float Max, double Squares) Sum(ReadOnlySpan<float> values)
    {
        Vector256<float> least = Vector256.Create(float.PositiveInfinity);
        Vector256<float> greatest = Vector256.Create(float.NegativeInfinity);
        Vector256<double> low = Vector256<double>.Zero;
        Vector256<double> high = Vector256<double>.Zero;
        ReadOnlySpan<Vector256<float>> vectors = MemoryMarshal.Cast<float, Vector256<float>>(values);
        foreach (Vector256<float> vector in vectors)
        {
            least = Vector256.Min(least, vector);
            greatest = Vector256.Max(greatest, vector);
            (Vector256<double> first, Vector256<double> second) = Vector256.Widen(vector);
            low += first * first;
            high += second * second;
        }

        Span<double> squares = stackalloc double[8];
        low.CopyTo(squares);
        high.CopyTo(squares[4..]);
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
            squares[i] += (double)rest[i] * rest[i];
        }

        double sum = 0;
        foreach (double lane in squares)
        {
            sum += lane;
        }

        return (min, max, sum);
    }
}
