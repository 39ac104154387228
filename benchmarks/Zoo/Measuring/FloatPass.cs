using System.Diagnostics;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>The unit in which the cost of quantizing is told across machines: one run of the float model over the calibration data.</summary>
internal static class FloatPass
{
    private const int BatchSize = 8;
    private const int Threads = 2;

    /// <summary>Seconds; loading the model and the data does not count.</summary>
    public static double Time(ZooEntry entry)
    {
        using IInferenceSession session = new OrtInference().Open(File.ReadAllBytes(entry.ModelPath), new SessionSettings { Threads = Threads });
        using Dataset data = Dataset.Open(entry.CalibrationData, session.Inputs, entry.BatchAxes, entry.Name);
        var clock = Stopwatch.StartNew();
        foreach (SampleRange range in data.Batches(BatchSize))
        {
            session.Run(data.Batch(range), (_, _, _) => { });
        }

        return clock.Elapsed.TotalSeconds;
    }
}
