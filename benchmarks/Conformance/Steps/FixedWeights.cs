using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using QuantBuildTasks.Engine.Model.Serialization.Reading;

namespace QuantBuildTasks.Conformance.Steps;

/// <summary>
/// Conformance models of one operator take its weights as inputs, where a real model stores them. Here they become constants with the numbers of the
/// model's own test data, so that there is something to quantize.
/// </summary>
internal static class FixedWeights
{
    /// <summary>Inputs that hold weights or biases, by operator.</summary>
    private static readonly Dictionary<string, int[]> WeightInputs = new(StringComparer.Ordinal)
    {
        ["Conv"] = [1, 2],
        ["ConvTranspose"] = [1, 2],
        ["Gemm"] = [1, 2],
        ["GRU"] = [1, 2, 3],
        ["LSTM"] = [1, 2, 3],
        ["MatMul"] = [1],
        ["RNN"] = [1, 2, 3],
    };

    /// <summary>Changes the model.</summary>
    /// <returns>How many inputs became constants.</returns>
    public static int Fix(OnnxModel model, ConformanceModel source)
    {
        Value[] inputs = [.. model.Graph.Inputs];
        HashSet<Value> weights = [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).SelectMany(WeightsOf)];
        weights.ExceptWith(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).SelectMany(ActivationsOf));
        int count = 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (weights.Contains(inputs[i]) && inputs[i].Initializer is null)
            {
                model.Graph.SetInitializer(inputs[i], TensorReader.Read(TensorProto.Parser.ParseFrom(File.ReadAllBytes(source.InputPath(i)))));
                model.Graph.RemoveInput(inputs[i]);
                count++;
            }
        }

        return count;
    }

    private static IEnumerable<Value> WeightsOf(Node node) => WeightInputs.TryGetValue(node.OpType, out int[]? positions) && node.Domain.Length == 0
        ? positions.Select(node.Input).OfType<Value>().Where(v => v.IsGraphInput)
        : [];

    /// <summary>What a weighted operator multiplies with its weights; a model must keep something to feed.</summary>
    private static IEnumerable<Value> ActivationsOf(Node node) =>
        WeightInputs.ContainsKey(node.OpType) && node.Input(0) is { } activation ? [activation] : [];
}
