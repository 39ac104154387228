using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>
/// A model with branches or bodies taken through preparation, calibration (one sample for each inference), plan and rewriting. Its input "x" gets random
/// numbers; its input "c", where there is one, the given conditions.
/// </summary>
internal sealed class BranchModel
{
    private const int Samples = 8;

    private readonly byte[] _float;
    private readonly Dictionary<string, Tensor>[] _samples;

    private BranchModel(OnnxModel model, bool[] conditions, HardwareProfile profile, Func<Node, string?> keepFloat)
    {
        _float = ModelWriter.Write(model);
        long[] dims = [.. model.Graph.Find("x")!.Shape!.Select(d => d.Value ?? 1)];
        Tensor[] x = [.. Enumerable.Range(0, Samples).Select(i => ModelBuilder.Random($"x{i}", dims))];
        List<BoundArray> arrays = [new BoundArray("x", x, 0)];
        _samples = [.. x.Select(t => new Dictionary<string, Tensor> { ["x"] = t })];
        if (model.Graph.Find("c") is not null)
        {
            bool[] all = [.. Enumerable.Range(0, Samples).Select(i => conditions[i % conditions.Length])];
            arrays.Add(new BoundArray("c", [Tensor.Of(all, Samples)], 0));
            foreach ((int i, bool condition) in all.Index())
            {
                _samples[i]["c"] = Tensor.Vector(condition);
            }
        }

        PreparedModel prepared = new Preparer(new OrtInference()).Run(ModelReader.Read(_float), _samples[0]);
        Assert.Empty(prepared.Diagnostics);
        Graph graph = prepared.Model.Graph;
        string[] asked = [.. Planner.ValuesToCalibrate(graph, profile, keepFloat).Select(v => v.Name)];
        Assert.Equal(asked.Distinct(), asked);
        CalibrationTable table = new Calibrator(new OrtInference())
            .Calibrate(prepared.Model, asked, new Dataset(arrays, null, [.. Enumerable.Range(0, Samples)], null), new CalibrationOptions { BatchSize = 1 }, TestContext.Current.CancellationToken);

        Plan = Planner.Plan(graph, profile, Range, keepFloat);
        Source = ModelWriter.Write(prepared.Model);
        Model = ModelReader.Read(Source);
        PlanRewriter.Rewrite(Model, Plan);
        Bytes = ModelWriter.Write(Model);

        (double Min, double Max)? Range(Value value)
        {
            Assert.Contains(value.Name, asked);
            Histogram seen = table.Find(value.Name)!.Histogram;
            return seen.Count == 0 ? null : (seen.Min, seen.Max);
        }
    }

    public QuantizationPlan Plan { get; }

    /// <summary>The prepared float model's file.</summary>
    public byte[] Source { get; }

    /// <summary>The rewritten model.</summary>
    public OnnxModel Model { get; }

    /// <summary>Its file.</summary>
    public byte[] Bytes { get; }

    public static BranchModel Of(ModelBuilder model, HardwareProfile? profile = null, Func<Node, string?>? keepFloat = null, params bool[] conditions) =>
        new(model.Build(), conditions.Length == 0 ? [true, false] : conditions, profile ?? (BuiltInProfiles.X64Vnni with { Costs = null }), keepFloat ?? (_ => null));

    public NodeDecision Decision(string node) => Plan.Nodes.Single(n => n.Node == node);

    public KernelCensus Census() => KernelCensus.Of(new OrtInference(), Bytes, Plan);

    /// <summary>Operators after ONNX Runtime's optimization, graph by graph: sorted, one entry for each node. ONNX Runtime writes the else branch first.</summary>
    public string[] OptimizedOperators()
    {
        string path = Path.Combine(Path.GetTempPath(), $"qbt-{Guid.NewGuid():N}.onnx");
        try
        {
            using (new OrtInference().Open(Bytes, new SessionSettings { Optimization = GraphOptimization.Extended, OptimizedModelPath = path }))
            {
            }

            return [.. ModelReader.ReadFile(path).Graph.SelfAndSubgraphs().Select(g => string.Join(' ', g.Nodes.Select(n => n.OpType).Order(StringComparer.Ordinal)))];
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>SQNR in dB of the first output against the float model over the samples with a condition, at the settings an app gets.</summary>
    public double SqnrDb(bool? condition = null)
    {
        using IInferenceSession reference = new OrtInference().Open(_float, new SessionSettings());
        using IInferenceSession quantized = new VnniInference().Open(Bytes, new SessionSettings());
        double signal = 0;
        double noise = 0;
        foreach (Dictionary<string, Tensor> sample in _samples)
        {
            Dictionary<string, Tensor> inputs = condition is { } c ? new(sample) { ["c"] = Tensor.Vector(c) } : sample;
            foreach ((float a, float b) in reference.Run(inputs)[0].Span<float>().ToArray().Zip(quantized.Run(inputs)[0].Span<float>().ToArray()))
            {
                signal += (double)a * a;
                noise += ((double)a - b) * ((double)a - b);
            }
        }

        return 10 * Math.Log10(signal / noise);
    }
}
