using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>
/// Softmax, LogSoftmax and Hardmax, version 13. Before, the input was seen as a matrix of the dimensions in front of <c>axis</c> by all from it on, and
/// a row of it was one distribution; since then it is the one dimension <c>axis</c>. The two are the same where all dimensions behind the axis are 1, or none
/// is. Else: Flatten to that matrix, the operator, Reshape to the sizes of the input.
/// </summary>
internal static class SoftmaxAxis
{
    private const long OldDefault = 1;

    public static void Apply(UpgradeSite at)
    {
        long axis = at.Int("axis") ?? OldDefault;
        Value input = at.Input();
        if (KnownForm.RankOf(input) is { } rank && IsOneDimension(input.Shape, axis < 0 ? axis + rank : axis, rank))
        {
            at.Node.SetAttribute(NodeAttribute.Of("axis", axis));
            return;
        }

        Value matrix = at.Before("Flatten", "matrix", [input], NodeAttribute.Of("axis", axis));
        Value sizes = at.Before("Shape", "sizes", [input]);
        at.Node.SetInput(0, matrix);
        at.Node.SetAttribute(NodeAttribute.Of("axis", 1L));
        (Value computed, Value given) = at.Interpose(0, "matrix");
        at.After("Reshape", [computed, sizes], given);
    }

    private static bool IsOneDimension(Shape? shape, long axis, int rank) =>
        axis == rank - 1 || (axis < rank - 1 && shape is not null && shape.Skip((int)axis + 1).All(d => d.Value == 1));
}
