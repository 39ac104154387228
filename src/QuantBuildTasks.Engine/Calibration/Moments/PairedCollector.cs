using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Watches what layers read in a float model and in the quantized one made of it, batch by batch on the same samples and the same patches. Of a batch only the patches are
/// kept from one model to the other.
/// </summary>
internal sealed class PairedCollector(IInference inference)
{
    /// <summary>Matrices together, as for one model (<see cref="MomentCollector"/>).</summary>
    private const long MostBytes = 1L << 28;

    /// <summary>The moments by layer name; layers whose matrices do not fit are left out.</summary>
    /// <param name="floatModel">The float model.</param>
    /// <param name="quantized">The quantized one, as written: its values are dequantized numbers.</param>
    /// <param name="layers">Which to watch.</param>
    /// <param name="data">The samples.</param>
    /// <param name="patchesPerLayer">About how many patches to look at.</param>
    /// <param name="options">How to walk over the samples.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: a model does not run on the data.</exception>
    public IReadOnlyDictionary<string, PairedMoments> Collect(
        StoredModel floatModel,
        StoredModel quantized,
        IEnumerable<PairedLayer> layers,
        Dataset data,
        int patchesPerLayer,
        CalibrationOptions options,
        CancellationToken cancellation = default)
    {
        var moments = new Dictionary<string, PairedMoments>(StringComparer.Ordinal);
        var waiting = new Queue<Watched>(layers.Select(l => new Watched(l)).Where(l => l.Bytes <= MostBytes));
        while (waiting.Count > 0)
        {
            List<Watched> set = [waiting.Dequeue()];
            for (long bytes = set[0].Bytes; waiting.Count > 0 && bytes + waiting.Peek().Bytes <= MostBytes; bytes += set[^1].Bytes)
            {
                set.Add(waiting.Dequeue());
            }

            Walk(floatModel, quantized, set, data, patchesPerLayer, options, cancellation);
            foreach (Watched watched in set)
            {
                moments.Add(watched.Layer.Name, watched.ToMoments());
            }
        }

        return moments;
    }

    private void Walk(StoredModel floatModel, StoredModel quantized, List<Watched> set, Dataset data, int patchesPerLayer, CalibrationOptions options, CancellationToken cancellation)
    {
        ILookup<string, Watched> before = set.ToLookup(w => w.Layer.FloatInput);
        ILookup<string, Watched> after = set.ToLookup(w => w.Layer.QuantizedInput);
        using IInferenceSession first = Open(floatModel, before);
        using IInferenceSession second = Open(quantized, after);
        IReadOnlyList<SampleRange> batches = data.Batches(options.BatchSize);
        int perBatch = Math.Max(1, (patchesPerLayer + batches.Count - 1) / batches.Count);
        for (int b = 0; b < batches.Count; b++)
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyDictionary<string, Tensor> inputs = data.Batch(batches[b]);
            Show(first, inputs, before, (watched, values, dims) => watched.Take(values, dims, perBatch));
            Show(second, inputs, after, (watched, values, dims) => watched.Add(values, dims));
            options.Progress?.Invoke((b + 1.0) / batches.Count);
        }
    }

    private IInferenceSession Open(StoredModel model, ILookup<string, Watched> byInput) =>
        inference.Open(ExposedModel.From(model, byInput.Select(g => g.Key)).File, new SessionSettings { Threads = 1, Optimization = GraphOptimization.None });

    private static void Show(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs, ILookup<string, Watched> byInput, Sight see)
    {
        foreach ((string name, Tensor tensor) in inputs.Where(i => i.Value.Type == ElementType.Float32))
        {
            foreach (Watched watched in byInput[name])
            {
                see(watched, tensor.Span<float>(), [.. tensor.Dims]);
            }
        }

        session.Run(inputs, (index, dims, bytes) =>
        {
            foreach (Watched watched in byInput[session.Outputs[index].Name])
            {
                see(watched, MemoryMarshal.Cast<byte, float>(bytes), dims);
            }
        });
    }

    private delegate void Sight(Watched watched, ReadOnlySpan<float> values, ReadOnlySpan<long> dims);

    /// <summary>A layer with its sums, and the patches of the batch that is at work.</summary>
    private sealed class Watched(PairedLayer layer)
    {
        private MomentSums? _sums;
        private ulong _drawn;
        private long[] _positions = [];
        private float[] _patches = [];

        public PairedLayer Layer => layer;

        public long Bytes => MomentSums.Bytes(layer.Patches.Groups, 2 * layer.Patches.Length);

        private int Size => layer.Patches.Groups * layer.Patches.Length;

        private MomentSums Sums => _sums ??= new MomentSums(layer.Patches.Groups, 2 * layer.Patches.Length);

        public PairedMoments ToMoments()
        {
            var moments = new PairedMoments(Sums.ToMoments());
            (_sums, _patches) = (null, []);
            return moments;
        }

        /// <summary>Chooses positions, spread evenly as for one model, and keeps what the float model has there.</summary>
        public void Take(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, int most)
        {
            long all = layer.Patches.Count(dims);
            _positions = new long[(int)Math.Min(all, most)];
            _patches = new float[_positions.Length * Size];
            for (int i = 0; i < _positions.Length; i++)
            {
                _positions[i] = all <= most ? i : (long)Math.BigMul(++_drawn * 11400714819323198485UL, (ulong)all, out _);
                layer.Patches.Copy(values, dims, _positions[i], _patches.AsSpan(i * Size, Size));
            }
        }

        /// <summary>Adds what the quantized model has at the same positions, and what is missing there.</summary>
        public void Add(ReadOnlySpan<float> values, ReadOnlySpan<long> dims)
        {
            int length = layer.Patches.Length;
            var patch = new float[Size];
            var joint = new float[2 * _patches.Length];
            for (int i = 0; i < _positions.Length; i++)
            {
                layer.Patches.Copy(values, dims, _positions[i], patch);
                for (int k = 0; k < patch.Length; k++)
                {
                    int at = (i * 2 * Size) + (k / length * 2 * length) + (k % length);
                    joint[at] = patch[k];
                    joint[at + length] = _patches[(i * Size) + k] - patch[k];
                }
            }

            Sums.Add(joint, _positions.Length);
            _positions = [];
        }
    }
}
