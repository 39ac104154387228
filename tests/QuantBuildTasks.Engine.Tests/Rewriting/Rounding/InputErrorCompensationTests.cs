using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Rewriting.Rounding;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Rounding;

public sealed class InputErrorCompensationTests
{
    /// <summary>x̂ = 2·x: u = w/2 without damping; the matrix has a ridge of 10⁻⁴ + 10⁻² · 2 inputs / 10⁶ patches of its mean.</summary>
    [Fact]
    public void Weights_undo_a_factor_that_the_input_has_got()
    {
        // E[x̂·x̂ᵀ] = 4·I and E[x̂·dᵀ] = 2·(1 − 2)·I with d = x − x̂ = −x, for x with E[x·xᵀ] = I.
        float[] rows = Compensated([4, 0, 0, 4], [-2, 0, 0, -2], damping: 0);

        Assert.All(rows.Zip([0.5f, -1.5f]), p => Assert.Equal(p.Second, p.First, 1e-3));
    }

    /// <summary>Noise of variance ¼ in x̂ that has nothing to do with x, of variance 1: u = w·1/(1 + ¼), the factor of Wiener.</summary>
    [Fact]
    public void Weights_shrink_where_the_input_got_noise()
    {
        float[] rows = Compensated([1.25f, 0, 0, 1.25f], [-0.25f, 0, 0, -0.25f], damping: 0);

        Assert.All(rows.Zip([0.8f, -2.4f]), p => Assert.Equal(p.Second, p.First, 1e-3));
    }

    [Fact]
    public void Damping_keeps_weights_near_to_what_they_were()
    {
        float[] rows = Compensated([1.25f, 0, 0, 1.25f], [-0.25f, 0, 0, -0.25f], damping: 1e6);

        Assert.All(rows.Zip([1f, -3f]), p => Assert.Equal(p.Second, p.First, 1e-3));
    }

    [Fact]
    public void Input_without_error_leaves_weights_as_they_are() => Assert.Equal([1f, -3f], Compensated([1, 0.5f, 0.5f, 1], [0, 0, 0, 0], damping: 0.1));

    [Fact]
    public void Input_that_is_always_the_same_has_nothing_to_say() =>
        Assert.Null(InputErrorCompensation.Of(new PairedMoments(new LayerMoments(1, 1, [2], [4], 100), [0], [0]), 0, true, 0.1));

    private static float[] Compensated(float[] second, float[] products, double damping)
    {
        var moments = new PairedMoments(new LayerMoments(1, 2, [0, 0], second, 1_000_000), [0, 0], products);
        Node node = new ModelBuilder().Input("x", "N", 2).Weight("w", 2, 1).Node("MatMul", "x w -> y").Output("y").Build().Graph.Nodes[0];
        float[] weights = [1, -3];
        InputErrorCompensation.Of(moments, 0, false, damping)!.Apply(weights, LayerRows.Of(node, Tensor.Of(weights, 2, 1), moments.Read), 0);
        return weights;
    }
}
