using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Costs.Chains.Sketch;

namespace QuantBuildTasks.Costs.Chains;

/// <summary>The chains whose times a table is fitted to: kernels by channels and sizes as vision, audio and small dense networks have them.</summary>
internal static class ChainGrid
{
    private static readonly long[] Steps = [1, 4, 16, 64];

    private static readonly (long Channels, long Size)[] Maps =
        [(16, 56), (16, 28), (32, 56), (32, 28), (32, 14), (64, 28), (64, 14), (64, 7), (128, 28), (128, 14), (128, 7), (256, 14), (256, 7)];

    public static IEnumerable<Chain> All() =>
        [.. Convolutions(), .. Depthwise(), .. SmallMaps(), .. OddLayers(), .. Series(), .. Products(), .. Elementwise(), .. Pools(), .. Recurrent(), .. Conversions()];

    private static IEnumerable<Chain> Convolutions()
    {
        foreach ((long c, long s) in Maps)
        {
            yield return Image("point", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 1)));
            yield return Image("expand", c, s, (k, x) => k.Conv(k.Relu(k.Conv(x, c, 4 * c, 1)), 4 * c, c, 1));
            yield return Image("conv3", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3)));
        }

        foreach ((long c, long s) in new[] { (16L, 28L), (32L, 14L), (64L, 14L), (64L, 7L) })
        {
            yield return Image("conv5", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 5)));
            yield return Image("grouped3", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3, groups: 4)));
            yield return Image("grouped3 of 8", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3, groups: c / 8)));
            yield return Image("widen3", c, s, (k, x) => k.Conv(k.Relu(k.Conv(x, c, 2 * c, 3)), 2 * c, c, 1));
        }

        foreach (long c in new[] { 24L, 40L, 72L, 88L, 120L, 184L })
        {
            yield return Image("uneven point", c, 14, (k, x) => k.Relu(k.Conv(x, c, c, 1)));
        }
    }

    private static IEnumerable<Chain> Depthwise()
    {
        foreach ((long c, long s) in Maps)
        {
            yield return Image("depthwise3", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3, groups: c)));
            yield return Image("depthwise5", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 5, groups: c)));
        }

        foreach ((long c, long s) in new[] { (8L, 28L), (24L, 28L), (40L, 14L), (72L, 14L), (88L, 7L), (120L, 7L) })
        {
            yield return Image("uneven depthwise3", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3, groups: c)));
            yield return Image("uneven depthwise5", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 5, groups: c)));
        }
    }

    /// <summary>Gates, and the last stages of networks for small images.</summary>
    private static IEnumerable<Chain> SmallMaps()
    {
        foreach ((long c, long s) in new[] { (32L, 1L), (64L, 1L), (128L, 1L), (256L, 1L), (64L, 2L), (128L, 2L), (256L, 2L), (64L, 4L), (128L, 4L) })
        {
            yield return Image("small point", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 1)));
            yield return Image("small expand", c, s, (k, x) => k.Conv(k.Relu(k.Conv(x, c, 4 * c, 1)), 4 * c, c, 1));
            yield return Image("small depthwise3", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3, groups: c)));
            yield return Image("small depthwise5", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 5, groups: c)));
        }
    }

    private static IEnumerable<Chain> OddLayers()
    {
        foreach ((long c, long s) in new[] { (1L, 28L), (3L, 28L), (3L, 56L), (3L, 112L), (1L, 56L) })
        {
            foreach (long f in new[] { 16L, 32L })
            {
                yield return Image($"odd3 to {f},", c, s, (k, x) => k.Conv(k.Relu(k.Conv(x, c, f, 3)), f, c, 1));
                yield return Image($"odd point to {f},", c, s, (k, x) => k.Conv(k.Relu(k.Conv(x, c, f, 1)), f, c, 1));
            }
        }

        foreach ((long c, long s) in new[] { (8L, 14L), (8L, 28L), (12L, 14L) })
        {
            yield return Image("few3", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 3)));
            yield return Image("few point", c, s, (k, x) => k.Relu(k.Conv(x, c, c, 1)));
        }
    }

    private static IEnumerable<Chain> Series()
    {
        foreach ((long c, long l) in new[] { (16L, 128L), (32L, 128L), (64L, 128L), (64L, 512L), (128L, 64L), (128L, 16L), (256L, 32L) })
        {
            yield return new Chain($"series3 {c}x{l}", [1, c, l], 4, (k, x) => k.Relu(k.Series(x, c, c, 3)));
            yield return new Chain($"series1 {c}x{l}", [1, c, l], 4, (k, x) => k.Relu(k.Series(x, c, c, 1)));
        }
    }

    private static IEnumerable<Chain> Products()
    {
        foreach ((long m, long n) in new[] { (1L, 16L), (1, 64), (1, 128), (1, 256), (1, 512), (1, 1024), (16, 64), (16, 256), (64, 128), (64, 512), (128, 64), (128, 256) })
        {
            yield return new Chain($"gemm {m}x{n}", [m, n], n >= 512 ? 4 : 12, (k, x) => k.Relu(k.Gemm(x, n, n)));
            yield return new Chain($"gemm {m}x{n}x{2 * n}", [m, n], n >= 512 ? 4 : 8, (k, x) => k.Gemm(k.Relu(k.Gemm(x, n, 2 * n)), 2 * n, n));
        }
    }

    private static IEnumerable<Chain> Elementwise()
    {
        foreach ((long c, long s) in new[] { (16L, 28L), (32L, 14L), (64L, 28L), (128L, 14L), (256L, 7L), (32L, 56L) })
        {
            yield return Image("sum", c, s, (k, x) => k.Node("Add", [x, k.Relu(k.Conv(x, c, c, 1))]));
            yield return Image("product", c, s, (k, x) => k.Node("Mul", [x, k.Node("Sigmoid", [x])]));
            yield return Image("sigmoid", c, s, (k, x) => k.Node("Sigmoid", [x]));
            yield return Image("twice", c, s, (k, x) => k.Node("Add", [x, x]));
            yield return Image("leaky", c, s, (k, x) => k.Node("LeakyRelu", [k.Node("Add", [x, x])]));
            yield return Image("gate", c, s, (k, x) => k.Node("Mul", [x, k.Node("GlobalAveragePool", [x])]));
            yield return Image("gate of layers", c, s, (k, x) => k.Node("Mul", [x, k.Node("Sigmoid", [k.Conv(k.Relu(k.Conv(k.Node("GlobalAveragePool", [x]), c, c / 4, 1)), c / 4, c, 1)])]));
            yield return Image("scale", c, s, (k, x) => k.Node("Mul", [x, k.Same(1, 1, c, 1, 1)]));
            yield return Image("hard swish", c, s, (k, x) => k.Node("HardSwish", [k.Conv(x, c, c, 1)]));
            yield return Image("gated", c, s, Gated);
            yield return Image("concat", c, s, (k, x) => k.Conv(k.Node("Concat", [x, k.Conv(x, c, c, 1)], NodeAttribute.Of("axis", 1L)), 2 * c, c, 1));
            yield return Image("move", c, s, (k, x) => k.Node("Concat", [Half(k, x, 0, c / 2), Half(k, x, c / 2, c)], NodeAttribute.Of("axis", 1L)));
        }

        foreach ((long m, long n) in new[] { (1L, 64L), (16L, 64L), (64L, 256L) })
        {
            yield return new Chain($"flat sigmoid {m}x{n}", [m, n], 12, (k, x) => k.Node("Sigmoid", [x]));
            yield return new Chain($"flat sum {m}x{n}", [m, n], 12, (k, x) => k.Node("Add", [x, x]));
            yield return new Chain($"softmax {m}x{n}", [m, n], 12, (k, x) => k.Node("Softmax", [x]));
            yield return new Chain($"move {m}x{n}", [m, n], 6, (k, x) => k.Node("Concat", [Half(k, x, 0, n / 2), Half(k, x, n / 2, n)], NodeAttribute.Of("axis", 1L)));
            yield return new Chain($"view {m}x{n}", [m, n], 12, (k, x) => k.Node("Reshape", [k.Node("Reshape", [x, k.Integers(m * n / 2, 2)]), k.Integers(m, n)]));
        }
    }

    private static IEnumerable<Chain> Pools()
    {
        foreach ((long c, long s) in new[] { (16L, 28L), (32L, 14L), (64L, 28L), (128L, 14L), (32L, 56L) })
        {
            yield return Image("max pool", c, s, (k, x) => k.Node("MaxPool", [x], Ints("kernel_shape", 3, 3), Ints("pads", 1, 1, 1, 1)));
            yield return Image("average pool", c, s, (k, x) => k.Node("AveragePool", [x], Ints("kernel_shape", 3, 3), Ints("pads", 1, 1, 1, 1)));
            yield return Image("resize", c, s, (k, x) => k.Node(
                "MaxPool", [k.Node("Resize", [x, null, k.Floats(1, 1, 2, 2)], NodeAttribute.Of("mode", "nearest"))], Ints("kernel_shape", 2, 2), Ints("strides", 2, 2)));
        }
    }

    private static IEnumerable<Chain> Recurrent()
    {
        foreach ((long i, long h) in new[] { (16L, 16L), (32L, 32L), (48L, 48L), (64L, 64L), (128L, 128L), (256L, 256L), (16L, 64L), (28L, 128L), (256L, 32L) })
        {
            foreach (long steps in Steps.Where(t => t * h * (i + h) <= 5_000_000))
            {
                yield return new Chain($"lstm {i}x{h} {steps}", [steps, 1, i], 2, (k, x) => i == h ? k.Lstm(x, i, h) : k.Lstm(k.Lstm(x, i, h), h, i));
            }
        }
    }

    private static IEnumerable<Chain> Conversions()
    {
        foreach ((long c, long s) in Maps)
        {
            yield return Image("convert", c, s, (k, x) => k.Relu(k.Conv(k.Relu(k.Conv(x, c, c, 1, keep: true)), c, c, 1)));
        }

        foreach ((long m, long n) in new[] { (1L, 16L), (1, 64), (1, 256), (16, 64), (64, 256) })
        {
            yield return new Chain($"quantize {m}x{n}", [m, n], 12, (k, x) => k.Gemm(k.Gemm(x, n, n, keep: true), n, n));
            yield return new Chain($"convert {m}x{n}", [m, n], 8, (k, x) => k.Node("Sigmoid", [k.Gemm(k.Relu(k.Gemm(x, n, n, keep: true)), n, n)]));
        }
    }

    /// <summary>As in MobileNetV3: a depthwise layer, its gate, and a layer behind it.</summary>
    private static Value Gated(Sketch k, Value x)
    {
        long c = k.Dims[1];
        Value y = k.Node("HardSwish", [k.Conv(x, c, c, 3, groups: c)]);
        Value gate = k.Node("HardSigmoid", [k.Conv(k.Relu(k.Conv(k.Node("GlobalAveragePool", [y]), c, c / 2, 1)), c / 2, c, 1)]);
        return k.Conv(k.Node("Mul", [y, gate]), c, c, 1);
    }

    private static Value Half(Sketch sketch, Value x, long from, long to) => sketch.Node("Slice", [x, sketch.Integers(from), sketch.Integers(to), sketch.Integers(1)]);

    private static Chain Image(string name, long channels, long size, Func<Sketch, Value, Value> link) =>
        new($"{name} {channels}x{size}", [1, channels, size, size], (channels * channels * size * size) switch { > 5_000_000 => 1, > 1_000_000 => 2, _ => 6 }, link);
}
