using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Defaults that went away or became others: what the node did without saying so is written.</summary>
internal static class OldDefaults
{
    /// <summary>Concat, version 4.</summary>
    public static void ConcatAxis(UpgradeSite at) => WriteIfAbsent(at, NodeAttribute.Of("axis", 1L));

    /// <summary>Selu, version 6.</summary>
    public static void Selu(UpgradeSite at)
    {
        at.Drop("consumed_inputs");
        WriteIfAbsent(at, NodeAttribute.Of("alpha", 1.6732f));
        WriteIfAbsent(at, NodeAttribute.Of("gamma", 1.0507f));
    }

    /// <summary>RoiAlign, version 16.</summary>
    public static void RoiAlignCoordinates(UpgradeSite at) => at.Node.SetAttribute(NodeAttribute.Of("coordinate_transformation_mode", "output_half_pixel"));

    private static void WriteIfAbsent(UpgradeSite at, NodeAttribute attribute)
    {
        if (at.Node.Attribute(attribute.Name) is null)
        {
            at.Node.SetAttribute(attribute);
        }
    }
}
