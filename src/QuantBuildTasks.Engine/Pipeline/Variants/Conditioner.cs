using QuantBuildTasks.Engine.Calibration.Channels;
using QuantBuildTasks.Engine.Conditioning;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>The step between preparation and calibration: makes the float model one that quantizes better and computes the same.</summary>
internal static class Conditioner
{
    /// <summary>Samples that tell how wide channels are, more than which hardly tell anything else; ranges are calibrated on all of them later.</summary>
    private const int MostSamples = 128;

    /// <summary>Moves offsets and factors of channels between the layers of a model.</summary>
    /// <param name="run">The job.</param>
    /// <param name="model">The prepared model; changed in place.</param>
    /// <param name="data">Its samples.</param>
    /// <param name="isKept">Nodes that must stay as they are.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public static void Apply(JobRun run, OnnxModel model, JobData data, Func<Node, bool> isKept)
    {
        string[] watched = [.. Equalization.ValuesToWatch(model.Graph, isKept).Union(BiasAbsorption.ValuesToWatch(model.Graph, isKept))];
        if (watched.Length > 0)
        {
            IReadOnlyDictionary<string, ChannelStatistics> seen = new ChannelWatcher(run.Inference).Watch(model, watched, data.Calibration.Spread(MostSamples), run.Walk("Conditioning"), run.Cancellation);

            // What no longer lies off the middle leaves the factors less to make up for.
            Equalization.Apply(model.Graph, isKept, BiasAbsorption.Apply(model.Graph, isKept, seen));
        }
    }
}
