using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Validation.Emulation;
using QuantBuildTasks.Engine.Validation.Outputs;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// Turns a limit on changed decisions into decibels. On a dozen held-out samples hardly a decision changes, and by chance; but how close the float model's decisions are shows on every sample. With
/// noise of variance σ² in each score, a decision with a margin m between the two largest turns with probability Φ(−m / (σ·√2)), and σ² is the mean square of the scores
/// times noise ÷ signal.
/// </summary>
internal static class DecisionFloor
{
    /// <summary>Noise is not quite normal, hits more than the two largest scores, and other samples than these will be judged: so much of the limit is used.</summary>
    private const double Used = 0.75;

    private const double MostDb = 80;

    /// <summary>The least signal to noise ratio in dB at which no more than the limit's share of decisions is expected to turn.</summary>
    /// <param name="margins">For each sample the largest score less the second largest.</param>
    /// <param name="meanSquare">Of all scores.</param>
    /// <param name="limit">The share of samples whose decision may turn, 0…1.</param>
    public static double Db(IReadOnlyList<double> margins, double meanSquare, double limit)
    {
        (double low, double high) = (0, MostDb);
        while (high - low > 0.01)
        {
            double middle = (low + high) / 2;
            (low, high) = Turned(margins, meanSquare, middle) > limit * Used ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>The share of decisions that is expected to turn at a signal to noise ratio.</summary>
    public static double Turned(IReadOnlyList<double> margins, double meanSquare, double sqnrDb)
    {
        double spread = Math.Sqrt(2 * meanSquare * Math.Pow(10, -sqnrDb / 10));
        return margins.Sum(m => spread > 0 ? Tail(m / spread) : 0) / margins.Count;
    }

    /// <summary>Runs the float model over the samples.</summary>
    /// <param name="run">The job.</param>
    /// <param name="model">The float model.</param>
    /// <param name="data">The samples.</param>
    /// <param name="output">The output that holds scores; null: the first.</param>
    public static (double[] Margins, double MeanSquare) Scores(JobRun run, StoredModel model, Dataset data, string? output)
    {
        using IInferenceSession session = run.Inference.Open(model, new SessionSettings());
        int place = output is null ? 0 : session.Outputs.Select(o => o.Name).ToList().IndexOf(output);
        double[] margins = new double[data.Count];
        double[] squares = new double[data.Count];
        BatchWalk.Run(
            data.Batches(run.Job.BatchSize ?? 8),
            run.Workers,
            () => new OutputBuffer(),
            (buffer, range) =>
            {
                session.Run(data.Batch(range), (index, dims, bytes) =>
                {
                    if (index == place)
                    {
                        buffer.Fill(session.Outputs[index].Type, dims, bytes);
                    }
                });
                int length = buffer.Length / range.Count;
                for (int i = 0; i < range.Count; i++)
                {
                    ReadOnlySpan<float> row = buffer.Values.Slice(i * length, length);
                    margins[range.Start + i] = FloatPass.Margin(row);
                    foreach (float score in row)
                    {
                        squares[range.Start + i] += (double)score * score / length;
                    }
                }
            },
            fraction => run.Tell("Search", fraction),
            run.Cancellation);
        return (margins, squares.Sum() / squares.Length);
    }

    /// <summary>
    /// The upper tail of the normal distribution, 1 − Φ(z) for z ≥ 0: formula 26.2.17 of Abramowitz and Stegun (1964), off by 7.5·10⁻⁸ at most.
    /// </summary>
    internal static double Tail(double z)
    {
        double t = 1 / (1 + (0.2316419 * z));
        double polynomial = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return polynomial * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
    }
}
