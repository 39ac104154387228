using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// A float model whose activations pass through 8 bits where those of the quantized model would, with the formats as inputs: one session tries any set of ranges.
/// What comes out is compared with float32's results, so errors count as they add up over the layers: rounding is white and adds up in power, clipping cuts
/// the same peaks in layer after layer and adds up in amplitude.
/// </summary>
internal sealed class RangeSimulation : IDisposable
{
    /// <summary>What inputs and results of all samples may take; there are fewer samples where they would take more.</summary>
    private const long MostBytes = 1L << 26;

    private readonly IInferenceSession _session;

    // For each tried value the names of its two inputs, and for each float32 result its place among the outputs.
    private readonly List<(string Value, string Scale, string ZeroPoint)> _formats = [];
    private readonly int[] _places;
    private readonly int _workers;
    private readonly List<(IReadOnlyDictionary<string, Tensor> Inputs, IReadOnlyList<Tensor> Results)> _batches = [];

    /// <summary>Makes the model and keeps float32's results.</summary>
    /// <param name="inference">Runs it.</param>
    /// <param name="model">The float model, names of values unique over all graphs; it is not changed.</param>
    /// <param name="values">The values that have a format of their own; names that are not in the model are passed over.</param>
    /// <param name="isReadBy">Whether a reader, both given by name, reads the 8-bit numbers of a value; else it reads float32. The empty name is who takes the model's results.</param>
    /// <param name="data">A few samples: inputs and results of all of them are held.</param>
    /// <param name="workers">Runs side by side at most, each on one thread.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public RangeSimulation(IInference inference, OnnxModel model, IEnumerable<string> values, Func<string, string, bool> isReadBy, Dataset data, int workers = 1)
    {
        _workers = Math.Max(1, workers);

        string[] results = KeepResults(inference, model, data);
        OnnxModel simulated = ModelWriter.Copy(model);
        var scopes = new Scopes(simulated.Graph);
        var replaced = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Value value in values.Select(scopes.Find).OfType<Value>().ToArray())
        {
            Value result = Insert(simulated.Graph, value, isReadBy);
            if (value.IsGraphOutput && isReadBy(value.Name, "") && value.Graph == simulated.Graph)
            {
                simulated.Graph.AddOutput(result);
                replaced.Add(value.Name, result.Name);
            }
        }

        // With its extended optimizations ONNX Runtime 1.31.1 gives other numbers for QuantizeLinear and DequantizeLinear whose scales are inputs of the graph; without them they are right.
        var settings = new SessionSettings { Threads = 1, Optimization = GraphOptimization.None, PlansMemory = false };
        _session = OneSizeSession.Open(inference, simulated, _batches[0].Inputs, settings);
        string[] names = [.. _session.Outputs.Select(o => o.Name)];
        _places = [.. results.Select(r => Array.IndexOf(names, replaced.GetValueOrDefault(r, r)))];
    }

    /// <summary>The error at the model's float32 results.</summary>
    /// <param name="ranges">For every value.</param>
    public SampledError Error(IReadOnlyDictionary<string, TrialRange> ranges)
    {
        var formats = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach ((string value, string scale, string zeroPoint) in _formats)
        {
            formats.Add(scale, Tensor.Scalar(ranges[value].Scale));
            formats.Add(zeroPoint, Tensor.Scalar(ranges[value].ZeroPoint));
        }

        return new SampledError(_batches.Count, Run);

        (double Noise, double Signal)[][] Run(int from, int to)
        {
            var sums = new (double Noise, double Signal)[to - from][];
            Parallel.For(0, sums.Length, new ParallelOptions { MaxDegreeOfParallelism = _workers }, batch => sums[batch] = Energies(_batches[from + batch], formats));
            return sums;
        }
    }

    public void Dispose() => _session.Dispose();

    private string[] KeepResults(IInference inference, OnnxModel model, Dataset data)
    {
        using IInferenceSession original = inference.Open(ModelWriter.Store(model), new SessionSettings { Threads = 1, PlansMemory = false });
        int[] kept = [.. Enumerable.Range(0, original.Outputs.Count).Where(i => original.Outputs[i].Type == ElementType.Float32)];
        IReadOnlyList<SampleRange> ranges = data.Batches(1);

        // All samples have the sizes of the first.
        _batches.Add(Run(ranges[0]));
        long bytes = _batches[0].Inputs.Values.Concat(_batches[0].Results).Sum(t => (long)t.Bytes.Length);
        var others = new (IReadOnlyDictionary<string, Tensor>, IReadOnlyList<Tensor>)[Math.Min(ranges.Count - 1, MostBytes / Math.Max(1, bytes))];
        Parallel.For(0, others.Length, new ParallelOptions { MaxDegreeOfParallelism = _workers }, i => others[i] = Run(ranges[i + 1]));
        _batches.AddRange(others);
        return [.. kept.Select(i => original.Outputs[i].Name)];

        (IReadOnlyDictionary<string, Tensor> Inputs, IReadOnlyList<Tensor> Results) Run(SampleRange range)
        {
            IReadOnlyDictionary<string, Tensor> inputs = data.Batch(range);
            IReadOnlyList<Tensor> all = original.Run(inputs);
            return (inputs, [.. kept.Select(i => all[i])]);
        }
    }

    /// <summary>Runs one batch.</summary>
    /// <returns>Noise and signal of each result.</returns>
    private (double Noise, double Signal)[] Energies((IReadOnlyDictionary<string, Tensor> Inputs, IReadOnlyList<Tensor> Results) batch, Dictionary<string, Tensor> formats)
    {
        var energies = new (double Noise, double Signal)[_places.Length];
        _session.Run(batch.Inputs.Concat(formats).ToDictionary(StringComparer.Ordinal), (index, _, bytes) =>
        {
            int result = Array.IndexOf(_places, index);
            if (result >= 0)
            {
                energies[result] = Energies(MemoryMarshal.Cast<byte, float>(bytes), batch.Results[result].Span<float>());
            }
        });
        return energies;
    }

    /// <summary>Σ (ŷ − y)² and Σ y². Results whose sizes depend on the numbers, such as lists of finds, can differ in them: then all is noise.</summary>
    private static (double Noise, double Signal) Energies(ReadOnlySpan<float> seen, ReadOnlySpan<float> exact)
    {
        double noise = 0;
        double signal = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            double error = seen.Length == exact.Length ? (double)seen[i] - exact[i] : exact[i];

            // What is infinite or NaN in the float model has no error that could be measured.
            if (float.IsFinite(exact[i]) && double.IsFinite(error))
            {
                noise += error * error;
                signal += (double)exact[i] * exact[i];
            }
        }

        return (noise, signal);
    }

    private Value Insert(Graph main, Value value, Func<string, string, bool> isReadBy)
    {
        Graph graph = value.Graph;
        Use[] uses = [.. value.Uses.Where(u => isReadBy(value.Name, u.Node.DisplayName))];
        Value scale = main.AddInput(value.Name + "_scale", ElementType.Float32, Shape.Of([]));
        Value zeroPoint = main.AddInput(value.Name + "_zero_point", ElementType.UInt8, Shape.Of([]));
        _formats.Add((value.Name, scale.Name, zeroPoint.Name));
        int index = value.Producer is { } producer ? graph.IndexOf(producer) + 1 : 0;
        Value integer = graph.AddValue(value.Name + "_integer");
        Value result = graph.AddValue(value.Name + "_simulated", ElementType.Float32, value.Shape);
        graph.Insert(index, "QuantizeLinear", "", "", [value, scale, zeroPoint], [integer]);
        graph.Insert(index + 1, "DequantizeLinear", "", "", [integer, scale, zeroPoint], [result]);
        foreach (Use use in uses)
        {
            use.Node.SetInput(use.Index, result);
        }

        return result;
    }
}
