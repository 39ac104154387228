using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Watches what layers of a float model read, on patches spread evenly over the data. Layers are taken together as far as their matrices fit into bounded
/// memory; each such set costs a pass over the samples that are looked at. Patches are added in the order of the data.
/// </summary>
internal sealed class MomentCollector(IInference inference)
{
    /// <summary>The matrices of a layer at most; one whose own would be larger (patches of more than some 8,000 numbers) is left out.</summary>
    private const long MostBytes = 1L << 28;

    /// <summary>What the matrices of a set may take together.</summary>
    public long SetBytes { get; init; } = MostBytes;

    /// <summary>Whether some samples are left out of the moments and kept as <see cref="LayerMoments.Held"/>.</summary>
    public bool HoldsOut { get; init; }

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
        Collect(model, nodes, data, patchesPerLayer, options, moments.Add, cancellation);
        return moments;
    }

    /// <summary>The same one by one: the matrices of a set are given up as they are handed over, those of the next are not there yet.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="nodes">The layers.</param>
    /// <param name="data">The samples.</param>
    /// <param name="patchesPerLayer">About how many patches to look at.</param>
    /// <param name="options">How to walk over the samples.</param>
    /// <param name="take">Takes a layer's name and moments, in the order of the layers.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public void Collect(
        OnnxModel model,
        IEnumerable<Node> nodes,
        Dataset data,
        int patchesPerLayer,
        CalibrationOptions options,
        Action<string, LayerMoments> take,
        CancellationToken cancellation = default)
    {
        var waiting = new Queue<WatchedLayer>(nodes.Select(WatchedLayer.Of).OfType<WatchedLayer>().Where(l => l.Bytes <= MostBytes));
        while (waiting.Count > 0)
        {
            List<WatchedLayer> set = [waiting.Dequeue()];
            for (long bytes = set[0].Bytes; waiting.Count > 0 && bytes + waiting.Peek().Bytes <= SetBytes; bytes += set[^1].Bytes)
            {
                set.Add(waiting.Dequeue());
            }

            Walk(model, set, data, patchesPerLayer, options, cancellation);
            foreach (WatchedLayer layer in set)
            {
                take(layer.Name, layer.ToMoments());
            }
        }
    }

    private void Walk(OnnxModel model, List<WatchedLayer> layers, Dataset data, int patchesPerLayer, CalibrationOptions options, CancellationToken cancellation)
    {
        ILookup<string, WatchedLayer> byInput = layers.ToLookup(l => l.Input);
        using ExposedPass pass = ExposedPass.Open(inference, model, byInput.Select(g => g.Key), data, options);
        Dictionary<int, int> places = pass.Batches.Index().ToDictionary(b => b.Item.Start, b => b.Index);
        int most = Math.Max(1, (patchesPerLayer + pass.Batches.Count - 1) / pass.Batches.Count);
        int held = HoldsOut ? Enumerable.Range(0, data.Count).Count(s => HeldPatches.Holds(s, data.Count)) : 0;
        int ofEach = held == 0 ? 0 : (HeldPatches.Most + held - 1) / held;

        // Layer by layer: patches of a depthwise layer are large, and those of a whole batch would wait together.
        Dictionary<WatchedLayer, OrderedMerge<GatheredPatches>> inOrder = layers.ToDictionary(l => l, l => new OrderedMerge<GatheredPatches>(l.Add));
        pass.Run(
            () => pass,
            (_, range, inputs) =>
            {
                bool IsHeld(double part) => held > 0 && HeldPatches.Holds(range.Start + (int)(part * range.Count), data.Count);
                int mostHeld = ofEach * Enumerable.Range(range.Start, range.Count).Count(s => HeldPatches.Holds(s, data.Count));
                pass.Show(inputs, (name, dims, numbers) =>
                {
                    foreach (WatchedLayer layer in byInput[name])
                    {
                        inOrder[layer].Add(range, layer.Gather(numbers, dims, most, places[range.Start], IsHeld, mostHeld));
                    }
                });
            },
            cancellation);
    }
}
