using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>A small model quantized with the exact ranges of one random batch, and what ONNX Runtime makes of the result.</summary>
internal sealed class QuantizedModel
{
    private readonly byte[] _float;
    private readonly byte[] _quantized;
    private readonly IReadOnlyDictionary<string, Tensor> _sample;

    private QuantizedModel(OnnxModel model, HardwareProfile profile, Func<Node, string?> keepFloat)
    {
        _float = ModelWriter.Write(model);
        var run = new TappedRun(_float, new SessionSettings { Optimization = GraphOptimization.None }, i => ModelBuilder.Random(i.Name, [.. i.Shape!.Select(d => d.Value ?? 2)]));
        _sample = run.Sample;
        Plan = Planner.Plan(run.Typed.Graph, profile, v => run.Ranges[v.Name], keepFloat);
        Model = ModelReader.Read(_float);
        PlanRewriter.Rewrite(Model, Plan);
        _quantized = ModelWriter.Write(Model);
    }

    public QuantizationPlan Plan { get; }

    /// <summary>The rewritten model.</summary>
    public OnnxModel Model { get; }

    /// <summary>The rewritten model's bytes.</summary>
    public byte[] Bytes => _quantized;

    public static QuantizedModel Of(ModelBuilder model, Func<Node, string?>? keepFloat = null, HardwareProfile? profile = null) =>
        new(model.Build(), profile ?? (BuiltInProfiles.X64Vnni with { Costs = null }), keepFloat ?? (_ => null));

    public static QuantizedModel Of(OnnxModel model, HardwareProfile profile) => new(model, profile, _ => null);

    public NodeDecision Decision(string node) => Plan.Nodes.Single(n => n.Node == node);

    /// <summary>Operators after ONNX Runtime's optimization, sorted, one entry for each node.</summary>
    public string OptimizedOperators() => string.Join(' ', OptimizedNodes().Select(n => n.OpType).Order(StringComparer.Ordinal));

    /// <summary>Nodes after ONNX Runtime's optimization.</summary>
    public IReadOnlyList<Node> OptimizedNodes()
    {
        string path = Path.Combine(Path.GetTempPath(), $"qbt-{Guid.NewGuid():N}.onnx");
        try
        {
            using (Open(_quantized, GraphOptimization.Extended, path))
            {
            }

            return ModelReader.ReadFile(path).Graph.Nodes;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>SQNR in dB of each output against the float model, at the settings an app gets.</summary>
    public double[] SqnrDb()
    {
        IReadOnlyList<Tensor> expected = Run(_float, GraphOptimization.All);
        return [.. expected.Zip(Run(_quantized, GraphOptimization.All), Sqnr)];
    }

    /// <summary>Largest distance between the fused kernels and the QDQ graph taken literally, in steps of the output's scale.</summary>
    public double FusedStepsOff(float outputScale)
    {
        ReadOnlySpan<float> literal = Run(_quantized, GraphOptimization.None)[0].Span<float>();
        ReadOnlySpan<float> fused = Run(_quantized, GraphOptimization.All)[0].Span<float>();
        double worst = 0;
        for (int i = 0; i < literal.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs((double)literal[i] - fused[i]) / outputScale);
        }

        return worst;
    }

    private static double Sqnr(Tensor expected, Tensor actual)
    {
        double signal = 0;
        double noise = 0;
        ReadOnlySpan<float> a = MemoryMarshal.Cast<byte, float>(expected.Bytes.Span);
        ReadOnlySpan<float> b = MemoryMarshal.Cast<byte, float>(actual.Bytes.Span);
        for (int i = 0; i < a.Length; i++)
        {
            signal += (double)a[i] * a[i];
            noise += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        }

        return 10 * Math.Log10(signal / noise);
    }

    private static IInferenceSession Open(byte[] model, GraphOptimization level, string? optimizedPath = null) =>
        new VnniInference().Open(model, new SessionSettings { Optimization = level, OptimizedModelPath = optimizedPath });

    private IReadOnlyList<Tensor> Run(byte[] model, GraphOptimization level)
    {
        using IInferenceSession session = Open(model, level);
        return session.Run(_sample);
    }
}
