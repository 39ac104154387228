using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>
/// GroupNormalization, version 21: scale and bias have a number for each channel. The one of a group is repeated for its channels:
/// [groups] → [groups, 1] → [groups, channels per group] → [channels].
/// </summary>
internal static class GroupNormalizationScale
{
    public static void Apply(UpgradeSite at)
    {
        long groups = at.Int("num_groups") is { } number and > 0 ? number : throw at.Refuse("it does not say how many groups");
        Value size = Repeats(at, groups);
        for (int i = 1; i <= 2; i++)
        {
            Value column = at.Before("Unsqueeze", "column", [at.Input(i), at.Constant(Tensor.Vector(1L), "one")]);
            Value rows = at.Before("Expand", "rows", [column, size]);
            at.Node.SetInput(i, at.Before("Reshape", i == 1 ? "scale" : "bias", [rows, at.Constant(Tensor.Vector(-1L), "flat")]));
        }
    }

    /// <summary>[groups, channels per group].</summary>
    private static Value Repeats(UpgradeSite at, long groups)
    {
        Value input = at.Input();
        if (input.Shape is { Rank: > 1 } shape && shape[1].Value is { } channels)
        {
            return at.Constant(Tensor.Vector(groups, channels / groups), "repeats");
        }

        Value count = at.Before("Shape", "channels", [input], NodeAttribute.Of("start", 1L), NodeAttribute.Of("end", 2L));
        Value number = at.Constant(Tensor.Vector(groups), "groups");
        return at.Before("Concat", "repeats", [number, at.Before("Div", "channels_per_group", [count, number])], NodeAttribute.Of("axis", 0L));
    }
}
