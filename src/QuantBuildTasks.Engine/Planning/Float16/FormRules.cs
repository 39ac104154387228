using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Planning.Float16;

/// <summary>
/// Why a node must compute in float32 as far as the model itself tells: its form and the numbers stored in it. Nodes are asked in graph order, since what
/// is made with huge numbers (masks of −10⁹, say) stays float32 up to the operator that bounds it, whether or not calibration met a mask.
/// </summary>
/// <param name="profile">Whose execution provider computes.</param>
/// <param name="keepFloat">The user's reason to keep a node float32, or null.</param>
internal sealed class FormRules(HardwareProfile profile, Func<Node, string?> keepFloat)
{
    /// <summary>Operators whose constants are bounds: one beyond the range of float16 bounds nothing there, and its nearest neighbour does the same.</summary>
    private static readonly HashSet<string> Bounding = new(StringComparer.Ordinal) { "Clip", "Max", "Min" };

    /// <summary>Operators in which a tiny constant can decide a result alone; among the weights of a layer it is one number of many.</summary>
    private static readonly HashSet<string> Elementwise = new(StringComparer.Ordinal) { "Add", "Clip", "Div", "Max", "Min", "Mul", "Pow", "Sub", "Where" };

    /// <summary>Operators that let a huge number of an input through to the output.</summary>
    private static readonly HashSet<string> LetThrough = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "Cast", "Concat", "Div", "Expand", "Flatten", "Gather", "GatherElements", "GatherND", "Identity", "Max", "Min", "Mul", "Neg", "Pad", "ReduceMax", "ReduceMin",
        "ReduceSum", "Reshape", "ScatterElements", "ScatterND", "Slice", "Split", "Squeeze", "Sub", "Sum", "Tile", "Transpose", "Trilu", "Unsqueeze", "Where",
    };

    private readonly HashSet<Value> _huge = [];

    /// <summary>The reason, or null where the model itself does not speak against float16.</summary>
    public string? Reason(Node node)
    {
        Value? hugeConstant = HugeConstant(node);
        Value? hugeInput = node.Inputs.FirstOrDefault(i => i is not null && _huge.Contains(i));
        bool fills = hugeConstant is null && node.Is("ConstantOfShape") && node.Attribute("value")?.Value is Tensor { Type: ElementType.Float32 } fill && StoredNumbers.Of(fill).LeaveRange;
        if (fills || (node.Domain.Length == 0 && LetThrough.Contains(node.OpType) && (hugeInput ?? hugeConstant) is not null))
        {
            _huge.UnionWith(node.Outputs.OfType<Value>());
        }

        return keepFloat(node) ?? Form(node)
            ?? (fills ? "it fills in a number beyond 65,504, where float16 ends" : null)
            ?? (hugeConstant is not null ? $"'{hugeConstant.Name}' holds numbers beyond 65,504, where float16 ends" : null)
            ?? (hugeInput is not null ? $"its input '{hugeInput.Name}' is made with stored numbers beyond 65,504, where float16 ends" : null)
            ?? Tiny(node);
    }

    private string? Form(Node node) =>
        node.Domain.Length > 0 || !profile.Operators.Contains(node.OpType) ? $"{node.OpType} has no float16 kernel on {profile.Name}"
        : node.Is("Cast") && MakesIntegers(node) ? "it makes integers, where a rounding becomes a whole step"
        : node.Inputs.Concat(node.Outputs).FirstOrDefault(v => v is { Type: ElementType.Undefined }) is { } unknown ? $"the type of '{unknown.Name}' is not known"
        : null;

    private static bool MakesIntegers(Node node) =>
        node.Input(0)?.Type == ElementType.Float32
        && (ElementType)node.IntAttribute("to", 0) is not (ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16);

    private static Value? HugeConstant(Node node) => Bounding.Contains(node.OpType) ? null : Constants(node).FirstOrDefault(v => StoredNumbers.Of(v.Constant!).LeaveRange);

    private static string? Tiny(Node node) =>
        Elementwise.Contains(node.OpType) && Constants(node).FirstOrDefault(v => StoredNumbers.Of(v.Constant!).AreTiny) is { } tiny
            ? $"the numbers stored in '{tiny.Name}' are so small that float16 takes digits from them"
            : null;

    private static IEnumerable<Value> Constants(Node node) => Float16Ports.Inputs(node).Select(i => node.Input(i)!).Where(v => v.Constant is not null);
}
