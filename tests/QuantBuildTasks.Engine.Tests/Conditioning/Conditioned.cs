using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Folding;

namespace QuantBuildTasks.Engine.Tests.Conditioning;

/// <summary>Models with shapes, and what ONNX Runtime computes of them without optimization.</summary>
internal static class Conditioned
{
    public static OnnxModel WithShapes(ModelBuilder builder)
    {
        OnnxModel model = builder.BuildAsFile();
        new ShapeInference(new OrtInference()).Apply(model, []);
        return model;
    }

    public static float[] Run(OnnxModel model, Tensor x, string? tensor = null)
    {
        OnnxModel tapped = ModelReader.Read(ModelWriter.Write(model));
        if (tensor is not null && tapped.Graph.Find(tensor) is { IsGraphOutput: false } value)
        {
            value.Type = ElementType.Float32;
            tapped.Graph.AddOutput(value);
        }

        using IInferenceSession session = new OrtInference().Open(ModelWriter.Write(tapped), new SessionSettings { Optimization = GraphOptimization.None, Threads = 1 });
        int index = tensor is null ? 0 : session.Outputs.ToList().FindIndex(o => o.Name == tensor);
        return session.Run(new Dictionary<string, Tensor> { ["x"] = x })[index].Span<float>().ToArray();
    }

    /// <summary>Samples of input <c>x</c>.</summary>
    public static Dataset Data(Tensor x) => new([new BoundArray("x", [x], 0)], null, [.. Enumerable.Range(0, (int)x.Dims[0])], null);

    public static IReadOnlyDictionary<string, ChannelStatistics> Watch(OnnxModel model, IReadOnlyList<string> tensors, Tensor x, int workers = 1, int batchSize = 3) =>
        new ChannelWatcher(new OrtInference()).Watch(
            model, tensors, Data(x), new CalibrationOptions { BatchSize = batchSize, Workers = workers }, TestContext.Current.CancellationToken);

    /// <summary>The root of the mean square of the differences, as a share of that of the expected numbers.</summary>
    public static double RelativeError(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / expected.Sum(a => (double)a * a));
}
