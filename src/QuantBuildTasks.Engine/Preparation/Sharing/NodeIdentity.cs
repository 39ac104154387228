using System.Globalization;
using System.Text;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Sharing;

/// <summary>What decides a node's results: operator, attributes and inputs.</summary>
internal static class NodeIdentity
{
    /// <summary>Operators of ONNX that give other results at each run, or may.</summary>
    private static readonly HashSet<string> Drawing = new(StringComparer.Ordinal)
    {
        "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout",
    };

    /// <summary>
    /// A text that two nodes share where they must give the same results: the same operator, attributes in any order, the same values as inputs. Null for nodes of
    /// which that is not known: random numbers, branches and loops, operators that are not ONNX's own or that the file defines itself, attributes that the
    /// reader does not interpret.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="model">Its model, whose functions may redefine operators.</param>
    /// <param name="numberOf">One number for each value.</param>
    public static string? Of(Node node, OnnxModel model, Func<Value, int> numberOf)
    {
        if (node.Domain.Length > 0 || Drawing.Contains(node.OpType) || node.Subgraphs.Any() || model.Functions.Any(f => f.Id.Domain.Length == 0 && f.Id.Name == node.OpType))
        {
            return null;
        }

        var text = new StringBuilder(node.OpType);
        foreach (Value? input in node.Inputs)
        {
            text.Append(CultureInfo.InvariantCulture, $" {(input is null ? -1 : numberOf(input))}");
        }

        foreach (NodeAttribute attribute in node.Attributes.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            if (Text(attribute.Value) is not { } value)
            {
                return null;
            }

            text.Append(CultureInfo.InvariantCulture, $"\n{attribute.Name} {attribute.Kind} {value}");
        }

        return text.ToString();
    }

    private static string? Text(object? value) => value switch
    {
        long number => number.ToString(CultureInfo.InvariantCulture),
        float number => Bits(number),
        byte[] bytes => Convert.ToHexString(bytes),
        long[] numbers => string.Join(' ', numbers),
        float[] numbers => string.Join(' ', numbers.Select(Bits)),
        byte[][] strings => string.Join(' ', strings.Select(Convert.ToHexString)),
        Tensor { Strings: null } tensor => $"{tensor} {Convert.ToHexString(tensor.Bytes.Span)}",
        _ => null,
    };

    private static string Bits(float number) => BitConverter.SingleToInt32Bits(number).ToString(CultureInfo.InvariantCulture);
}
