using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Operators that move numbers without computing.</summary>
internal static class MovingSteps
{
    public static readonly StepKind[] All =
    [
        new("Pad", Pad),
        new("Pad", Pad),
        new("Concat", Concat),
        new("Split", Split),
        new("Slice", Slice),
        new("Reshape", Reshape),
        new("Flatten", Flatten),
        new("Transpose", Transpose),
        new("Gather", Gather),
        new("Squeeze", Squeeze),
        new("Unsqueeze", Unsqueeze),
    ];

    private static void Pad(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 3 && v.Dims[^1] > 1 && v.Dims[^2] > 1) is not { } x)
        {
            return;
        }

        int rank = x.Rank;
        var pads = new long[2 * rank];
        (pads[rank - 1], pads[rank - 2], pads[(2 * rank) - 1], pads[(2 * rank) - 2]) = (step.B % 2, step.B / 2 % 2, 1, step.B / 4 % 2);
        string mode = (step.C % 4) switch { 2 => "reflect", 3 => "edge", _ => "constant" };
        long[] dims = [.. x.Dims.Select((d, i) => d + pads[i] + pads[rank + i])];
        float fill = step.C % 4 == 1 ? 0.25f : 0;
        if (scope.Opset < 11)
        {
            scope.Add("Pad", x.Name, dims, ("pads", pads), ("mode", mode), ("value", fill));
        }
        else
        {
            string value = step.C % 3 == 0 && fill == 0 ? "" : " " + scope.Given(Tensor.Scalar(fill));
            scope.Add("Pad", $"{x.Name} {scope.Ints(pads)}{value}", dims, ("mode", mode));
        }
    }

    private static void Concat(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        long axis = 1 + (step.C % (x.Rank - 1));
        string other = step.B % 3 == 0 ? scope.Constant(step.B, x.Dims) : scope.Pick(step.B, v => v.Dims.SequenceEqual(x.Dims))!.Name;
        scope.Add("Concat", step.C % 2 == 0 ? $"{x.Name} {other}" : $"{other} {x.Name}", With(x.Dims, axis, 2 * x.Dims[axis]), ("axis", step.B % 2 == 0 ? axis : axis - x.Rank));
    }

    private static void Split(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2 && v.Dims[1] >= 2) is not { } x)
        {
            return;
        }

        long first = 1 + (step.B % (x.Dims[1] - 1));
        (string a, string b) = (scope.NewName(), scope.NewName());
        if (scope.Opset < 13)
        {
            scope.Builder.Node("Split", $"{x.Name} -> {a} {b}", ("axis", 1), ("split", Ints(first, x.Dims[1] - first)));
        }
        else
        {
            scope.Builder.Node("Split", $"{x.Name} {scope.Ints(first, x.Dims[1] - first)} -> {a} {b}", ("axis", 1));
        }

        scope.Add(new Held(a, With(x.Dims, 1, first)));
        scope.Add(new Held(b, With(x.Dims, 1, x.Dims[1] - first)));
    }

    private static void Slice(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2 && v.Dims[^1] >= 2) is not { } x)
        {
            return;
        }

        long axis = x.Rank - 1;
        long start = step.B % 2;
        long end = step.B % 3 == 0 ? int.MaxValue : x.Dims[axis];
        if (scope.Opset < 10)
        {
            scope.Add("Slice", x.Name, With(x.Dims, axis, x.Dims[axis] - start), ("starts", Ints(start)), ("ends", Ints(end)), ("axes", Ints(axis)));
            return;
        }

        long stride = 1 + (step.C % 2);
        string inputs = $"{x.Name} {scope.Ints(start)} {scope.Ints(end)} {scope.Ints(axis)}";
        scope.Add("Slice", stride == 1 ? inputs : $"{inputs} {scope.Ints(stride)}", With(x.Dims, axis, (x.Dims[axis] - start + stride - 1) / stride));
    }

    /// <summary>To a matrix or to rank 3, with the wildcards that exporters write.</summary>
    private static void Reshape(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        long rest = x.Count / x.Dims[0];
        (long[] target, long[] dims) = (step.B % 4) switch
        {
            0 => (Ints(0, -1), Ints(x.Dims[0], rest)),
            1 => (Ints(-1, rest), Ints(x.Dims[0], rest)),
            2 => (Ints(0, 1, -1), Ints(x.Dims[0], 1, rest)),
            _ => ([0, .. x.Dims[1..]], x.Dims),
        };
        scope.Add("Reshape", $"{x.Name} {scope.Ints(target)}", dims);
    }

    private static void Flatten(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is { } x)
        {
            scope.Add("Flatten", x.Name, [x.Dims[0], x.Count / x.Dims[0]]);
        }
    }

    /// <summary>The batch stays in front, as nearly everywhere.</summary>
    private static void Transpose(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        int turn = x.Rank == 2 ? 0 : 1 + (step.B % (x.Rank - 2));
        long[] order = [0, .. Enumerable.Range(0, x.Rank - 1).Select(i => 1L + ((i + turn) % (x.Rank - 1)))];
        scope.Add("Transpose", x.Name, [.. order.Select(i => x.Dims[i])], ("perm", order));
    }

    private static void Gather(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        long axis = 1 + (step.B % (x.Rank - 1));
        bool isScalar = step.C % 3 == 0;
        string indices = isScalar ? scope.Given(Tensor.Scalar(x.Dims[axis] - 1)) : scope.Ints(x.Dims[axis] - 1, 0);
        scope.Add("Gather", $"{x.Name} {indices}", isScalar ? [.. x.Dims.Where((_, i) => i != axis)] : With(x.Dims, axis, 2), ("axis", axis));
    }

    private static void Squeeze(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2 && Array.IndexOf(v.Dims, 1, 1) > 0) is { } x)
        {
            int axis = Array.IndexOf(x.Dims, 1, 1);
            WithAxes(scope, "Squeeze", x, axis, [.. x.Dims.Where((_, i) => i != axis)]);
        }
    }

    private static void Unsqueeze(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank is 2 or 3) is { } x)
        {
            int axis = 1 + (step.B % x.Rank);
            WithAxes(scope, "Unsqueeze", x, axis, [.. x.Dims[..axis], 1, .. x.Dims[axis..]]);
        }
    }

    private static void WithAxes(GraphScope scope, string op, Held x, long axis, long[] dims)
    {
        if (scope.Opset < 13)
        {
            scope.Add(op, x.Name, dims, ("axes", Ints(axis)));
        }
        else
        {
            scope.Add(op, $"{x.Name} {scope.Ints(axis)}", dims);
        }
    }

    private static long[] With(long[] dims, long axis, long size)
    {
        long[] changed = [.. dims];
        changed[axis] = size;
        return changed;
    }
}
