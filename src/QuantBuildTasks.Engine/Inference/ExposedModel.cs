using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>A model whose inner tensors can be seen: they are graph outputs beside those that it had.</summary>
/// <param name="File">The ONNX file.</param>
/// <param name="Names">Of all outputs, in order: those of the model first.</param>
internal sealed record ExposedModel(StoredModel File, IReadOnlyList<string> Names)
{
    /// <summary>
    /// Exposes values that nodes compute or that a loop hands to its body; names of anything else (inputs, constants, unknown) are passed over. One in a
    /// branch of an If comes out empty where another branch is taken; one in the body of a Loop or Scan comes out with all turns stacked up, so it must
    /// have the same sizes in each. Names must be unique over all branches and bodies.
    /// </summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="tensors">Names of values; one that is an output already stays where it is. Those in branches and bodies must be float32.</param>
    public static ExposedModel From(OnnxModel model, IEnumerable<string> tensors)
    {
        OnnxModel exposed = Expose(model, tensors);
        return new ExposedModel(ModelWriter.Store(exposed), [.. exposed.Graph.Outputs.Select(o => o.Name)]);
    }

    /// <summary>A copy of the model with the values in sight.</summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="tensors">As for <see cref="From"/>.</param>
    public static OnnxModel Expose(OnnxModel model, IEnumerable<string> tensors)
    {
        // One that leaves its weights in files takes along what it made since, and must not write that anew for each copy.
        OnnxModel exposed = model.Weights is null ? ModelWriter.Copy(model) : ModelReader.Read(ModelWriter.Store(model));
        var scopes = new Scopes(exposed.Graph);
        foreach (string name in tensors.Distinct())
        {
            if (scopes.Find(name) is { } value && (value.Producer is not null || (value.IsGraphInput && value.Graph.Parent is not null)))
            {
                Show(value, scopes);
            }
        }

        return exposed;
    }

    private static void Show(Value value, Scopes scopes)
    {
        while (scopes.Owner(value.Graph) is { } owner)
        {
            value = HandOut(value, owner);
        }

        if (!value.IsGraphOutput)
        {
            value.Graph.AddOutput(value);
        }
    }

    /// <summary>Makes a value a result of the node around it.</summary>
    /// <returns>That result, which bears the value's name from then on.</returns>
    private static Value HandOut(Value value, Node owner)
    {
        Graph inner = value.Graph;
        string name = value.Name;
        inner.Rename(value, name + "_inner");

        // An output that there is already is mixed with what other branches give, and an input is no node's result.
        Value given = value.IsGraphOutput || value.Producer is null ? inner.Append("Identity", name + "_seen", [value]) : value;
        Open(given);
        inner.AddOutput(given);
        foreach (Graph other in owner.Subgraphs.Where(g => g != inner))
        {
            Value empty = other.Append("Constant", name + "_empty", [], NodeAttribute.Of("value", Tensor.Of(Array.Empty<float>(), 0)));
            Open(empty);
            other.AddOutput(empty);
        }

        // The condition that the body of a Loop gives is no output of the node.
        int place = inner.Outputs.Count - (owner.Is("Loop") ? 2 : 1);
        while (owner.Outputs.Count < place)
        {
            owner.SetOutput(owner.Outputs.Count, owner.Graph.AddValue(owner.OpType + "_unread"));
        }

        if (owner.Is("Scan"))
        {
            foreach (string attribute in (string[])["scan_output_axes", "scan_output_directions"])
            {
                if (owner.IntsAttribute(attribute) is { } each)
                {
                    owner.SetAttribute(NodeAttribute.Of(attribute, [.. each, 0L]));
                }
            }
        }

        Value outer = owner.Graph.AddValue(name, ElementType.Float32);
        owner.SetOutput(place, outer);
        return outer;
    }

    /// <summary>A type without sizes: branches may differ in them.</summary>
    private static void Open(Value value) => (value.Type, value.Shape, value.Residue) = (ElementType.Float32, null, null);
}
