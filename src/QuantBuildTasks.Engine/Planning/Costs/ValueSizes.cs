using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>Sizes of values for one sample, from shapes that may leave some open: the first axis then counts as a batch of one, another one as <see cref="Assumed"/>.</summary>
/// <param name="shapeOf">The shape of a value with the sizes of a sample, where it is known better than <see cref="Value.Shape"/>; else null.</param>
internal sealed class ValueSizes(Func<Value, Shape?>? shapeOf = null)
{
    /// <summary>What an unknown size counts as.</summary>
    public const long Assumed = 32;

    public double Elements(Value value) =>
        ShapeOf(value) is not { } shape ? Assumed : shape.Index().Aggregate(1.0, (product, d) => product * Size(d.Item, d.Index));

    /// <summary>One size.</summary>
    /// <param name="value">Of it.</param>
    /// <param name="axis">Negative ones count from the end.</param>
    public double Size(Value value, int axis)
    {
        if (ShapeOf(value) is not { Rank: > 0 } shape)
        {
            return Assumed;
        }

        int index = axis < 0 ? Math.Max(0, shape.Rank + axis) : Math.Min(axis, shape.Rank - 1);
        return Size(shape[index], index);
    }

    /// <summary>The channels of an image or series, else the size of the last axis; 1 at least.</summary>
    public double Channels(Value value) => Math.Max(1, Size(value, IsImage(value) ? 1 : -1));

    /// <summary>Whether a value is laid out as an image or a series: kernels may want its channels in another place.</summary>
    public bool IsImage(Value value) => ShapeOf(value) is { Rank: >= 3 };

    /// <summary>Whether a size was assumed.</summary>
    public bool IsAssumed(Value value) => ShapeOf(value) is not { } shape || shape.Skip(1).Any(d => d.Value is null);

    private Shape? ShapeOf(Value value) => shapeOf?.Invoke(value) ?? value.Shape;

    private static double Size(Dimension dimension, int axis) => dimension.Value ?? (axis == 0 ? 1 : Assumed);
}
