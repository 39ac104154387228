using QuantBuildTasks.Costs.Chains;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Costs.Models;

/// <summary>Whole networks of well-known families with random weights: what a table says of them can be held against the clock.</summary>
internal static class Families
{
    public static IReadOnlyList<(string Name, Func<OnnxModel> Build)> All { get; } =
    [
        ("MobileNetV2, 96 × 96", () => MobileNetV2(96)),
        ("MobileNetV2, 224 × 224", () => MobileNetV2(224)),
        ("MobileNetV3 small, 28 × 28", () => MobileNetV3(1, 28)),
        ("MobileNetV3 small, 160 × 160", () => MobileNetV3(3, 160)),
        ("ResNet-18, 112 × 112", () => ResNet18(112)),
        ("SqueezeNet, 112 × 112", () => SqueezeNet(112)),
        ("EfficientNet with SiLU, 96 × 96", () => SiluNet(96)),
        ("MLP 64-64-32-10", () => Mlp(64, 64, 32, 10)),
        ("MLP 784-512-256-10", () => Mlp(784, 512, 256, 10)),
        ("1-D CNN, 4000 samples", () => SeriesNet(4000)),
    ];

    /// <summary>Sandler et al. 2018: inverted residuals, Relu6 (here Relu, which costs the same).</summary>
    private static OnnxModel MobileNetV2(long size)
    {
        var s = new Sketch(1, 3, size, size);
        Value x = s.Relu(s.Conv(s.Input, 3, 32, 3, stride: 2));
        long channels = 32;
        foreach ((long expand, long filters, int count, long stride) in new[] { (1L, 16L, 1, 1L), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1) })
        {
            for (int i = 0; i < count; i++)
            {
                x = Inverted(s, x, channels, channels * expand, filters, 3, i == 0 ? stride : 1, (k, v) => k.Relu(v), gate: false);
                channels = filters;
            }
        }

        return Classify(s, s.Relu(s.Conv(x, channels, 1280, 1)), 1280);
    }

    /// <summary>Howard et al. 2019, the small one: gates and HardSwish.</summary>
    private static OnnxModel MobileNetV3(long inputs, long size)
    {
        var s = new Sketch(1, inputs, size, size);
        Value x = HardSwish(s, s.Conv(s.Input, inputs, 16, 3, stride: 2));
        long channels = 16;
        foreach ((long window, long inner, long filters, bool gate, bool hard, long stride) in new[]
        {
            (3L, 16L, 16L, true, false, 2L), (3, 72, 24, false, false, 2), (3, 88, 24, false, false, 1), (5, 96, 40, true, true, 2), (5, 240, 40, true, true, 1),
            (5, 120, 48, true, true, 1), (5, 288, 96, true, true, 2), (5, 576, 96, true, true, 1),
        })
        {
            x = Inverted(s, x, channels, inner, filters, window, stride, hard ? HardSwish : (k, v) => k.Relu(v), gate);
            channels = filters;
        }

        return Classify(s, HardSwish(s, s.Conv(x, channels, 576, 1)), 576);
    }

    /// <summary>Tan and Le 2019, a small one: gates and SiLU.</summary>
    private static OnnxModel SiluNet(long size)
    {
        var s = new Sketch(1, 3, size, size);
        Value x = Silu(s, s.Conv(s.Input, 3, 32, 3, stride: 2));
        long channels = 32;
        foreach ((long inner, long filters, long window, long stride) in new[] { (32L, 16L, 3L, 1L), (96, 24, 3, 2), (144, 24, 3, 1), (144, 40, 5, 2), (240, 80, 3, 2), (480, 112, 5, 1), (672, 192, 5, 2) })
        {
            x = Inverted(s, x, channels, inner, filters, window, stride, Silu, gate: true);
            channels = filters;
        }

        return Classify(s, Silu(s, s.Conv(x, channels, 640, 1)), 640);
    }

    /// <summary>He et al. 2016.</summary>
    private static OnnxModel ResNet18(long size)
    {
        var s = new Sketch(1, 3, size, size);
        Value x = s.Node("MaxPool", [s.Relu(s.Conv(s.Input, 3, 64, 7, stride: 2))], Sketch.Ints("kernel_shape", 3, 3), Sketch.Ints("strides", 2, 2), Sketch.Ints("pads", 1, 1, 1, 1));
        long channels = 64;
        foreach (long filters in new[] { 64L, 64, 128, 128, 256, 256, 512, 512 })
        {
            long stride = filters == channels ? 1 : 2;
            Value skip = stride == 1 ? x : s.Conv(x, channels, filters, 1, stride: 2);
            x = s.Relu(s.Node("Add", [s.Conv(s.Relu(s.Conv(x, channels, filters, 3, stride: stride)), filters, filters, 3), skip]));
            channels = filters;
        }

        return Classify(s, x, channels);
    }

    /// <summary>Iandola et al. 2016: two convolutions side by side, joined.</summary>
    private static OnnxModel SqueezeNet(long size)
    {
        var s = new Sketch(1, 3, size, size);
        Value x = Pool(s, s.Relu(s.Conv(s.Input, 3, 64, 3, stride: 2)));
        long channels = 64;
        foreach ((long squeeze, long expand, bool pool) in new[] { (16L, 64L, false), (16, 64, true), (32, 128, false), (32, 128, true), (48, 192, false), (64, 256, false) })
        {
            Value q = s.Relu(s.Conv(x, channels, squeeze, 1));
            x = s.Node("Concat", [s.Relu(s.Conv(q, squeeze, expand, 1)), s.Relu(s.Conv(q, squeeze, expand, 3))], NodeAttribute.Of("axis", 1L));
            x = pool ? Pool(s, x) : x;
            channels = 2 * expand;
        }

        return Classify(s, x, channels);
    }

    private static OnnxModel Mlp(params long[] sizes)
    {
        var s = new Sketch(1, sizes[0]);
        Value x = s.Input;
        for (int i = 1; i < sizes.Length; i++)
        {
            x = s.Gemm(x, sizes[i - 1], sizes[i]);
            x = i + 1 < sizes.Length ? s.Relu(x) : x;
        }

        return s.Finish(x);
    }

    /// <summary>Strided convolutions over time, as keyword spotters have them.</summary>
    private static OnnxModel SeriesNet(long length)
    {
        var s = new Sketch(1, 1, length);
        Value x = s.Relu(s.Series(s.Input, 1, 32, 9, stride: 4));
        long channels = 32;
        foreach (long filters in new[] { 32L, 64, 64, 128, 128 })
        {
            x = s.Relu(s.Series(x, channels, filters, 5, stride: filters == channels ? 1 : 2));
            channels = filters;
        }

        Value pooled = s.Node("Flatten", [s.Node("GlobalAveragePool", [x])]);
        return s.Finish(s.Gemm(pooled, channels, 12));
    }

    private static Value Inverted(Sketch s, Value x, long channels, long inner, long filters, long window, long stride, Func<Sketch, Value, Value> activation, bool gate)
    {
        Value y = inner == channels ? x : activation(s, s.Conv(x, channels, inner, 1));
        y = activation(s, s.Conv(y, inner, inner, window, groups: inner, stride: stride));
        if (gate)
        {
            long few = Math.Max(8, inner / 4 / 8 * 8);
            Value g = s.Conv(s.Relu(s.Conv(s.Node("GlobalAveragePool", [y]), inner, few, 1)), few, inner, 1);
            y = s.Node("Mul", [y, s.Node("HardSigmoid", [g], NodeAttribute.Of("alpha", 1 / 6f))]);
        }

        y = s.Conv(y, inner, filters, 1);
        return stride == 1 && channels == filters ? s.Node("Add", [x, y]) : y;
    }

    private static Value HardSwish(Sketch s, Value x) => s.Node("HardSwish", [x]);

    private static Value Silu(Sketch s, Value x) => s.Node("Mul", [x, s.Node("Sigmoid", [x])]);

    private static Value Pool(Sketch s, Value x) => s.Node("MaxPool", [x], Sketch.Ints("kernel_shape", 3, 3), Sketch.Ints("strides", 2, 2));

    private static OnnxModel Classify(Sketch s, Value x, long channels) => s.Finish(s.Gemm(s.Node("Flatten", [s.Node("GlobalAveragePool", [x])]), channels, 100));
}
