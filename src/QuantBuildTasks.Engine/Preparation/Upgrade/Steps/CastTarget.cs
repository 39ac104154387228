using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Cast, version 6: the target type is the number of <c>TensorProto.DataType</c>, no more its name.</summary>
internal static class CastTarget
{
    private static readonly Dictionary<string, ElementType> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["FLOAT"] = ElementType.Float32,
        ["UINT8"] = ElementType.UInt8,
        ["INT8"] = ElementType.Int8,
        ["UINT16"] = ElementType.UInt16,
        ["INT16"] = ElementType.Int16,
        ["INT32"] = ElementType.Int32,
        ["INT64"] = ElementType.Int64,
        ["STRING"] = ElementType.String,
        ["BOOL"] = ElementType.Bool,
        ["FLOAT16"] = ElementType.Float16,
        ["DOUBLE"] = ElementType.Float64,
        ["UINT32"] = ElementType.UInt32,
        ["UINT64"] = ElementType.UInt64,
        ["COMPLEX64"] = ElementType.Complex64,
        ["COMPLEX128"] = ElementType.Complex128,
    };

    public static void ToNumber(UpgradeSite at)
    {
        if (at.Node.Attribute("to")?.Kind != AttributeKind.Int)
        {
            string name = at.Text("to") ?? throw at.Refuse("it names no type");
            at.Node.SetAttribute(NodeAttribute.Of("to", Types.TryGetValue(name, out ElementType type) ? (long)type : throw at.Refuse($"'{name}' is no element type")));
        }
    }
}
