using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>LpPool and GlobalLpPool, version 2: the order p of the norm is an integer.</summary>
internal static class PoolOrder
{
    private const float OldDefault = 2;

    public static void ToInteger(UpgradeSite at)
    {
        float p = at.Node.Attribute("p")?.Kind == AttributeKind.Int ? at.Int("p")!.Value : at.Float("p") ?? OldDefault;
        if (p != MathF.Round(p))
        {
            throw at.Refuse($"the order of its norm, {p}, is no integer");
        }

        if (at.Node.Is("LpPool") && at.Ints("kernel_shape") is null)
        {
            throw at.Refuse("it has no kernel_shape");
        }

        at.Node.SetAttribute(NodeAttribute.Of("p", (long)p));
    }
}
