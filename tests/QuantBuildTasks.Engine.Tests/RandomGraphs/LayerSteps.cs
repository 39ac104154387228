using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Operators with weights, and pooling.</summary>
internal static class LayerSteps
{
    public static readonly StepKind[] All =
    [
        new("Conv", Conv),
        new("Conv", Conv),
        new("ConvTranspose", ConvTranspose),
        new("Gemm", Gemm),
        new("MatMul", MatMul),
        new("MatMul", MatMul),
        new("BatchNormalization", BatchNormalization),
        new("BatchNormalization", BatchNormalization),
        new("Pool", Pool),
    ];

    private static void Conv(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank == 4) is not { } x)
        {
            return;
        }

        (long channels, long height, long width) = (x.Dims[1], x.Dims[2], x.Dims[3]);
        long kernel = step.B % 2 == 0 ? 3 : 1;
        long pad = kernel == 1 ? 0 : height < 3 || width < 3 || step.C % 2 == 0 ? 1 : 0;
        bool isDepthwise = step.B % 3 == 2;
        long made = isDepthwise ? channels : 1 + (step.B % 4);
        long stride = step.C % 5 == 4 ? 2 : 1;
        string weight = scope.Constant(step.C, made, isDepthwise ? 1 : channels, kernel, kernel);
        string bias = step.C % 3 == 0 ? "" : " " + scope.Constant(step.B, made);
        scope.Add(
            "Conv",
            $"{x.Name} {weight}{bias}",
            [x.Dims[0], made, ((height + (2 * pad) - kernel) / stride) + 1, ((width + (2 * pad) - kernel) / stride) + 1],
            ("pads", Ints(pad, pad, pad, pad)),
            ("strides", Ints(stride, stride)),
            ("group", isDepthwise ? channels : 1L));
    }

    private static void ConvTranspose(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank == 4) is not { } x)
        {
            return;
        }

        long made = 1 + (step.B % 3);
        long stride = x.Dims[2] < 5 && step.C % 2 == 1 ? 2 : 1;
        string weight = scope.Constant(step.C, x.Dims[1], made, 2, 2);
        string bias = step.C % 3 == 0 ? "" : " " + scope.Constant(step.B, made);
        scope.Add("ConvTranspose", $"{x.Name} {weight}{bias}", [x.Dims[0], made, ((x.Dims[2] - 1) * stride) + 2, ((x.Dims[3] - 1) * stride) + 2], ("strides", Ints(stride, stride)));
    }

    private static void Gemm(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank == 2) is not { } x)
        {
            return;
        }

        long made = 1 + (step.B % 5);
        bool transposed = step.C % 2 == 1;
        string weight = transposed ? scope.Constant(step.B, made, x.Dims[1]) : scope.Constant(step.B, x.Dims[1], made);
        string bias = scope.Constant(step.C, step.C % 3 == 0 ? [made] : [1, made]);
        scope.Add("Gemm", $"{x.Name} {weight} {bias}", [x.Dims[0], made], ("transB", transposed ? 1 : 0), ("alpha", step.B % 4 == 3 ? 0.5f : 1f), ("beta", step.C % 4 == 3 ? 2f : 1f));
    }

    private static void MatMul(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        long made = 1 + (step.B % 5);
        string product = scope.NewName();
        string inputs = $"{x.Name} {scope.Constant(step.C, x.Dims[^1], made)}";
        long[] dims = [.. x.Dims[..^1], made];
        if (step.C % 3 == 0)
        {
            scope.Add("MatMul", inputs, dims);
        }
        else
        {
            product = scope.Between("MatMul", inputs);
            string bias = scope.Constant(step.B, step.C % 3 == 1 ? [made] : [1, made]);
            scope.Add("Add", step.C % 2 == 0 ? $"{product} {bias}" : $"{bias} {product}", x.Rank == 1 ? [1, made] : dims);
        }
    }

    private static void BatchNormalization(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is { } x)
        {
            long channels = x.Dims[1];
            string inputs = $"{x.Name} {scope.Constant(step.B, channels)} {scope.Constant(step.C, channels)} {scope.Constant(1, channels)} {scope.Positive(channels)}";
            scope.Add("BatchNormalization", inputs, x.Dims, ("epsilon", step.C % 2 == 0 ? 1e-5f : 0.1f));
        }
    }

    private static void Pool(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank == 4 && v.Dims[2] > 1 && v.Dims[3] > 1) is { } x)
        {
            scope.Add(step.B % 2 == 0 ? "MaxPool" : "AveragePool", x.Name, [x.Dims[0], x.Dims[1], x.Dims[2] - 1, x.Dims[3] - 1], ("kernel_shape", Ints(2, 2)));
        }
    }
}
