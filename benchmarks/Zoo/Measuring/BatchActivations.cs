using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>
/// What the activations of one batch take: every float32 tensor that a node of the prepared model computes for one batch of the size that calibration runs, branches that are taken and bodies
/// included, all held at once.
/// </summary>
internal static class BatchActivations
{
    public static long Bytes(ZooEntry entry)
    {
        var inference = new OrtInference();
        OnnxModel model = ModelReader.Read(File.ReadAllBytes(entry.ModelPath), entry.Name);
        using Dataset data = Dataset.Open(entry.CalibrationData, JobData.RequiredInputs(model), entry.BatchAxes, entry.Name);
        PreparedModel prepared = new Preparer(inference).Run(model, data.Batch(data.Batches(2)[0]), entry.Name);
        IEnumerable<string> computed = prepared.Model.Graph.SelfAndSubgraphs()
            .SelectMany(g => g.Nodes)
            .SelectMany(n => n.Outputs)
            .OfType<Value>()
            .Where(v => v.Type == ElementType.Float32)
            .Select(v => v.Name);
        ExposedModel exposed = ExposedModel.From(prepared.Model, computed);
        using IInferenceSession session = inference.Open(exposed.File, new SessionSettings { Optimization = GraphOptimization.None });
        long bytes = 0;
        session.Run(data.Batch(data.Batches(entry.BatchSize ?? CalibrationBatch)[0]), (_, _, output) => bytes += output.Length);
        return bytes;
    }

    /// <summary>The engine's own where an entry names none.</summary>
    private const int CalibrationBatch = 8;
}
