using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>
/// Tile, version 6: version 1 repeats along one axis (<c>tiles</c> times along <c>axis</c>, both inputs), version 6 along all (<c>repeats</c>).
/// </summary>
internal static class TileRepeats
{
    public static void Apply(UpgradeSite at)
    {
        long tiles = ConstantNumbers.One(at, at.Input(1), "its tiles");
        long axis = ConstantNumbers.One(at, at.Input(2), "its axis numbers");
        int rank = KnownForm.RankOf(at.Input()) ?? throw at.Refuse("the rank of its input is not known");
        if (axis < 0 || axis >= rank)
        {
            throw at.Refuse($"its axis {axis} lies outside of rank {rank}");
        }

        var repeats = new long[rank];
        Array.Fill(repeats, 1);
        repeats[axis] = tiles;
        at.Node.SetInput(2, null);
        at.Node.SetInput(1, at.Constant(Tensor.Vector(repeats), "repeats"));
    }
}
