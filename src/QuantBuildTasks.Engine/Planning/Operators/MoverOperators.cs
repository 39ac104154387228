using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Operators;

/// <summary>Operators that move or pick values; they run on the integers themselves when input and outputs share scale and zero point.</summary>
internal static class MoverOperators
{
    public static Classification First(Node node) => node.Input(0)?.Constant is not null
        ? "it moves stored values"
        : new NodeRole { Kind = OperatorKind.Mover, DataInputs = [0] };

    /// <summary>The integer kernel gives values, not their positions.</summary>
    public static Classification MaxPool(Node node) => node.HasFurtherOutputs ? "its indices are read" : First(node);

    /// <summary>Only the nearest neighbour is a picked value; other modes compute, and cropping fills in a number that is none of the input's.</summary>
    public static Classification Resize(Node node)
    {
        string mode = node.StringAttribute("mode", "nearest");
        return mode != "nearest" ? $"mode '{mode}' has no integer kernel"
            : node.StringAttribute("coordinate_transformation_mode", "") == "tf_crop_and_resize" ? "it fills in a value for what lies outside"
            : First(node);
    }
}
