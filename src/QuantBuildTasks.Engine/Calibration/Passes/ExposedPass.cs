using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Passes;

/// <summary>Sees one float32 tensor of a batch while its buffer is alive.</summary>
internal delegate void ExposedVisitor(string name, ReadOnlySpan<long> dims, ReadOnlySpan<float> numbers);

/// <summary>
/// A walk of the float model over samples, with inner tensors in sight. All of these are alive until a batch is done, so batches are as small as still pays, and as many run side by side as the
/// memory allows: the size of a batch depends on the model and the data alone, since sums may depend on it.
/// </summary>
internal sealed class ExposedPass : IDisposable
{
    /// <summary>Beyond this a larger batch does not make a sample cheaper: its tensors are in no cache by the time that they are read.</summary>
    private const long EnoughBytes = 4 << 20;

    private readonly CalibrationOptions _options;
    private readonly Dataset _data;
    private readonly HashSet<string> _tensors;
    private readonly int _workers;

    private ExposedPass(IInferenceSession session, HashSet<string> tensors, Dataset data, CalibrationOptions options, Func<int, long> bytes)
    {
        (Session, _tensors, _data, _options) = (session, tensors, data, options);
        int batch = data.FixedBatchSize ?? (int)Math.Clamp(EnoughBytes / Math.Max(1, bytes(1)), 1, options.BatchSize);
        Batches = data.Batches(batch);
        _workers = (int)Math.Clamp(options.MostBytes / Math.Max(1, bytes(batch)), 1, Math.Max(1, options.Workers));
    }

    /// <summary>The model, which each batch runs on one thread.</summary>
    public IInferenceSession Session { get; }

    public IReadOnlyList<SampleRange> Batches { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="inference">What runs it.</param>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="tensors">What is to be seen beside the model's outputs (<see cref="ExposedModel"/>).</param>
    /// <param name="data">The samples.</param>
    /// <param name="options">How to walk over them.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: ONNX Runtime refuses the model, or it does not run on the first sample.</exception>
    public static ExposedPass Open(IInference inference, OnnxModel model, IEnumerable<string> tensors, Dataset data, CalibrationOptions options)
    {
        HashSet<string> wanted = tensors.ToHashSet(StringComparer.Ordinal);
        IInferenceSession session = Opened(inference, model, wanted);

        // The bytes that ONNX Runtime read are dead, and so is what the step before left: activations come on top of them else.
        FreedMemory.Return();
        try
        {
            return new ExposedPass(session, wanted, data, options, Bytes(model, session, data));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Visits every batch once, in no set order (<see cref="BatchWalk"/>); the states are the caller's.</summary>
    public IReadOnlyList<TState> Run<TState>(Func<TState> open, Action<TState, SampleRange, IReadOnlyDictionary<string, Tensor>> visit, CancellationToken cancellation)
        where TState : class =>
        Run(Batches, open, visit, _options.Progress, cancellation);

    /// <summary>The same with some of the <see cref="Batches"/>, and with what is told the share of these.</summary>
    public IReadOnlyList<TState> Run<TState>(
        IReadOnlyList<SampleRange> batches,
        Func<TState> open,
        Action<TState, SampleRange, IReadOnlyDictionary<string, Tensor>> visit,
        Action<double>? progress,
        CancellationToken cancellation)
        where TState : class =>
        BatchWalk.Run(batches, _workers, open, (state, range) => visit(state, range, _data.Batch(range)), progress, cancellation);

    /// <summary>Runs the model on one batch, and shows each of the tensors to be seen that is float32, inputs first.</summary>
    public void Show(IReadOnlyDictionary<string, Tensor> inputs, ExposedVisitor visit)
    {
        foreach ((string name, Tensor tensor) in inputs.Where(i => i.Value.Type == ElementType.Float32 && _tensors.Contains(i.Key)))
        {
            visit(name, [.. tensor.Dims], tensor.Span<float>());
        }

        Session.Run(inputs, (index, dims, bytes) =>
        {
            // An input that is an output, too, was seen.
            ModelPort port = Session.Outputs[index];
            if (port.Type == ElementType.Float32 && _tensors.Contains(port.Name) && !inputs.ContainsKey(port.Name))
            {
                visit(port.Name, dims, MemoryMarshal.Cast<byte, float>(bytes));
            }
        });
    }

    public void Dispose()
    {
        Session.Dispose();
        FreedMemory.Return();
    }

    /// <summary>
    /// Optimized as in the app: kernels for blocked layouts need a third of the time, and what is exposed is computed all the same. A method of its own, since code that is not
    /// optimized yet holds on to whatever it has touched until it returns.
    /// </summary>
    private static IInferenceSession Opened(IInference inference, OnnxModel model, IEnumerable<string> tensors) =>
        inference.Open(ExposedModel.From(model, tensors).File, new SessionSettings { Threads = 1, PlansMemory = false });

    /// <summary>
    /// What the exposed tensors of so many samples take. Of what comes out of a branch ONNX Runtime does not know the sizes, but the model does; where neither knows them, the first sample tells.
    /// </summary>
    private static Func<int, long> Bytes(OnnxModel model, IInferenceSession session, Dataset data)
    {
        var scopes = new Scopes(model.Graph);
        Shape?[] shapes = [.. session.Outputs.Select(o => o.Shape is { Rank: > 0 } known ? known : scopes.Find(o.Name)?.Shape)];
        if (shapes.All(s => s is not null && s.Skip(1).All(d => d.Value is not null)))
        {
            return samples => shapes.Sum(s => sizeof(float) * s!.Select((d, axis) => d.Value ?? (axis == 0 ? samples : 1)).Aggregate(1L, (a, b) => a * b));
        }

        if (data.Count == 0)
        {
            return _ => 1;
        }

        int probed = data.FixedBatchSize ?? 1;
        long seen = 0;
        session.Run(data.Batch(new SampleRange(0, probed)), (_, _, bytes) => seen += bytes.Length);
        return samples => seen * samples / probed;
    }
}
