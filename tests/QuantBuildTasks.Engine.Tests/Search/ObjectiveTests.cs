using QuantBuildTasks.Engine.Search;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Tests.Search;

public sealed class ObjectiveTests
{
    [Fact]
    public void Floor_of_the_gate_sets_the_target()
    {
        Assert.Equal(new Objective(35, 20), Objective.Of(MetricRequest.Default, MetricKind.Sqnr));
        Assert.Equal(new Objective(45, 30), Objective.Of([new MetricRequest(MetricKind.Sqnr) { MaxDrop = new MaxDrop(MaxDropKind.Absolute, 30) }], MetricKind.Sqnr));
    }

    [Fact]
    public void Metric_without_decibels_has_no_floor() => Assert.Null(Objective.Of(MetricRequest.Default, MetricKind.Top1).FloorDb);

    [Fact]
    public void Outputs_that_are_no_numbers_are_infinitely_bad() => Assert.Equal(double.PositiveInfinity, new Objective(35, null).Cost(1, 1, double.NaN));

    [Fact]
    public void Above_the_target_accuracy_is_worth_nothing_more() => Assert.Equal(new Objective(35, null).Cost(0.5, 0.25, 36), new Objective(35, null).Cost(0.5, 0.25, double.PositiveInfinity));
}
