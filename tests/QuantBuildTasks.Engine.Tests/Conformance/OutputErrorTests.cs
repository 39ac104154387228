using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Conformance;

public sealed class OutputErrorTests
{
    [Fact]
    public void Largest_difference_counts_as_a_share_of_the_largest_magnitude() =>
        Assert.Equal(0.25, OutputError.Of([Tensor.Vector(1f, -4f), Tensor.Vector(0f)], [Tensor.Vector(2f, -4f), Tensor.Vector(0f)]));

    [Fact]
    public void Tensors_of_a_sequence_count() =>
        Assert.Equal(0.5, OutputError.Of([new[] { Tensor.Vector(2f) }], [new[] { Tensor.Vector(1f) }]));

    [Fact]
    public void Indices_may_flip() => Assert.Equal(0, OutputError.Of([Tensor.Vector(1L)], [Tensor.Vector(2L)]));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Number_that_is_no_longer_finite_has_no_error(float now) => Assert.Null(OutputError.Of([Tensor.Vector(1f)], [Tensor.Vector(now)]));

    [Fact]
    public void Number_that_was_not_finite_may_be_anything() => Assert.Equal(0, OutputError.Of([Tensor.Vector(float.NaN, 1f)], [Tensor.Vector(3f, 1f)]));

    [Fact]
    public void Other_types_sizes_or_counts_have_no_error()
    {
        Assert.Null(OutputError.Of([Tensor.Vector(1f)], [Tensor.Vector(1d)]));
        Assert.Null(OutputError.Of([Tensor.Vector(1f)], [Tensor.Vector(1f, 2f)]));
        Assert.Null(OutputError.Of([Tensor.Vector(1f)], []));
    }
}
