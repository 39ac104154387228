using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

public sealed class ScanBatchTests
{
    private static ModelBuilder RunningSum(string edges, long batch) => new ModelBuilder(8).Input("initial", batch, 2).Input("x", batch, 3, 2).Input("lengths", ElementType.Int64, batch)
        .Node(
            "Scan",
            edges,
            ("num_scan_inputs", 1),
            ("directions", Ints(1)),
            ("body", Body(b => b.Input("sum_in", 2).Input("next", 2).Node("Add", "sum_in next -> sum").Node("Identity", "sum -> out").Output("sum").Output("out"))))
        .Node("Neg", "lengths -> unused").Output("final").Output("sums").Output("unused", ElementType.Int64);

    [Fact]
    public void A_batch_of_1_is_taken_off_and_put_back()
    {
        OnnxModel upgraded = UpgradeCheck.Same(RunningSum("_ initial x -> final sums", 1));

        Assert.Equal(["Squeeze", "Squeeze", "Scan", "Unsqueeze", "Unsqueeze", "Neg"], PassCheck.Operators(upgraded));
    }

    [Fact]
    public void Another_batch_is_refused() =>
        Assert.Contains("its batch is not known to be 1", UpgradeCheck.Refusal(RunningSum("_ initial x -> final sums", 2)), StringComparison.Ordinal);

    [Fact]
    public void Lengths_are_refused() =>
        Assert.Contains("a length for each sequence", UpgradeCheck.Refusal(RunningSum("lengths initial x -> final sums", 1)), StringComparison.Ordinal);
}
