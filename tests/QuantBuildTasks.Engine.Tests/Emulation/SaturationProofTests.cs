using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Emulation;

/// <summary>
/// The claim of x64-avx2, by running: every kind of integer kernel on the worst input (all activations 255, all weights at the top of their range), on ONNX Runtime's
/// exact kernels here and on its AVX2 kernels under an emulated Haswell.
/// </summary>
public sealed class SaturationProofTests : IDisposable
{
    private readonly Emulators _emulators = new();

    public void Dispose() => _emulators.Dispose();

    /// <summary>Each kind, and whether weights of the full range saturate in it.</summary>
    public static TheoryData<string, bool> Kernels => new()
    {
        { "conv, 1 channel", true },
        { "conv, 3 channels", true },
        { "conv, 32 channels", true },
        { "conv 1×1, 32 channels", true },
        { "conv, groups of 16", true },
        { "conv, one dimension", true },
        { "conv, three dimensions", true },
        { "depthwise conv 3×3", false },
        { "depthwise conv 5×5", false },
        { "matrix", true },
        { "matrix, float output", true },
        { "gemm", true },
        { "gemm, transposed", true },
        { "lstm, inputs", true },
        { "lstm, states", true },
    };

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Pair_safe_weights_give_the_exact_sums_on_AVX2_and_the_full_range_does_not_where_the_kernel_saturates(string kernel, bool saturates)
    {
        IInference haswell = _emulators.Inference(BuiltInProfiles.X64Avx2);
        QuantizedModel safe = QuantizedModel.Of(Model(kernel), profile: BuiltInProfiles.X64Avx2 with { Costs = null });
        QuantizedModel full = QuantizedModel.Of(Model(kernel), profile: BuiltInProfiles.X64Vnni with { Costs = null });

        Assert.Equal(Exact(safe), Run(haswell, safe));
        Assert.Equal(saturates, !Exact(full).AsSpan().SequenceEqual(Run(haswell, full)));
    }

    private static ModelBuilder Model(string kernel) => kernel switch
    {
        "conv, 1 channel" => Conv(Alike(16, 1, 3, 3), 1, 8, 8),
        "conv, 3 channels" => Conv(Alike(16, 3, 3, 3), 3, 8, 8),
        "conv, 32 channels" => Conv(Alike(32, 32, 3, 3), 32, 8, 8),
        "conv 1×1, 32 channels" => Conv(Alike(32, 32, 1, 1), 32, 8, 8),
        "conv, groups of 16" => Conv(Alike(32, 16, 3, 3), 32, 8, 8, 2),
        "conv, one dimension" => Conv(Alike(16, 8, 5), 8, 20),
        "conv, three dimensions" => Conv(Alike(8, 4, 3, 3, 3), 4, 6, 6, 6),
        "depthwise conv 3×3" => Conv(Alike(32, 1, 3, 3), 32, 8, 8, 32),
        "depthwise conv 5×5" => Conv(Alike(32, 1, 5, 5), 32, 8, 8, 32),
        "matrix" => new ModelBuilder().Input("x", 4, 64).Constant("w", Alike(64, 32)).Node("MatMul", "x w -> m").Node("Relu", "m -> r").Constant("v", Alike(32, 8)).Node("MatMul", "r v -> y").Output("y"),
        "matrix, float output" => new ModelBuilder().Input("x", 4, 64).Constant("w", Alike(64, 32)).Node("MatMul", "x w -> y").Output("y"),
        "gemm" => new ModelBuilder().Input("x", 4, 64).Constant("w", Alike(64, 32)).Weight("b", 32).Node("Gemm", "x w b -> y").Output("y"),
        "lstm, inputs" => Lstm(Alike(2, 256, 64), Tensor.Of(new float[2 * 256 * 64], 2, 256, 64)),
        "lstm, states" => Lstm(Single(2, 256, 64), Alike(2, 256, 64)),
        _ => new ModelBuilder().Input("x", 4, 64).Constant("w", Alike(32, 64)).Weight("b", 32).Node("Gemm", "x w b -> y", ("transB", 1)).Output("y"),
    };

    private static ModelBuilder Conv(Tensor weight, int channels, params int[] rest)
    {
        int dimensions = weight.Rank - 2;
        int group = rest.Length > dimensions ? rest[dimensions] : 1;
        Dimension[] input = [1, channels, .. rest.Take(dimensions).Select(d => (Dimension)d)];
        return new ModelBuilder().Input("x", input).Constant("w", weight).Node("Conv", "x w -> y", ("group", group)).Output("y");
    }

    /// <summary>Alike weights make alike states, so that those are 255 too.</summary>
    private static ModelBuilder Lstm(Tensor weight, Tensor recurrence) => new ModelBuilder().Input("x", 8, 1, 64).Constant("w", weight).Constant("r", recurrence)
        .Node("LSTM", "x w r -> y", ("hidden_size", 64), ("direction", "bidirectional")).Output("y");

    /// <summary>One weight for each row, which has no neighbour to saturate with.</summary>
    private static Tensor Single(params long[] dims) =>
        Tensor.Of([.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(i => i % dims[^1] == 0 ? 0.1f : 0f)], dims);

    /// <summary>Weights that are all alike: in full range 127 stands beside 127.</summary>
    private static Tensor Alike(params long[] dims) => Tensor.Of(Enumerable.Repeat(0.1f, (int)dims.Aggregate(1L, (a, b) => a * b)).ToArray(), dims);

    private static float[] Exact(QuantizedModel model) =>
        Run(new OrtInference(), model, new SessionSettings { ExactSums = true });

    private static float[] Run(IInference inference, QuantizedModel model, SessionSettings? settings = null)
    {
        using IInferenceSession session = inference.Open(model.Bytes, settings ?? new SessionSettings());
        long[] dims = [.. model.Model.Graph.Inputs[0].Shape!.Select(d => d.Value!.Value)];

        // The sample that the ranges were learnt from lies within −1…1, so that 1 is 255.
        Tensor highest = Tensor.Of(Enumerable.Repeat(1f, (int)dims.Aggregate(1L, (a, b) => a * b)).ToArray(), dims);
        return session.Run(new Dictionary<string, Tensor> { ["x"] = highest })[0].Span<float>().ToArray();
    }
}
