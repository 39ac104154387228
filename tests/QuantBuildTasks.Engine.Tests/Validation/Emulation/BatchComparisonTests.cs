using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Emulation;

namespace QuantBuildTasks.Engine.Tests.Validation.Emulation;

public sealed class BatchComparisonTests
{
    [Fact]
    public void Samples_are_compared_one_by_one() =>
        Assert.Equal(
            new BatchComparison(DecisionsApart: 1, Identical: 1, GreatestDifference: 3),
            Compare([1, 2, 3, 4, 5, 6], [1, 2, 3, 4.5f, 5, 3], 3, 2));

    [Fact]
    public void A_zero_of_the_other_sign_is_other_bits_but_no_difference() =>
        Assert.Equal(new BatchComparison(0, 0, 0), Compare([0f, 1], [-0f, 1], 1, 2));

    [Fact]
    public void Equal_infinities_and_NaN_are_no_difference_others_are_without_bound()
    {
        float inf = float.PositiveInfinity;

        Assert.Equal(new BatchComparison(0, 1, 0), Compare([inf, float.NaN], [inf, float.NaN], 1, 2));
        Assert.Equal(double.PositiveInfinity, Compare([1f, 2], [1f, float.NaN], 1, 2).GreatestDifference);
        Assert.Equal(double.PositiveInfinity, Compare([inf, 2], [-inf, 2], 1, 2).GreatestDifference);
    }

    [Fact]
    public void An_output_without_rows_is_one_for_all_samples()
    {
        Assert.Equal(new BatchComparison(null, 4, 0), Compare([1f, 2], [1f, 2], 2, 1, samples: 4));
        Assert.Equal(new BatchComparison(null, 0, 0.5), Compare([1f, 2], [1f, 2.5f], 2, 1, samples: 4));
    }

    [Fact]
    public void Rows_that_are_no_scores_have_no_decision() =>
        Assert.Equal(new BatchComparison(null, 1, 2), Compare([1f, 2], [1f, 4], 2, 1));

    [Fact]
    public void Numbers_wider_than_float32_are_compared_in_all_their_bits() =>
        Assert.Equal(0, BatchComparison.Of(Output(Tensor.Of([1.0, 2], 1, 2)), Output(Tensor.Of([1.0, Math.BitIncrement(2.0)], 1, 2)), 1).Identical);

    [Fact]
    public void Outputs_of_other_sizes_are_a_finding() =>
        Assert.Throws<QuantException>(() => BatchComparison.Of(Output(Tensor.Of([1f, 2], 1, 2)), Output(Tensor.Of([1f], 1, 1)), 1));

    private static BatchComparison Compare(float[] native, float[] emulated, long rows, long columns, int? samples = null) =>
        BatchComparison.Of(Output(Tensor.Of(native, rows, columns)), Output(Tensor.Of(emulated, rows, columns)), samples ?? (int)rows);

    private static FirstOutput Output(Tensor tensor)
    {
        var output = new FirstOutput(new FakeSession(new FakeModel(new ModelPort("y", tensor.Type, null), _ => tensor)));
        output.Run(new Dictionary<string, Tensor>());
        return output;
    }
}
