using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>
/// Makes a quantized model, whoever wrote it, add its 8-bit products exactly on any x64 processor: without VNNI the kernels for unsigned activations and signed weights saturate in 16 bits, and
/// those for unsigned weights do not. A weight w with zero point z is the same as w + 128 with z + 128, so every integer sum is that of processors with VNNI. ONNX Runtime does
/// the same by <c>session.x64quantprecision</c>, but refuses a model where two nodes read one weight, and overlooks weights that lie in a graph around a branch.
/// </summary>
internal static class UnsignedWeights
{
    private const int SignBit = 0x80;

    /// <summary>Where nodes take weights and their zero points.</summary>
    private static readonly Dictionary<(string Domain, string OpType), (int Weight, int ZeroPoint)[]> s_places = new()
    {
        [("", "QLinearConv")] = [(3, 5)],
        [("com.microsoft", "QLinearConv")] = [(3, 5)],
        [("", "QLinearMatMul")] = [(3, 5)],
        [("com.microsoft", "QGemm")] = [(3, 5)],
        [("", "MatMulInteger")] = [(1, 3)],
        [("com.microsoft", "MatMulIntegerToFloat")] = [(1, 5)],
        [("com.microsoft", "DynamicQuantizeMatMul")] = [(1, 3)],
        [("com.microsoft", "DynamicQuantizeLSTM")] = [(1, 9), (2, 11)],
        [("com.microsoft", "QAttention")] = [(1, 7)],
    };

    /// <summary>The model with unsigned weights; the same one where it has no signed ones.</summary>
    /// <param name="model">The ONNX file.</param>
    public static StoredModel In(StoredModel model)
    {
        OnnxModel read = ModelReader.Read(model);
        return Replace(read) ? ModelWriter.Store(read) : model;
    }

    /// <summary>Whether ONNX Runtime's own entry fails or overlooks some: an app has nothing else.</summary>
    public static bool AreOutOfReach(OnnxModel model) =>
        Signed(model).Any(s => s.Readers.SelectMany(r => Layers(r.Node)).ToArray() is var layers && (layers.Length > 1 || layers[0].Graph != s.Weight.Graph));

    /// <summary>Replaces signed weights in place.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Replace(OnnxModel model)
    {
        SignedWeight[] found = [.. Signed(model)];
        foreach ((Value weight, WeightReader[] readers) in found)
        {
            Value unsigned = weight.Graph.AddInitializer(weight.Name + "_u", Shifted(model, weight.Constant!));
            foreach ((Node node, int index, int zeroPoint) in readers)
            {
                Tensor zero = Shifted(model, ZeroPoint(node, zeroPoint)!);
                Value? before = node.Input(zeroPoint);
                node.SetInput(index, unsigned);
                node.SetInput(zeroPoint, node.Graph.AddInitializer(weight.Name + "_z", zero));
                RemoveUnread(before);
            }

            RemoveUnread(weight);
        }

        return found.Length > 0;
    }

    private static IEnumerable<SignedWeight> Signed(OnnxModel model) => model.Graph.SelfAndSubgraphs().SelectMany(g => g.Initializers)
        .Where(v => v.Constant is { Type: ElementType.Int8 })
        .Select(v => new SignedWeight(v, [.. v.Uses.SelectMany(Readers)]))
        .Where(s => s.Readers.Length > 0);

    private static IEnumerable<WeightReader> Readers(Use use)
    {
        // Behind signed activations stands a kernel that does not saturate, and there is none for unsigned weights.
        bool isSigned = use.Node.OpType is "QLinearConv" or "QLinearMatMul" or "QGemm" or "MatMulInteger" && use.Node.Input(2)?.Constant?.Type == ElementType.Int8;
        (int Weight, int ZeroPoint)[] places = isSigned ? [] : IsWeight(use.Node) ? [(0, 2)] : s_places.GetValueOrDefault((use.Node.Domain, use.Node.OpType), []);
        return places.Where(p => p.Weight == use.Index && ZeroPoint(use.Node, p.ZeroPoint) is not null).Select(p => new WeightReader(use.Node, p.Weight, p.ZeroPoint));
    }

    /// <summary>Whether a node gives the weight of a layer.</summary>
    private static bool IsWeight(Node node) => node.Is("DequantizeLinear") && Layers(node).Any();

    /// <summary>The layers behind a DequantizeLinear, a convolution backwards not among them, which has no integer kernel; or the node itself.</summary>
    private static IEnumerable<Node> Layers(Node reader) =>
        reader.Is("DequantizeLinear") ? reader.Output().Uses.Where(u => u.Index == 1 && (u.Node.Is("Conv") || u.Node.Is("MatMul") || u.Node.Is("Gemm"))).Select(u => u.Node) : [reader];

    private static void RemoveUnread(Value? value)
    {
        if (value is { Uses.Count: 0, IsGraphOutput: false })
        {
            value.Graph.Remove(value);
        }
    }

    private static Tensor Shifted(OnnxModel model, Tensor signed)
    {
        byte[] bytes = signed.Bytes.ToArray();
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= SignBit;
        }

        var unsigned = Tensor.FromBytes(ElementType.UInt8, signed.Dims, bytes);
        return model.Weights?.KeepIfLarge(unsigned) ?? unsigned;
    }

    /// <summary>The zero point of a weight. Where it is left out it is 0: of a DequantizeLinear as often as it has scales. Null where none is stored.</summary>
    private static Tensor? ZeroPoint(Node node, int index)
    {
        if (node.Input(index) is { } zero)
        {
            return zero.Constant is { Type: ElementType.Int8 } stored ? stored : null;
        }

        // Scales may be stored as float16, behind a Cast.
        Value? scale = node.Is("DequantizeLinear") ? node.Input(1)!.Producer is { OpType: "Cast" } cast ? cast.Input(0) : node.Input(1) : null;
        return scale is null ? Tensor.Scalar((sbyte)0) : scale.Constant is { } scales ? Tensor.Of(new sbyte[scales.Length], [.. scales.Dims]) : null;
    }

    private sealed record SignedWeight(Value Weight, WeightReader[] Readers);

    /// <summary>A node and its inputs for the weight and its zero point.</summary>
    private sealed record WeightReader(Node Node, int Index, int ZeroPoint);
}
