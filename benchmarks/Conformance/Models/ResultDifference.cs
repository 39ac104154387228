using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Conformance.Models;

/// <summary>Where two results differ by more than 1e-5 of the largest magnitude in the tensor, or of 1.</summary>
internal static class ResultDifference
{
    private const double Tolerance = 1e-5;

    /// <summary>The difference in words, or null.</summary>
    public static string? Between(object?[] expected, object?[] actual) => Between(expected, actual, Beyond);

    /// <summary>As <see cref="Between(object?[], object?[])"/>, without a tolerance: types, sizes and bytes must be the same.</summary>
    public static string? Exactly(object?[] expected, object?[] actual) => Between(expected, actual, static (a, b) => a.Bytes.Span.SequenceEqual(b.Bytes.Span) ? null : "other bytes");

    private static string? Between(object?[] expected, object?[] actual, Func<Tensor, Tensor, string?> numbers) => expected.Length != actual.Length
        ? $"{actual.Length} outputs, not {expected.Length}"
        : expected.Zip(actual, (a, b) => Between(a, b, numbers)).Select((d, i) => d is null ? null : $"output {i}: {d}").FirstOrDefault(d => d is not null);

    private static string? Between(object? expected, object? actual, Func<Tensor, Tensor, string?> numbers) => (expected, actual) switch
    {
        (null, null) => null,
        (Tensor a, Tensor b) => Between(a, b, numbers),
        (Tensor[] a, Tensor[] b) when a.Length == b.Length => a.Zip(b, (x, y) => Between(x, y, numbers)).FirstOrDefault(d => d is not null),
        _ => "another kind of value, or a sequence of another length",
    };

    private static string? Between(Tensor expected, Tensor actual, Func<Tensor, Tensor, string?> numbers)
    {
        if (expected.Type != actual.Type || !expected.Dims.SequenceEqual(actual.Dims))
        {
            return $"{actual}, not {expected}";
        }

        if (expected.Strings is { } strings)
        {
            return strings.SequenceEqual(actual.Strings!) ? null : "other strings";
        }

        return numbers(expected, actual);
    }

    private static string? Beyond(Tensor expected, Tensor actual)
    {
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
