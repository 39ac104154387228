using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Watches what layers of a float model read, on patches spread evenly over the data. Layers are taken together as far as their matrices fit into bounded
/// memory; each such set costs one pass over the samples that are looked at.
/// </summary>
internal sealed class MomentCollector(IInference inference)
{
    /// <summary>Matrices together; a layer whose own would be larger (patches of more than some 8,000 numbers) is left out.</summary>
    private const long MostBytes = 1L << 28;

    /// <summary>The moments by node name; layers that have none (no stored weight, a patch too long) are left out.</summary>
    /// <param name="model">The float model, its node names unique; it is not changed.</param>
    /// <param name="nodes">The layers.</param>
    /// <param name="data">The samples.</param>
    /// <param name="patchesPerLayer">About how many patches to look at.</param>
    /// <param name="options">How to walk over the samples.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public IReadOnlyDictionary<string, LayerMoments> Collect(
        OnnxModel model,
        IEnumerable<Node> nodes,
        Dataset data,
        int patchesPerLayer,
        CalibrationOptions options,
        CancellationToken cancellation = default)
    {
        var moments = new Dictionary<string, LayerMoments>(StringComparer.Ordinal);
        StoredModel file = ModelWriter.Store(model);
        var waiting = new Queue<Layer>(nodes.Select(Layer.Of).OfType<Layer>().Where(l => l.Bytes <= MostBytes));
        while (waiting.Count > 0)
        {
            List<Layer> set = [waiting.Dequeue()];
            for (long bytes = set[0].Bytes; waiting.Count > 0 && bytes + waiting.Peek().Bytes <= MostBytes; bytes += set[^1].Bytes)
            {
                set.Add(waiting.Dequeue());
            }

            Walk(file, set, data, patchesPerLayer, options, cancellation);
            foreach (Layer layer in set)
            {
                moments.Add(layer.Name, layer.ToMoments());
            }
        }

        return moments;
    }

    private void Walk(StoredModel file, List<Layer> layers, Dataset data, int patchesPerLayer, CalibrationOptions options, CancellationToken cancellation)
    {
        ILookup<string, Layer> byInput = layers.ToLookup(l => l.Input);
        ExposedModel exposed = ExposedModel.From(file, byInput.Select(g => g.Key));
        using IInferenceSession session = inference.Open(exposed.File, new SessionSettings { Threads = 1, Optimization = GraphOptimization.None });
        IReadOnlyList<SampleRange> batches = data.Batches(options.BatchSize);
        int perBatch = Math.Max(1, (patchesPerLayer + batches.Count - 1) / batches.Count);
        for (int b = 0; b < batches.Count; b++)
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyDictionary<string, Tensor> inputs = data.Batch(batches[b]);
            foreach ((string name, Tensor tensor) in inputs.Where(i => i.Value.Type == ElementType.Float32))
            {
                foreach (Layer layer in byInput[name])
                {
                    layer.Add(tensor.Span<float>(), [.. tensor.Dims], perBatch);
                }
            }

            session.Run(inputs, (index, dims, bytes) =>
            {
                foreach (Layer layer in byInput[session.Outputs[index].Name])
                {
                    layer.Add(MemoryMarshal.Cast<byte, float>(bytes), dims, perBatch);
                }
            });
            options.Progress?.Invoke((b + 1.0) / batches.Count);
        }
    }

    /// <summary>A layer that is watched.</summary>
    private sealed class Layer(string name, string input, LayerPatches patches)
    {
        // Made with the first patches: layers that wait for their pass must not hold matrices yet, nor those that are too large ever.
        private MomentSums? _sums;
        private ulong _drawn;

        public string Name => name;

        public string Input => input;

        public long Bytes => MomentSums.Bytes(patches.Groups, patches.Length);

        private MomentSums Sums => _sums ??= new MomentSums(patches.Groups, patches.Length);

        public static Layer? Of(Node node) => LayerPatches.Of(node) is { } patches ? new Layer(node.DisplayName, node.Input(0)!.Name, patches) : null;

        /// <summary>Once, at the end: the sums are given up.</summary>
        public LayerMoments ToMoments()
        {
            LayerMoments moments = Sums.ToMoments();
            _sums = null;
            return moments;
        }

        public void Add(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, int most)
        {
            long all = patches.Count(dims);
            int count = (int)Math.Min(all, most);
            int size = patches.Groups * patches.Length;
            var gathered = new float[count * size];
            for (int i = 0; i < count; i++)
            {
                // Multiples of the golden ratio spread evenly over the positions, and over those of the next batch anew (Weyl 1916).
                long position = all <= most ? i : (long)Math.BigMul(++_drawn * 11400714819323198485UL, (ulong)all, out _);
                patches.Copy(values, dims, position, gathered.AsSpan(i * size, size));
            }

            Sums.Add(gathered, count);
        }
    }
}
