using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Constants that stand as nodes, expressions of constants, and computations with sizes.</summary>
internal static class ConstantSteps
{
    public static readonly StepKind[] All =
    [
        new("ConstantNode", ConstantNode),
        new("ConstantExpression", ConstantExpression),
        new("ConstantWeight", ConstantWeight),
        new("ShapeToReshape", ShapeToReshape),
        new("ShapeToExpand", ShapeToExpand),
        new("ShapeAsFloat", ShapeAsFloat),
    ];

    private static void ConstantNode(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank > 0) is not { } x)
        {
            return;
        }

        string constant = scope.NewName("k");
        if (scope.Opset >= 12 && step.B % 3 == 0)
        {
            scope.Builder.Node("Constant", $"-> {constant}", ("value_float", 0.75f));
        }
        else
        {
            scope.Builder.Node("Constant", $"-> {constant}", ("value", ModelBuilder.Random(constant, x.Dims[^1])));
        }

        scope.Add(step.C % 2 == 0 ? "Mul" : "Add", $"{x.Name} {constant}", x.Dims);
    }

    private static void ConstantExpression(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank > 0) is { } x)
        {
            string sum = scope.Between("Add", $"{scope.Constant(step.B, x.Dims[^1])} {scope.Constant(step.C, 1)}");
            scope.Add("Mul", $"{x.Name} {(step.B % 2 == 0 ? sum : scope.Between("Relu", sum))}", x.Dims);
        }
    }

    /// <summary>A weight behind a node, as some exporters leave it.</summary>
    private static void ConstantWeight(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is { } x)
        {
            long made = 1 + (step.B % 4);
            string weight = scope.Between("Transpose", scope.Constant(step.C, made, x.Dims[^1]), ("perm", ModelBuilder.Ints(1, 0)));
            scope.Add("MatMul", $"{x.Name} {weight}", [.. x.Dims[..^1], made]);
        }
    }

    /// <summary>Shape → Gather → Unsqueeze → Concat → Reshape, which PyTorch writes for <c>x.view(x.size(0), -1)</c>.</summary>
    private static void ShapeToReshape(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        string shape = scope.Between("Shape", x.Name);
        string batch = scope.Between("Gather", $"{shape} {scope.Given(Tensor.Scalar(0L))}");
        string vector = scope.Opset < 13 ? scope.Between("Unsqueeze", batch, ("axes", ModelBuilder.Ints(0))) : scope.Between("Unsqueeze", $"{batch} {scope.Ints(0)}");
        string target = scope.Between("Concat", $"{vector} {scope.Ints(-1)}", ("axis", 0));
        scope.Add("Reshape", $"{x.Name} {target}", [x.Dims[0], x.Count / x.Dims[0]]);
    }

    private static void ShapeToExpand(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 1) is { } x && scope.Opset >= 9)
        {
            string shape = scope.Between("Shape", x.Name);
            string stretched = step.B % 2 == 0
                ? scope.Between("Expand", $"{scope.Constant(step.C, 1)} {shape}")
                : scope.Between("ConstantOfShape", shape, ("value", Tensor.Vector(0.5f)));
            scope.Add("Mul", $"{x.Name} {stretched}", x.Dims);
        }
    }

    /// <summary>A size that becomes a number: a mean written by hand.</summary>
    private static void ShapeAsFloat(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank >= 2) is { } x)
        {
            string size = scope.Between("Gather", $"{scope.Between("Shape", x.Name)} {scope.Given(Tensor.Scalar((long)(step.B % x.Rank)))}");
            string number = scope.Between("Cast", size, ("to", (int)ElementType.Float32));
            scope.Add("Div", $"{x.Name} {number}", x.Dims);
        }
    }
}
