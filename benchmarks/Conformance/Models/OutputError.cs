using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Conformance.Models;

/// <summary>How far the outputs of a quantized model are from those of the float32 model.</summary>
internal static class OutputError
{
    /// <summary>
    /// The largest difference ÷ the largest magnitude in the tensor, over all float32 tensors; others need only be of the same type and sizes, since an index
    /// or a comparison can flip. Null where kinds, types or sizes differ, or a number is not finite where it was.
    /// </summary>
    public static double? Of(object?[] expected, object?[] actual)
    {
        Tensor[]? a = Flat(expected), b = Flat(actual);
        if (a.Length != b.Length || !a.Zip(b).All(p => p.First.Type == p.Second.Type && p.First.Dims.SequenceEqual(p.Second.Dims)))
        {
            return null;
        }

        double worst = 0;
        foreach ((Tensor reference, Tensor other) in a.Zip(b).Where(p => p.First.Type == ElementType.Float32))
        {
            ReadOnlySpan<float> x = reference.Span<float>(), y = other.Span<float>();
            double largest = 0, apart = 0;
            for (int i = 0; i < x.Length; i++)
            {
                if (float.IsFinite(x[i]))
                {
                    if (!float.IsFinite(y[i]))
                    {
                        return null;
                    }

                    largest = Math.Max(largest, Math.Abs(x[i]));
                    apart = Math.Max(apart, Math.Abs((double)x[i] - y[i]));
                }
            }

            worst = Math.Max(worst, apart == 0 ? 0 : apart / Math.Max(largest, 1e-6));
        }

        return worst;
    }

    private static Tensor[] Flat(object?[] values) => [.. values.SelectMany(v => v is Tensor[] many ? many : v is Tensor one ? [one] : Array.Empty<Tensor>())];
}
