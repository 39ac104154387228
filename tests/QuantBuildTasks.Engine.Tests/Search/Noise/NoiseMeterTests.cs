using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Search.Noise;
using QuantBuildTasks.Engine.Tests.Pipeline;

namespace QuantBuildTasks.Engine.Tests.Search.Noise;

public sealed class NoiseMeterTests
{
    private const int Samples = 200;

    /// <summary>2²⁵ numbers over all samples: each of the nodes gives 2¹⁷ for a sample, the last one more.</summary>
    [Theory]
    [InlineData(1, 128)]
    [InlineData(4, 63)]
    [InlineData(8, 31)]
    [InlineData(64, 8)]
    public void Small_models_are_looked_at_on_more_samples_than_large_ones(int nodes, int expected)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "N", 1).Weight("w", 1, 1 << 17).Node("Mul", "x w -> a0");
        for (int i = 1; i < nodes; i++)
        {
            builder.Node("Relu", $"a{i - 1} -> a{i}");
        }

        OnnxModel model = builder.Node("ReduceMean", $"a{nodes - 1} -> y", ("axes", ModelBuilder.Ints(1))).Output("y").Build();
        using var folder = new JobFolder();
        QuantJob job = folder.Job(model, 20, ("x", ModelBuilder.Random("x", Samples, 1))) with { Precision = Precision.Int8Weights, BatchSize = 1 };
        var inference = new Counting();
        var run = new JobRun(inference, JobFolder.Vnni, job, null, TestContext.Current.CancellationToken);
        using JobData data = JobData.Open(job, [new ModelPort("x", ElementType.Float32, model.Graph.Find("x")!.Shape)]);
        var calibrated = new CalibratedModel(run, model, data, new FloatPatterns([]));
        calibrated.SizeOf(model.Graph.Find("y")!);
        inference.Runs = 0;

        _ = new NoiseMeter(run, calibrated, data.Calibration, new HashSet<string> { "y" });

        Assert.Equal(expected, inference.Runs);
    }

    /// <summary>ONNX Runtime, and how often a model ran whose outputs are kept.</summary>
    private sealed class Counting : IInference
    {
        private readonly OrtInference _inference = new();

        public int Runs { get; set; }

        public IInferenceSession Open(StoredModel model, SessionSettings settings) => new Session(this, _inference.Open(model, settings));

        private sealed class Session(Counting owner, IInferenceSession session) : IInferenceSession
        {
            public IReadOnlyList<ModelPort> Inputs => session.Inputs;

            public IReadOnlyList<ModelPort> Outputs => session.Outputs;

            public IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
            {
                owner.Runs++;
                return session.Run(inputs);
            }

            public void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit) => session.Run(inputs, visit);

            public void Dispose() => session.Dispose();
        }
    }
}
