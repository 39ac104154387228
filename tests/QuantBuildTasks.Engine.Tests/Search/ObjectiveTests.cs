using QuantBuildTasks.Engine.Search;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Tests.Search;

public sealed class ObjectiveTests
{
    [Fact]
    public void Floor_of_the_gate_sets_the_target()
    {
        Assert.Equal(new Objective(35, 20), Of(MetricRequest.Default, MetricKind.Sqnr));
        Assert.Equal(new Objective(45, 30), Of([new MetricRequest(MetricKind.Sqnr) { MaxDrop = new MaxDrop(MaxDropKind.Absolute, 30) }], MetricKind.Sqnr));
    }

    [Fact]
    public void Limit_on_decisions_becomes_a_floor() =>
        Assert.Equal(new Objective(35, 31), Objective.Of([new MetricRequest(MetricKind.Agreement) { MaxDrop = new MaxDrop(MaxDropKind.Points, 0.02) }], MetricKind.Agreement, limit => limit == 0.02 ? 31 : 0));

    [Fact]
    public void Metric_without_decibels_has_no_floor() => Assert.Null(Of(MetricRequest.Default, MetricKind.Top1).FloorDb);

    [Fact]
    public void Outputs_that_are_no_numbers_are_infinitely_bad() => Assert.Equal(double.PositiveInfinity, new Objective(35, null).Cost(1, 1, double.NaN));

    [Fact]
    public void Above_the_target_accuracy_is_worth_nothing_more() => Assert.Equal(new Objective(35, null).Cost(0.5, 0.25, 36), new Objective(35, null).Cost(0.5, 0.25, double.PositiveInfinity));

    [Fact]
    public void The_further_below_the_target_the_more_a_decibel_is_worth()
    {
        var objective = new Objective(35, null);

        // 10 · (0.02 + 0.004 · 10) = 0.6; 5 · (0.02 + 0.004 · 5) = 0.2.
        Assert.Equal(0.6, objective.Cost(1, 1, 25), 1e-12);
        Assert.Equal(0.2, objective.Cost(1, 1, 30), 1e-12);
        Assert.Equal(Math.Log(0.5) + Math.Log(0.25), objective.Cost(0.5, 0.25, 35), 1e-12);
    }

    private static Objective Of(IReadOnlyList<MetricRequest> metrics, MetricKind first) => Objective.Of(metrics, first, _ => throw new InvalidOperationException());
}
