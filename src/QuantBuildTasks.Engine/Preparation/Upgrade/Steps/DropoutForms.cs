using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Dropout, versions 10 and 12. A node passes its input on: the mask is true everywhere.</summary>
internal static class DropoutForms
{
    /// <summary>Version 10: the mask had the element type of the data before.</summary>
    public static void MaskToBool(UpgradeSite at)
    {
        if (at.Node.Outputs.Count < 2 || at.Node.Outputs[1] is not { } mask)
        {
            return;
        }

        if (mask.Uses.Count == 0 && !mask.IsGraphOutput)
        {
            at.Node.SetOutput(1, null);
            at.Node.Graph.Remove(mask);
            return;
        }

        ElementType type = KnownForm.TypeOf(at.Input());
        (Value computed, Value given) = at.Interpose(1, "bool");
        at.After("Cast", [computed], given, NodeAttribute.Of("to", (long)(type == ElementType.Undefined ? ElementType.Float32 : type)));
    }

    /// <summary>Version 12.</summary>
    public static void RatioToInput(UpgradeSite at)
    {
        if (at.Float("ratio") is { } ratio)
        {
            at.Node.SetInput(1, at.Constant(Tensor.Scalar(ratio), "ratio"));
        }

        at.Drop("ratio");
    }
}
