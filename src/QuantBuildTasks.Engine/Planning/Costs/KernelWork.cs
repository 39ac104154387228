using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>What one node asks of its kernel, for one sample.</summary>
/// <param name="Kind">The kernel.</param>
/// <param name="MultiplyAdds">Multiply-adds, channels rounded up to the kernel's blocks: four that come in, sixteen that go out.</param>
/// <param name="Inputs">Elements read, without weights.</param>
/// <param name="Outputs">Elements written.</param>
/// <param name="Weights">Stored elements.</param>
/// <param name="Places">Places of the output (of the input, where a kernel sums it up), times the points of the window at each, times the groups of channels.</param>
internal readonly record struct KernelWork(KernelKind Kind, double MultiplyAdds, double Inputs, double Outputs, double Weights, double Places = 0)
{
    private const int BlockIn = 4;
    private const int BlockOut = 16;

    /// <summary>The work of a node, or null for an operator that no table knows.</summary>
    /// <param name="node">A node of ONNX itself.</param>
    /// <param name="sizes">What is known of the sizes of values.</param>
    public static KernelWork? Of(Node node, ValueSizes sizes)
    {
        if (node.Domain.Length > 0 || node.Outputs.FirstOrDefault(o => o is not null) is not { } output)
        {
            return null;
        }

        double outputs = node.Outputs.OfType<Value>().Sum(sizes.Elements);
        double inputs = node.Inputs.OfType<Value>().Where(v => v.Constant is null).Sum(sizes.Elements);
        return node.OpType switch
        {
            "Conv" => node.Input(1) is { Shape: { IsStatic: true, Rank: >= 3 } weight } ? OfConv(node, weight, inputs, outputs) : null,
            "Gemm" or "MatMul" => OfProduct(node, sizes, inputs, outputs),
            "LSTM" => OfLstm(node, sizes),
            "Add" or "Mul" or "Sub" or "Div" => new KernelWork(Shapes(node, sizes, outputs), 0, inputs, outputs, 0, outputs / sizes.Channels(output)),
            "Sigmoid" or "Tanh" or "HardSigmoid" => new KernelWork(KernelKind.Sigmoid, 0, inputs, outputs, 0),
            "HardSwish" => new KernelWork(KernelKind.HardSwish, 0, inputs, outputs, 0),
            "Relu" or "Clip" or "LeakyRelu" => new KernelWork(KernelKind.Clamp, 0, inputs, outputs, 0),
            "Softmax" => new KernelWork(KernelKind.Softmax, 0, inputs, outputs, 0),
            "Concat" => new KernelWork(KernelKind.Concat, 0, inputs, outputs, 0),
            "MaxPool" => new KernelWork(KernelKind.MaxPool, outputs * Window(node), inputs, outputs, 0, outputs / sizes.Channels(output) * Window(node)),
            "AveragePool" => new KernelWork(KernelKind.AveragePool, outputs * Window(node), inputs, outputs, 0, outputs / sizes.Channels(output) * Window(node)),
            "GlobalAveragePool" or "ReduceMax" or "ReduceMin" => new KernelWork(KernelKind.GlobalAveragePool, 0, inputs, outputs, 0, inputs / sizes.Channels(output)),
            "Resize" => new KernelWork(KernelKind.Resize, 0, inputs, outputs, 0),
            "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" => new KernelWork(KernelKind.View, 0, 0, outputs, 0),
            "Transpose" or "Slice" or "Split" or "Gather" or "GatherElements" or "Tile" or "Expand" or "DepthToSpace" => new KernelWork(KernelKind.Move, 0, 0, outputs, 0, outputs / sizes.Channels(output)),
            _ => null,
        };
    }

    private static KernelWork OfConv(Node node, Shape weight, double inputs, double outputs)
    {
        long filters = weight[0].Value!.Value;
        long channels = weight[1].Value!.Value;
        long groups = node.IntAttribute("group", 1);
        double points = weight.Skip(2).Aggregate(1.0, (product, d) => product * d.Value!.Value);
        bool isDepthwise = groups == filters && channels == 1 && filters > 1;
        KernelKind kind = weight.Rank == 3 ? KernelKind.SeriesConv
            : isDepthwise ? filters % BlockOut == 0 ? KernelKind.DepthwiseConv : KernelKind.OddDepthwiseConv
            : groups > 1 ? KernelKind.GroupedConv
            : channels % BlockIn != 0 || filters % BlockIn != 0 ? KernelKind.OddConv
            : filters < BlockOut ? KernelKind.NarrowConv
            : points == 1 ? KernelKind.PointConv
            : KernelKind.Conv;
        double pixels = filters == 0 ? 0 : outputs / filters;
        double multiplyAdds = isDepthwise ? outputs * points
            : pixels * groups * Up(filters / (double)groups, groups > 1 ? BlockIn : BlockOut) * Up(channels * (channels % BlockIn == 0 ? 1 : points), BlockIn) * (channels % BlockIn == 0 ? points : 1);
        double places = pixels * points * (isDepthwise ? 1 : groups);
        return new KernelWork(kind, multiplyAdds, inputs, outputs, filters * channels * points, places);
    }

    private static KernelWork? OfProduct(Node node, ValueSizes sizes, double inputs, double outputs)
    {
        if (node.Input(0) is not { } left || node.Input(1) is not { } right)
        {
            return null;
        }

        double length = sizes.Size(left, node.Is("Gemm") && node.IntAttribute("transA", 0) != 0 ? 0 : -1);
        double columns = sizes.Size(node.Output(), -1);
        double rows = columns == 0 ? 0 : outputs / columns;
        double weights = right.Constant is null ? 0 : length * columns;
        return new KernelWork(rows <= 1 ? KernelKind.RowProduct : KernelKind.Product, rows * Up(length, BlockIn) * Up(columns, BlockOut), inputs, outputs, weights);
    }

    /// <summary>
    /// All time steps multiply with W in one product; with R each by itself, and what that takes is reading it: both kernels were measured to read some 85 GB/s from the second cache,
    /// float32 and 8-bit weights alike. So R counts as weights read in each step, and steps are places.
    /// </summary>
    private static KernelWork? OfLstm(Node node, ValueSizes sizes)
    {
        if (node.Input(0) is not { } input || node.Input(2) is not { Shape: { IsStatic: true, Rank: 3 } recurrence })
        {
            return null;
        }

        double directions = recurrence[0].Value!.Value;
        double hidden = recurrence[2].Value!.Value;
        double steps = directions * sizes.Size(input, 0);
        double rows = steps * sizes.Size(input, 1);
        double columns = 4 * hidden;
        double inputs = sizes.Size(input, 2);
        return new KernelWork(KernelKind.Lstm, rows * columns * inputs, 0, rows * hidden, columns * ((steps * hidden) + (directions * inputs)), steps);
    }

    private static KernelKind Shapes(Node node, ValueSizes sizes, double outputs) =>
        node.Inputs.OfType<Value>().All(v => sizes.Elements(v) is var n && (n == outputs || n <= 1)) ? KernelKind.Binary : KernelKind.Broadcast;

    private static double Window(Node node) => node.IntsAttribute("kernel_shape")?.Aggregate(1.0, (product, k) => product * k) ?? 1;

    private static double Up(double count, int block) => Math.Ceiling(count / block) * block;
}
