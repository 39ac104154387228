using System.Collections.Concurrent;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Search.Noise;

/// <summary>
/// Measures noise sources one by one: the float model with only that one rounded, on a few of the held-out samples, against the float model. Several sources are measured side
/// by side, each on one thread, so that the numbers do not depend on how many. What was measured once is kept for plans that share the source.
/// </summary>
internal sealed class NoiseMeter
{
    /// <summary>Powers vary from sample to sample, in models with states most of all. Small models are looked at on more samples.</summary>
    private const int LeastSamples = 8;
    private const int MostSamples = 128;

    /// <summary>So many numbers all nodes together may give on the samples beyond the least: about a quarter of a second for each source.</summary>
    private const long MostElements = 32L << 20;

    /// <summary>What the outputs of the float model, which are kept, may take.</summary>
    private const long MostBytes = 64L << 20;

    /// <summary>What the copies of the model that are open side by side may take.</summary>
    private const long MostCopies = 1L << 30;

    private readonly JobRun _run;
    private readonly CalibratedModel _model;
    private readonly IReadOnlySet<string> _outputs;
    private readonly List<(IReadOnlyDictionary<string, Tensor> Inputs, IReadOnlyList<Tensor> Outputs)> _batches = [];
    private readonly Dictionary<string, double[]> _known = new(StringComparer.Ordinal);

    /// <summary>Runs the float model.</summary>
    /// <param name="run">The job.</param>
    /// <param name="model">The float model.</param>
    /// <param name="data">The held-out samples.</param>
    /// <param name="outputs">The outputs that count, float32 ones.</param>
    public NoiseMeter(JobRun run, CalibratedModel model, Dataset data, IReadOnlySet<string> outputs)
    {
        (_run, _model, _outputs) = (run, model, outputs);
        using IInferenceSession session = run.Inference.Open(model.File, new SessionSettings());
        Dataset samples = data.Spread(SamplesFor(model));
        long bytes = 0;
        foreach (SampleRange range in samples.Batches(run.Job.BatchSize ?? 8))
        {
            IReadOnlyDictionary<string, Tensor> inputs = samples.Batch(range);
            IReadOnlyList<Tensor> given = session.Run(inputs);
            bytes += given.Sum(t => (long)t.Bytes.Length);
            if (_batches.Count > 0 && bytes > MostBytes)
            {
                break;
            }

            _batches.Add((inputs, given));
        }
    }

    /// <summary>How many sources were measured.</summary>
    public int Probes => _known.Count;

    /// <summary>For each source, noise power ÷ signal power at each output that counts, in the model's order.</summary>
    public IReadOnlyList<double[]> Measure(IReadOnlyList<NoiseSource> sources)
    {
        NoiseSource[] unknown = [.. sources.Where(s => !_known.ContainsKey(s.Key)).DistinctBy(s => s.Key)];
        var measured = new ConcurrentDictionary<string, double[]>(StringComparer.Ordinal);
        int done = 0;
        int workers = (int)Math.Clamp(MostCopies / (4 * _model.File.Size), 1, _run.Workers);
        Parallel.ForEach(unknown, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = _run.Cancellation }, source =>
        {
            measured[source.Key] = Measure(source);
            _run.Tell("Sensitivities", (double)Interlocked.Increment(ref done) / unknown.Length);
        });
        foreach (NoiseSource source in unknown)
        {
            _known.Add(source.Key, measured[source.Key]);
        }

        return [.. sources.Select(s => _known[s.Key])];
    }

    /// <summary>By the size of the model alone, so that it is the same everywhere.</summary>
    private static int SamplesFor(CalibratedModel model)
    {
        long elements = model.Graph.Nodes.SelectMany(n => n.Outputs.OfType<Value>()).Sum(v => model.SizeOf(v) is { } size ? size.Aggregate(1L, (product, d) => product * (d.Value ?? 1)) : 1);
        return (int)Math.Clamp(MostElements / Math.Max(1, elements), LeastSamples, MostSamples);
    }

    private double[] Measure(NoiseSource source)
    {
        OnnxModel copy = _model.Copy();
        source.Apply(copy);
        using IInferenceSession session = _run.Inference.Open(ModelWriter.Store(copy), new SessionSettings { PlansMemory = false });
        var sums = new SignalNoise[session.Outputs.Count];
        foreach ((IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyList<Tensor> expected) in _batches)
        {
            IReadOnlyList<Tensor> given = session.Run(inputs);
            for (int i = 0; i < sums.Length; i++)
            {
                if (_outputs.Contains(session.Outputs[i].Name) && given[i].Length == expected[i].Length)
                {
                    sums[i] += SignalNoise.Of(expected[i].Span<float>(), given[i].Span<float>());
                }
            }
        }

        return [.. sums.Where((_, i) => _outputs.Contains(session.Outputs[i].Name)).Select(s => s.NoiseToSignal)];
    }
}
