using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Reductions.</summary>
internal static class ReducingSteps
{
    public static readonly StepKind[] All = [new("Reduce", Reduce), new("Reduce", Reduce), new("GlobalAveragePool", GlobalAveragePool)];

    private static void Reduce(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        string op = (step.B % 4) switch { 0 => "ReduceSum", 1 => "ReduceMax", _ => "ReduceMean" };
        long[] axes = x.Rank == 4 && step.C % 3 > 0 ? (step.C % 2 == 0 ? [2, 3] : [-2, -1]) : [x.Rank - 1];
        bool keep = step.B % 3 > 0;
        int[] positive = [.. axes.Select(a => (int)(a < 0 ? a + x.Rank : a))];
        long[] dims = keep ? [.. x.Dims.Select((d, i) => positive.Contains(i) ? 1 : d)] : [.. x.Dims.Where((_, i) => !positive.Contains(i))];
        long since = op == "ReduceSum" ? 13 : 18;
        if (scope.Opset >= since)
        {
            scope.Add(op, $"{x.Name} {scope.Ints(axes)}", dims, ("keepdims", keep ? 1 : 0));
        }
        else
        {
            // Before operator set 11 axes could not be negative.
            scope.Add(op, x.Name, dims, ("axes", scope.Opset < 11 ? Ints([.. positive.Select(i => (long)i)]) : axes), ("keepdims", keep ? 1 : 0));
        }
    }

    private static void GlobalAveragePool(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank == 4) is { } x)
        {
            scope.Add("GlobalAveragePool", x.Name, [x.Dims[0], x.Dims[1], 1, 1]);
        }
    }
}
