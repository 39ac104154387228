using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Operators on each element, with constants and with other values.</summary>
internal static class ElementwiseSteps
{
    private static readonly (string Op, int Since)[] Unary =
    [
        ("Relu", 7), ("Sigmoid", 7), ("Tanh", 7), ("LeakyRelu", 7), ("HardSigmoid", 7), ("Elu", 7), ("Abs", 7), ("Neg", 7), ("Erf", 9), ("HardSwish", 14), ("Softplus", 7), ("Softmax", 13),
    ];

    private static readonly string[] Binary = ["Add", "Mul", "Sub", "Div"];

    public static readonly StepKind[] All =
    [
        new("Unary", OnEach),
        new("Unary", OnEach),
        new("WithConstant", WithConstant),
        new("WithConstant", WithConstant),
        new("WithConstant", WithConstant),
        new("WithValue", WithValue),
        new("Clip", Clip),
        new("Identity", Identity),
        new("Dropout", Dropout),
        new("Casts", Casts),
    ];

    private static void OnEach(GraphScope scope, Step step)
    {
        (string op, int since) = Unary[step.B % Unary.Length];
        if (scope.Opset >= since && scope.Pick(step.A, v => v.Rank > 0) is { } x)
        {
            scope.Add(op, x.Name, x.Dims);
        }
    }

    /// <summary>The constant has one element, the last sizes, one per channel, or all sizes but the batch; it may stand on either side.</summary>
    private static void WithConstant(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, _ => true) is not { } x)
        {
            return;
        }

        long[] dims = (step.B % 6) switch
        {
            0 => [],
            1 => [1],
            2 when x.Rank >= 1 => [x.Dims[^1]],
            3 when x.Rank >= 2 => [x.Dims[1], .. Enumerable.Repeat(1L, x.Rank - 2)],
            4 when x.Rank >= 2 => [1, x.Dims[1], .. Enumerable.Repeat(1L, x.Rank - 2)],
            5 when x.Rank >= 2 => x.Dims[1..],
            _ => [],
        };
        string op = Binary[step.C % 4];
        string constant = op == "Div" ? scope.Positive(dims) : scope.Constant(step.C / 4, dims);
        bool constantFirst = step.C >= 16 && op != "Div";
        long[] made = x.Rank >= dims.Length ? x.Dims : dims;
        scope.Add(op, constantFirst ? $"{constant} {x.Name}" : $"{x.Name} {constant}", made);
    }

    private static void WithValue(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, _ => true) is not { } x || scope.Pick(step.B, v => Fits(v, x)) is not { } y)
        {
            return;
        }

        string op = (step.C % (scope.Opset < 8 ? 3 : 5)) switch { 0 => "Add", 1 => "Mul", 2 => "Sub", 3 => "Max", _ => "Min" };
        scope.Add(op, step.C % 2 == 0 ? $"{x.Name} {y.Name}" : $"{y.Name} {x.Name}", x.Dims);
    }

    /// <summary>Whether <paramref name="small"/> is stretched to the sizes of <paramref name="large"/>, which stay.</summary>
    private static bool Fits(Held small, Held large) =>
        small.Rank <= large.Rank && small.Dims.Reverse().Zip(large.Dims.Reverse()).All(p => p.First == p.Second || p.First == 1);

    private static void Clip(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank > 0) is not { } x)
        {
            return;
        }

        (float low, float high) = (step.B % 3 == 0 ? 0 : -0.7f, step.C % 2 == 0 ? 6f : 0.5f);
        if (scope.Opset < 11)
        {
            scope.Add("Clip", x.Name, x.Dims, ("min", low), ("max", high));
            return;
        }

        string min = step.B % 4 == 3 ? "_" : scope.Given(Tensor.Scalar(low));
        string max = step.C % 4 == 3 ? "" : " " + scope.Given(Tensor.Scalar(high));
        scope.Add("Clip", min == "_" && max.Length == 0 ? x.Name : $"{x.Name} {min}{max}", x.Dims);
    }

    private static void Identity(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, _ => true) is { } x)
        {
            scope.Add("Identity", x.Name, x.Dims);
        }
    }

    private static void Dropout(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank > 0) is { } x)
        {
            if (scope.Opset >= 12 && step.B % 3 == 0)
            {
                scope.Add("Dropout", $"{x.Name} {scope.Given(Tensor.Scalar(0.4f))}{(step.C % 2 == 0 ? "" : " " + scope.Given(Tensor.Scalar(false)))}", x.Dims);
            }
            else
            {
                scope.Add("Dropout", x.Name, x.Dims);
            }
        }
    }

    /// <summary>Something stands between the two: ONNX Runtime 1.31.1 takes out a pair of casts even where a branch reads the value behind it, and then cannot run.</summary>
    private static void Casts(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, _ => true) is { } x)
        {
            string wide = scope.Between("Cast", x.Name, ("to", (int)(step.B % 2 == 0 ? ElementType.Float64 : ElementType.Float32)));
            scope.Add("Cast", scope.Between("Neg", wide), x.Dims, ("to", (int)ElementType.Float32));
        }
    }
}
