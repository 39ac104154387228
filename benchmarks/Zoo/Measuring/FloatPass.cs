using System.Diagnostics;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>What running the float model over the calibration data costs.</summary>
/// <param name="Seconds">Of the runs alone: opening the model and the data and cutting batches out of it do not count.</param>
/// <param name="PeakMegabytes">Peak memory of the process, in MiB.</param>
/// <param name="Samples">Samples that ran.</param>
internal sealed record FloatPassCost(double Seconds, double PeakMegabytes, int Samples);

/// <summary>
/// The unit in which the cost of quantizing is told across machines, and the memory that it is compared with: a process that does nothing but run the float model
/// over the calibration data, in batches of 8 on two threads, as ONNX Runtime runs it by default.
/// </summary>
internal static class FloatPass
{
    private const int BatchSize = 8;
    private const int Threads = 2;

    public static FloatPassCost Measure(ZooEntry entry)
    {
        using IInferenceSession session = new OrtInference().Open(File.ReadAllBytes(entry.ModelPath), new SessionSettings { Threads = Threads });
        using Dataset data = Dataset.Open(entry.CalibrationData, session.Inputs, entry.BatchAxes, entry.Name);
        var clock = new Stopwatch();
        foreach (SampleRange range in data.Batches(BatchSize))
        {
            IReadOnlyDictionary<string, Engine.Model.Tensor> batch = data.Batch(range);
            clock.Start();
            session.Run(batch, (_, _, _) => { });
            clock.Stop();
        }

        return new FloatPassCost(clock.Elapsed.TotalSeconds, StageMeter.Megabytes(), data.Count);
    }
}
