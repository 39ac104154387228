using System.Globalization;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>
/// Sums over axes. A mean is small where its sum is not, and how an execution provider adds is its own matter: count · max|x| (or count · max x²) must fit
/// into float16 as if every step were rounded to it.
/// </summary>
internal static class ReductionBound
{
    /// <summary>The reason to stay float32, or null.</summary>
    /// <param name="node">Any node.</param>
    /// <param name="largest">Largest magnitude of an activation.</param>
    public static string? Reason(Node node, Func<Value, double> largest)
    {
        if (node.Domain.Length > 0 || node.Input(0) is not { Constant: null, Type: ElementType.Float32 } input)
        {
            return null;
        }

        bool squares = node.OpType is "ReduceL2" or "ReduceSumSquare";
        if (!squares && node.OpType is not ("ReduceSum" or "ReduceMean" or "ReduceL1" or "GlobalAveragePool"))
        {
            return null;
        }

        double each = largest(input);
        double sum = Count(node, input) * (squares ? each * each : each);
        return sum > Float16Range.Largest
            ? $"its sums can reach {sum.ToString("G3", CultureInfo.InvariantCulture)} on the way; float16 ends at 65,504"
            : null;
    }

    /// <summary>How many numbers are added up for one result; a symbolic size counts as 1.</summary>
    private static double Count(Node node, Value input)
    {
        if (input.Shape is not { } shape)
        {
            return 1;
        }

        IEnumerable<int> axes = node.Is("GlobalAveragePool") ? Enumerable.Range(2, Math.Max(0, shape.Rank - 2)) : Axes(node, shape.Rank);
        return axes.Aggregate(1.0, (product, axis) => product * (shape[axis].Value ?? 1));
    }

    private static IEnumerable<int> Axes(Node node, int rank)
    {
        long[]? named = node.IntsAttribute("axes") ?? (node.Input(1)?.Constant is { Type: ElementType.Int64 } stored ? stored.Span<long>().ToArray() : null);
        return named is { Length: > 0 } ? named.Select(a => (int)(a < 0 ? a + rank : a)).Where(a => a >= 0 && a < rank)
            : node.IntAttribute("noop_with_empty_axes", 0) != 0 ? []
            : Enumerable.Range(0, rank);
    }
}
