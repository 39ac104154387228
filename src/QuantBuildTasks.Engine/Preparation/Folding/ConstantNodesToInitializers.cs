using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: a Constant node. Its value becomes an initializer under the name of its output, so that other passes see one form of constant.
/// Declines: sparse values.
/// </summary>
internal sealed class ConstantNodesToInitializers : NodePass
{
    public override string Name => nameof(ConstantNodesToInitializers);

    public override Fidelity Keeps => Fidelity.KernelOrder;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (!node.Is("Constant"))
        {
            return Outcome.NoMatch;
        }

        Tensor? tensor = node.Attributes.Select(Read).FirstOrDefault(t => t is not null);
        if (tensor is null)
        {
            return Outcome.Decline("its value is not a dense tensor");
        }

        Graph graph = node.Graph;
        Value output = node.Output();
        graph.Remove(node);
        graph.SetInitializer(output, tensor);
        return Outcome.Rewritten;
    }

    /// <summary>The forms of the value (ONNX operator specification, Constant).</summary>
    private static Tensor? Read(NodeAttribute attribute) => (attribute.Name, attribute.Value) switch
    {
        ("value", Tensor tensor) => tensor,
        ("value_float", float value) => Tensor.Scalar(value),
        ("value_floats", float[] values) => Tensor.Vector(values),
        ("value_int", long value) => Tensor.Scalar(value),
        ("value_ints", long[] values) => Tensor.Vector(values),
        ("value_string", byte[] value) => Tensor.OfStrings([Text(value)], []),
        ("value_strings", byte[][] values) => Tensor.OfStrings(Array.ConvertAll(values, Text), [values.Length]),
        _ => null,
    };

    private static string Text(byte[] utf8) => System.Text.Encoding.UTF8.GetString(utf8);
}
