using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>
/// Broadcasting, version 7. Before, the second input of an arithmetic operator was laid onto the first from dimension <c>axis</c> on, or at its end where
/// there is no axis; since then it is always the end (docs/Broadcasting.md of ONNX). With an axis the second input gets dimensions of 1 behind its own, as
/// many as the first has behind those that it covers. Where the first one's rank is not known they are counted while the model runs.
/// </summary>
internal static class BroadcastAxis
{
    public static void Apply(UpgradeSite at)
    {
        bool broadcasts = at.Int("broadcast") is { } flag && flag != 0;
        long? axis = at.Int("axis");
        at.Drop("broadcast", "axis");
        if (broadcasts && axis >= 0)
        {
            Align(at, axis.Value);
        }
    }

    /// <summary>PRelu: a slope of one number holds for all, any other has one number for each channel (dimension 1).</summary>
    public static void OfSlope(UpgradeSite at)
    {
        int? rank = KnownForm.RankOf(at.Input(1));
        if (rank is null)
        {
            throw at.Refuse("the rank of its slope is not known");
        }

        if (rank == 1 && !IsOneElement(at.Input(1)))
        {
            Align(at, axis: 1);
        }
    }

    private static void Align(UpgradeSite at, long axis)
    {
        Value first = at.Input(), second = at.Input(1);
        if (IsOneElement(second))
        {
            return;
        }

        int rank = KnownForm.RankOf(second) ?? throw at.Refuse("the rank of its second input is not known");
        if (KnownForm.RankOf(first) is not { } around)
        {
            at.Node.SetInput(1, WithCountedOnes(at, first, second, axis + rank));
            return;
        }

        long missing = around - axis - rank;
        if (missing < 0)
        {
            throw at.Refuse($"its second input of rank {rank} does not fit onto rank {around} from axis {axis} on");
        }

        if (missing > 0)
        {
            at.Node.SetInput(1, at.Before("Unsqueeze", "aligned", [second], NodeAttribute.Of("axes", [.. Enumerable.Range(rank, (int)missing).Select(i => (long)i)])));
        }
    }

    /// <summary>The second input in the shape [its own sizes, 1 for each dimension of the first from <paramref name="covered"/> on].</summary>
    private static Value WithCountedOnes(UpgradeSite at, Value first, Value second, long covered)
    {
        Value sizes = at.Before("Shape", "sizes", [first]);
        Value behind = at.Before("Slice", "sizes_behind", [sizes], NodeAttribute.Of("axes", [0L]), NodeAttribute.Of("starts", [covered]), NodeAttribute.Of("ends", [long.MaxValue]));
        Value zeros = at.Before("Mul", "zeros", [behind, at.Constant(Tensor.Vector(0L), "zero")]);
        Value ones = at.Before("Add", "ones", [zeros, at.Constant(Tensor.Vector(1L), "one")]);
        Value own = at.Before("Shape", "own_sizes", [second]);
        Value shape = at.Before("Concat", "aligned_sizes", [own, ones], NodeAttribute.Of("axis", 0L));
        return at.Before("Reshape", "aligned", [second, shape]);
    }

    private static bool IsOneElement(Value value) => KnownForm.ConstantOf(value) is { } constant
        ? constant.Length == 1
        : value.Shape is { } shape && shape.All(d => d.Value == 1);
}
