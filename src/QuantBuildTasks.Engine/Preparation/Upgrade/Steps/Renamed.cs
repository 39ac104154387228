using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Changes of a name alone.</summary>
internal static class Renamed
{
    /// <summary>Pad, version 2.</summary>
    public static void PadsOfPad(UpgradeSite at)
    {
        if (at.Ints("paddings") is { } pads)
        {
            at.Node.SetAttribute(NodeAttribute.Of("pads", pads));
            at.Drop("paddings");
        }
    }

    /// <summary>Scatter, version 11.</summary>
    public static void Scatter(UpgradeSite at) => at.Replace("ScatterElements", at.Node.Inputs.ToArray(), [.. at.Node.Attributes]);

    /// <summary>GridSample, version 20.</summary>
    public static void GridSampleMode(UpgradeSite at)
    {
        if (at.Text("mode") is "bilinear" or "bicubic")
        {
            at.Node.SetAttribute(NodeAttribute.Of("mode", at.Text("mode")![2..]));
        }
    }
}
