using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning;

public sealed class KnownRangeTests
{
    private static ModelBuilder Start() => new ModelBuilder(20).Input("x", "N", 4).Input("z", "N", 4);

    [Theory]
    [InlineData("Tanh", -1, 1)]
    [InlineData("Softsign", -1, 1)]
    [InlineData("Relu", 0, 9)]
    [InlineData("Exp", 0, 9)]
    [InlineData("Elu", -1, 9)]
    [InlineData("HardSwish", -0.375, 9)]
    [InlineData("Gelu", -0.1701, 9)]
    [InlineData("Neg", -9, 9)]
    public void Observed_range_is_narrowed_to_what_the_operator_can_give(string opType, double min, double max) =>
        Assert.Equal((min, max), KnownRange.Narrow(Start().Node(opType, "x -> y").Graph.Find("y")!, (-9, 9)));

    [Theory]
    [InlineData("x g", "x", -0.2785)]
    [InlineData("g x", "x", -0.2785)]
    [InlineData("z g", "x", -9)]
    public void Product_with_the_sigmoid_of_the_same_value_has_a_least_value(string operands, string gated, double min) =>
        Assert.Equal((min, 9), KnownRange.Narrow(Start().Node("Sigmoid", $"{gated} -> g").Node("Mul", $"{operands} -> y").Graph.Find("y")!, (-9, 9)));

    [Theory]
    [InlineData(1 / 6f, -0.375)]
    [InlineData(0.2f, -9)]
    public void So_has_a_HardSwish_of_two_nodes(float alpha, double min) =>
        Assert.Equal((min, 9), KnownRange.Narrow(Start().Node("HardSigmoid", "x -> g", ("alpha", alpha), ("beta", 0.5f)).Node("Mul", "x g -> y").Graph.Find("y")!, (-9, 9)));

    [Theory]
    [InlineData("HardSwish", -0.375)]
    [InlineData("Gelu", -0.1701)]
    public void Least_values_are_those_of_the_formulas(string opType, double least)
    {
        Func<double, double> formula = opType == "Gelu"
            ? x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))))
            : x => x * Math.Clamp((x / 6) + 0.5, 0, 1);

        double found = Enumerable.Range(0, 60_000).Min(i => formula(-6 + (i / 10_000.0)));

        Assert.InRange(found - least, 0, 1e-4);
    }

    [Fact]
    public void Gates_need_no_observation() => Assert.Equal((0, 1), KnownRange.Of(Start().Node("Sigmoid", "x -> y").Graph.Find("y")!));
}
