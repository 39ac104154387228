using System.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Costs.Measuring;

/// <summary>
/// Times sessions in turns, on one thread: the smallest processor time of many short windows, since whatever else the machine does only ever adds to it. Processor
/// time leaves out the waiting for a core, which no long run is spared on a busy machine.
/// </summary>
internal sealed class PairedClock(TimeSpan budget)
{
    private static readonly TimeSpan Window = TimeSpan.FromMicroseconds(400);

    /// <summary>ns of one run of each model, with random numbers in −1…1, or random bytes, as its input.</summary>
    public double[] Measure(params OnnxModel[] models)
    {
        IInferenceSession[] sessions = [.. models.Select(m => new OrtInference().Open(ModelWriter.Store(m), new SessionSettings()))];
        try
        {
            Dictionary<string, Tensor>[] inputs = [.. sessions.Select(Inputs)];
            int[] runs = [.. sessions.Zip(inputs, Runs)];
            double[] least = [.. sessions.Select(_ => double.PositiveInfinity)];
            long start = Stopwatch.GetTimestamp();
            for (int round = 0; round < 10 || Stopwatch.GetElapsedTime(start) < budget; round++)
            {
                for (int i = 0; i < sessions.Length; i++)
                {
                    // The first run brings the weights back into the cache.
                    Time(sessions[i], inputs[i], 1);
                    least[i] = Math.Min(least[i], Time(sessions[i], inputs[i], runs[i]));
                }
            }

            return least;
        }
        finally
        {
            Array.ForEach(sessions, s => s.Dispose());
        }
    }

    private static int Runs(IInferenceSession session, Dictionary<string, Tensor> inputs)
    {
        Time(session, inputs, 20);
        return Math.Max(1, (int)(Window.TotalNanoseconds / Time(session, inputs, 5)));
    }

    private static double Time(IInferenceSession session, Dictionary<string, Tensor> inputs, int runs)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < runs; i++)
        {
            session.Run(inputs, static (_, _, _) => { });
        }

        return Math.Max(1, (Environment.CpuUsage.TotalTime - start).TotalNanoseconds / runs);
    }

    private static Dictionary<string, Tensor> Inputs(IInferenceSession session)
    {
        var random = new Random(1);
        return session.Inputs.ToDictionary(i => i.Name, i =>
        {
            long[] dims = [.. i.Shape!.Select(d => d.Value ?? 1)];
            int count = (int)dims.Aggregate(1L, (a, b) => a * b);
            return i.Type == ElementType.UInt8
                ? Tensor.Of([.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))], dims)
                : Tensor.Of([.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)], dims);
        });
    }
}
