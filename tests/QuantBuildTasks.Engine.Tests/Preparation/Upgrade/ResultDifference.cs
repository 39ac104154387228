using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>Where two results differ by more than 1e-5 of the largest magnitude in the tensor, or of 1.</summary>
internal static class ResultDifference
{
    private const double Tolerance = 1e-5;

    /// <summary>The difference in words, or null.</summary>
    public static string? Between(object?[] expected, object?[] actual) => expected.Length != actual.Length
        ? $"{actual.Length} outputs, not {expected.Length}"
        : expected.Zip(actual, Between).Select((d, i) => d is null ? null : $"output {i}: {d}").FirstOrDefault(d => d is not null);

    private static string? Between(object? expected, object? actual) => (expected, actual) switch
    {
        (null, null) => null,
        (Tensor a, Tensor b) => Between(a, b),
        (Tensor[] a, Tensor[] b) when a.Length == b.Length => a.Zip(b, Between).FirstOrDefault(d => d is not null),
        _ => "another kind of value, or a sequence of another length",
    };

    private static string? Between(Tensor expected, Tensor actual)
    {
        if (expected.Type != actual.Type || !expected.Dims.SequenceEqual(actual.Dims))
        {
            return $"{actual}, not {expected}";
        }

        if (expected.Strings is { } strings)
        {
            return strings.SequenceEqual(actual.Strings!) ? null : "other strings";
        }

        if (Numbers(expected) is not { } a)
        {
            return expected.Bytes.Span.SequenceEqual(actual.Bytes.Span) ? null : "other bytes";
        }

        double[] b = Numbers(actual)!;
        double allowed = Tolerance * Math.Max(1, a.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max());
        int at = Enumerable.Range(0, a.Length).FirstOrDefault(i => !(a[i].Equals(b[i]) || Math.Abs(a[i] - b[i]) <= allowed), -1);
        return at < 0 ? null : $"element {at} is {b[at]}, not {a[at]}";
    }

    private static double[]? Numbers(Tensor tensor) => tensor.Type switch
    {
        ElementType.Float32 => Array.ConvertAll(tensor.Span<float>().ToArray(), v => (double)v),
        ElementType.Float64 => tensor.Span<double>().ToArray(),
        _ => null,
    };
}
