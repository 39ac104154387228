using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>The sizes that Split cuts: an input in version 1, an attribute in 2, an input again in 13; a count of equal parts in 18.</summary>
internal static class SplitSizes
{
    /// <summary>Version 2. What version 1 does without an axis its text does not say.</summary>
    public static void ToAttribute(UpgradeSite at)
    {
        if (at.Int("axis") is null)
        {
            throw at.Refuse("it names no axis");
        }

        if (at.Node.Input(1) is { } sizes)
        {
            at.Node.SetAttribute(NodeAttribute.Of("split", ConstantNumbers.Of(at, sizes, "its sizes")));
            at.Node.SetInput(1, null);
        }
    }

    /// <summary>Version 13.</summary>
    public static void ToInput(UpgradeSite at) => at.MoveToInput("split", 1);

    /// <summary>Version 18.</summary>
    public static void CountOutputs(UpgradeSite at)
    {
        if (at.Node.Input(1) is null)
        {
            at.Node.SetAttribute(NodeAttribute.Of("num_outputs", (long)at.Node.Outputs.Count));
        }
    }
}
