using System.Runtime.Intrinsics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>Rounds stored numbers to integers: q = clamp(round_half_even(x / s) + z, lo, hi) (ONNX QuantizeLinear).</summary>
internal static class LinearQuantizer
{
    /// <summary>A tensor of the format's type and the same sizes. Int8 uses −127…127, so that a weight and its negative are equally exact.</summary>
    public static Tensor Quantize(Tensor values, WeightFormat format)
    {
        ReadOnlySpan<float> source = values.Span<float>();
        ChannelLayout layout = ChannelLayout.Of(values, format.Axis);
        (int low, int high) = format.Type == ElementType.Int8 ? (-WeightScales.Largest, WeightScales.Largest) : AffineFormat.Limits(format.Type);
        var bytes = new byte[source.Length];
        for (int run = 0; run * layout.Inner < source.Length; run++)
        {
            int first = run * layout.Inner;
            Quantize(source.Slice(first, layout.Inner), bytes.AsSpan(first, layout.Inner), format.Scales[layout.ChannelOf(run)], format.ZeroPoint, low, high);
        }

        return Tensor.FromBytes(format.Type, values.Dims, bytes);
    }

    /// <summary>32 numbers at a time, with the operations of the loop behind: the same integers at any width of the vector registers.</summary>
    private static void Quantize(ReadOnlySpan<float> values, Span<byte> integers, float scale, int zeroPoint, int low, int high)
    {
        int done = 0;
        for (; done <= values.Length - 32; done += 32)
        {
            ReadOnlySpan<float> next = values.Slice(done, 32);
            Vector256<short> left = Vector256.Narrow(Eight(next), Eight(next[8..]));
            Vector256<short> right = Vector256.Narrow(Eight(next[16..]), Eight(next[24..]));
            Vector256.Narrow(left, right).AsByte().CopyTo(integers[done..]);
        }

        for (; done < values.Length; done++)
        {
            integers[done] = unchecked((byte)(int)Math.Clamp(MathF.Round(values[done] / scale, MidpointRounding.ToEven) + zeroPoint, low, high));
        }

        Vector256<int> Eight(ReadOnlySpan<float> numbers)
        {
            Vector256<float> rounded = Vector256.Round(Vector256.Create(numbers) / Vector256.Create(scale), MidpointRounding.ToEven) + Vector256.Create((float)zeroPoint);
            return Vector256.ConvertToInt32(Vector256.Clamp(rounded, Vector256.Create((float)low), Vector256.Create((float)high)));
        }
    }

    /// <summary>The numbers that the integers stand for, as float32: (q − ZeroPoint)·Scales[c].</summary>
    public static Tensor Dequantize(Tensor integers, WeightFormat format)
    {
        ReadOnlySpan<byte> source = integers.Bytes.Span;
        ChannelLayout layout = ChannelLayout.Of(integers, format.Axis);
        var values = new float[source.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int q = format.Type == ElementType.Int8 ? (sbyte)source[i] : source[i];
            values[i] = (q - format.ZeroPoint) * format.Scales[layout.ChannelOf(i / layout.Inner)];
        }

        return Tensor.Of(values, [.. integers.Dims]);
    }

    /// <summary>
    /// The bias of an integer Conv or Gemm: int32 in units of s_x·s_w[c]. The plan chose the scales so that it fits.
    /// </summary>
    /// <returns>The integers as a vector, and the scale of each.</returns>
    public static (Tensor Integers, float[] Scales) QuantizeBias(Tensor bias, float activationScale, IReadOnlyList<float> weightScales)
    {
        ReadOnlySpan<float> source = bias.Span<float>();
        var integers = new int[source.Length];
        var scales = new float[source.Length];
        for (int c = 0; c < source.Length; c++)
        {
            scales[c] = AffineFormat.Normal((double)activationScale * weightScales[weightScales.Count == 1 ? 0 : c]);
            integers[c] = (int)Math.Clamp(Math.Round((double)source[c] / scales[c], MidpointRounding.ToEven), int.MinValue, int.MaxValue);
        }

        return (Tensor.Vector(integers), scales);
    }
}
