using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Float16;

/// <summary>A small model in float16, planned with the exact ranges of one random batch, and what ONNX Runtime computes with it.</summary>
internal sealed class HalfModel
{
    private readonly byte[] _float;
    private readonly IReadOnlyDictionary<string, Tensor> _sample;

    private HalfModel(OnnxModel model, Func<Node, string?> keepFloat, float scale)
    {
        _float = ModelWriter.Write(model);
        var run = new TappedRun(_float, new SessionSettings(), i => Sample(i, scale));
        _sample = run.Sample;
        string[] asked = [.. Planner.ValuesToCalibrate(run.Typed.Graph, BuiltInProfiles.Cuda, keepFloat).Select(v => v.Name)];
        Plan = Planner.Plan(run.Typed.Graph, BuiltInProfiles.Cuda, v => asked.Contains(v.Name) ? run.Ranges[v.Name] : throw new InvalidOperationException($"'{v.Name}' was not to be calibrated."), keepFloat);
        Model = ModelReader.Read(_float);
        PlanRewriter.Rewrite(Model, Plan);
        Bytes = ModelWriter.Write(Model);
    }

    public QuantizationPlan Plan { get; }

    /// <summary>The rewritten model.</summary>
    public OnnxModel Model { get; }

    /// <summary>Its file.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many conversions the rewritten main graph has.</summary>
    public int Casts => Model.Graph.Nodes.Count(n => n.Is("Cast"));

    /// <param name="model">The float model.</param>
    /// <param name="keepFloat">As the planner takes it.</param>
    /// <param name="scale">The inputs are random numbers in ±this.</param>
    public static HalfModel Of(ModelBuilder model, Func<Node, string?>? keepFloat = null, float scale = 1) => new(model.Build(), keepFloat ?? (_ => null), scale);

    public NodeDecision Decision(string node) => Plan.Nodes.Single(n => n.Node == node);

    /// <summary>The largest distance of an output from the float model's, as a share of that output's largest magnitude.</summary>
    public double WorstError()
    {
        using IInferenceSession single = Open(_float);
        using IInferenceSession half = Open(Bytes);
        double worst = 0;
        foreach ((Tensor expected, Tensor actual) in single.Run(_sample).Zip(half.Run(_sample)))
        {
            Assert.Equal(ElementType.Float32, actual.Type);
            float[] a = expected.Span<float>().ToArray();
            float[] b = actual.Span<float>().ToArray();
            double largest = a.Max(Math.Abs);
            worst = Math.Max(worst, a.Zip(b, (x, y) => Math.Abs(x - y)).Max() / (largest == 0 ? 1 : largest));
        }

        return worst;
    }

    private static Tensor Sample(ModelPort port, float scale)
    {
        long[] dims = [.. port.Shape!.Select(d => d.Value ?? 2)];
        float[] values = ModelBuilder.Random(port.Name, dims).Span<float>().ToArray();
        return port.Type == ElementType.Int64
            ? Tensor.Of(Array.ConvertAll(values, v => (long)(Math.Abs(v) * 3)), dims)
            : Tensor.Of(Array.ConvertAll(values, v => v * scale), dims);
    }

    private static IInferenceSession Open(byte[] model) => new OrtInference().Open(model, new SessionSettings());
}
